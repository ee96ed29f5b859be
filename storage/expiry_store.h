/*
 * expiry_store: what ends at a time, in order of that time, as stored.
 *
 * Key      time in ms (u64) ‖ kind (u32) ‖ id (16 or 32 bytes).  A row is a reminder, not a right: what it names may
 *          have ended before, and ending it again is nothing.
 * Units    milliseconds since 1970 UTC.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  STORE_CORRUPT · ARENA_FULL · OVERLOADED (write-set full) · STORE_FAILED.
 */
#ifndef HAYAT_STORAGE_EXPIRY_STORE_H
#define HAYAT_STORAGE_EXPIRY_STORE_H

#include <stddef.h>

#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

struct expiry {
    int64_t time_ms;
    Hayat__Store__V1__ExpiryKind kind;
    struct owner owner; /* zero for tables of nobody */
    bytes id;
};

status expiry_store_add(struct txn *txn, const struct expiry *expiry);

/* Ends one thing in the same write transaction, with at most four writes: LIMIT_EXPIRY_ROWS of them share it.  A longer
   end does a step and adds a row for the next (SEC-D6). */
typedef status expiry_end(struct txn *txn, struct owner owner, bytes id);

/* What this directory cannot end by itself. */
struct expiry_ends {
    expiry_end *upload;
};

/* What a run met. */
struct expiry_ran {
    bool more; /* there may be more to end now */
    uint32_t
        unread; /* due rows that do not open: they stay where they are, and keep no other; told by whoever runs it */
    uint32_t
        put_off; /* rows whose end met something damaged (STORE_CORRUPT): due again after LIMIT_EXPIRY_RETRY_MS */
};

/* Ends what expired up to NOW_MS, oldest first, at most MAX_ROWS (≤ LIMIT_EXPIRY_ROWS) of it, in the writer's
   transaction, which wrote nothing before. */
status expiry_run(struct txn *txn, int64_t now_ms, size_t max_rows, const struct expiry_ends *ends,
                  struct expiry_ran *ret_ran);

#endif
