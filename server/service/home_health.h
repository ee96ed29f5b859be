/*
 * home_health: what the first screen shows of claims and prior authorisations: the last ones, and those that wait for the
 * member.
 *
 * The last claims are spliced as they are stored.  What waits is among the LIMIT_HOME_LOOKED_AT newest of each kind.
 *
 * Memory   messages live in rpc->arena, what was found newest in the transaction's.
 * Reasons  what stores say.
 */
#ifndef HAYAT_SERVICE_HOME_HEALTH_H
#define HAYAT_SERVICE_HOME_HEALTH_H

#include "base/limits.h"
#include "hayat/v1/home.pb-c.h"
#include "service/rpc.h"
#include "storage/seal.h"

enum { HOME_DUE_MAX = 10 };

/* Due items in order of urgency: by their day, those without one last. */
struct home_due {
    size_t count;
    Hayat__V1__DueItem *items[HOME_DUE_MAX];
    int64_t days[HOME_DUE_MAX]; /* INT64_MAX without one */
};
/* Drops what no longer fits. */
void home_due_add(struct home_due *due, Hayat__V1__DueItem *item, int64_t day);

/* What the newest summaries of one kind tell. */
struct home_newest {
    uint32_t tag; /* of GetHomeResponse */
    size_t looked_at, shown_count, waiting_count;
    bytes shown[LIMIT_HOME_CLAIMS]; /* wire bytes */
    bytes waiting[LIMIT_HOME_DUE];  /* views */
};
status home_newest_claims(struct txn *txn, struct owner owner, struct home_newest *ret_newest);
status home_newest_authorizations(struct txn *txn, struct owner owner,
                                  struct home_newest *ret_newest);
/* What is shown; RESPONSE has room for it (splice_room). */
void home_newest_splice(Hayat__V1__GetHomeResponse *response, const struct home_newest *newest);

/* Adds what waits, claims and prior authorisations, to DUE. */
status home_waiting_fill(struct rpc *rpc, const struct home_newest *claims,
                         const struct home_newest *authorizations, int64_t today,
                         struct home_due *due);

#endif
