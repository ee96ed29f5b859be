/*
 * audit_message: parts of audit entries as members and auditors see them.
 *
 * Memory  lives in the call's arena.
 * Reasons STORE_CORRUPT (an entry that does not decode) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_AUDIT_MESSAGE_H
#define HAYAT_SERVICE_AUDIT_MESSAGE_H

#include "hayat/store/v1/agents.pb-c.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/rpc.h"
#include "storage/audit_head.h"
#include "storage/audit_store.h"

/* The row's entry; its texts point into the row. */
status audit_row_decode(const audit_row *row, struct audit_entry *ret_entry);

/* "OK" or the reason's name: a constant copied into the arena. */
char *audit_outcome(struct rpc *rpc, uint16_t outcome);
/* The caller who acted, or NULL when it was no agent, system or provider, or is not known any more. */
status audit_caller(struct rpc *rpc, const audit_row *row, const struct audit_entry *entry,
                    Hayat__Store__V1__StoredCaller **ret_caller);
status audit_signed_head(struct rpc *rpc, const struct audit_head *head,
                         Hayat__V1__SignedHead **ret_message);
/* The fund's audit key. */
void audit_public_key(const struct rpc *rpc, uint8_t out[AUDIT_PUBLIC_KEY_BYTES]);

#endif
