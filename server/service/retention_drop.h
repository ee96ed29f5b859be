/*
 * retention_drop: records go, each with its entry in the audit chain: what kind, whose, by which period, never what was in it.
 *
 * Reasons  STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_SERVICE_RETENTION_DROP_H
#define HAYAT_SERVICE_RETENTION_DROP_H

#include "service/retention.h"

/* A row by its place; the record is read and judged again in the transaction that drops it. */
struct retention_place {
    enum table_id table;
    struct owner owner;
    struct key key;
    bool left; /* a member's own row, which goes because they left */
};

/* EVENT is the audit entry's: "hayatd retention".  *ret_gone is false when it stays after all. */
status retention_drop(struct txn *txn, const struct retention_terms *terms,
                      const struct retention_place *place, const char *event, bool *ret_gone);

#endif
