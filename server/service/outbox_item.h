/*
 * outbox_item: a row of the outbox as the core system sees it.
 *
 * Memory   everything lives in rpc->arena.
 * Reasons  ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_OUTBOX_ITEM_H
#define HAYAT_SERVICE_OUTBOX_ITEM_H

#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "service/rpc.h"
#include "storage/outbox_store.h"
#include "storage/preferences_store.h"

/* "obx_…": the sequence and a keyed hash of it, so that none can be made up. */
char *outbox_id_text(struct rpc *rpc, uint64_t sequence);
/* False for an id that this store did not make. */
bool outbox_id_parse(struct rpc *rpc, const char *text, uint64_t *ret_sequence);

/* Whether a core system's scopes have the queue: an SMS courier has no business with letters' codes. */
bool outbox_may_take(const struct principal *principal, enum outbox_queue queue);

/* With name, address or number as they are now; what must not be sent any more says so instead.  A member whose data it holds is
   named to the audit entry. */
status outbox_item_make(struct rpc *rpc, const struct outbox_taken *taken,
                        Hayat__Backoffice__V1__OutboxItem **ret_item);

/* Whom a message is for, as things are now. */
struct outbox_person {
    const Hayat__Store__V1__StoredMember *member;           /* NULL: there is none */
    const Hayat__Store__V1__StoredPreferences *preferences; /* NULL then */
};

/* Why a message must not be sent, or NOTHING(UNSPECIFIED). */
Hayat__Backoffice__V1__NothingReason outbox_nothing_reason(
    const Hayat__Store__V1__StoredMessage *message, enum outbox_queue queue,
    const struct outbox_person *person, int64_t now_ms);

#endif
