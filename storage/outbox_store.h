/*
 * outbox_store: effects to deliver at least once, committed with their cause, and how far each of them is.
 *
 *   append ──▶ waiting behind an earlier row of the same owner and queue
 *                 │ that one is settled
 *                 ▼        take                    settle
 *               ready ───────────▶ handed out ────────────▶ gone
 *                 ▲  lease over, postpone, release │
 *                 └────────────────────────────────┘
 *
 * Keys     outbox        sequence (u64, big-endian): the order of commits; never used twice
 *          outbox_line   queue (u32) ‖ owner ‖ sequence: one per row; the first of each owner is ready or handed out
 *          outbox_ready  queue (u32) ‖ due time in ms (u64) ‖ sequence: those firsts alone, so that taking looks at nothing else
 * Order    within an owner's queue a row is handed out only when every earlier one is settled.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  OUTBOX_FULL (LIMIT_OUTBOX_ROWS) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_OUTBOX_STORE_H
#define HAYAT_STORAGE_OUTBOX_STORE_H

#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/delivery.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/table.h"

/* Who takes a row, and so what keeps its order with what.  Numbers are stored. */
enum outbox_queue {
    OUTBOX_CORE = 1, /* the fund's core system */
    OUTBOX_POST = 2, /* letters */
    OUTBOX_SMS = 3,  /* text messages */
    OUTBOX_EMAIL = 4,
    OUTBOX_PUSH = 5, /* wake-ups of apps, without content */
};

struct outbox_row {
    enum outbox_queue queue;
    struct owner owner;
    const char *kind; /* a constant such as "life_certificate.submitted" */
    bytes payload;    /* what the deliverer needs, by kind */
};

/* At most five writes. */
status outbox_store_append(struct txn *txn, const struct outbox_row *row);
/* The same, and tells the number by which its delivery can be looked up. */
status outbox_store_append_numbered(struct txn *txn, const struct outbox_row *row,
                                    uint64_t *ret_sequence);
/* How many rows of OWNER wait in QUEUE, up to MAX. */
status outbox_store_count_line(struct txn *txn, enum outbox_queue queue, struct owner owner,
                               size_t max, size_t *ret_count);
/* How many rows wait, but for the transaction's own. */
status outbox_store_count(struct txn *txn, uint64_t *ret_count);
/* When the oldest waiting row was written; 0 when none waits. */
status outbox_store_oldest(struct txn *txn, int64_t *ret_create_ms);
status outbox_store_get(struct txn *txn, uint64_t sequence,
                        Hayat__Store__V1__StoredOutbox **ret_row);

/* Whether QUEUE has a row that is due at NOW_MS. */
status outbox_store_due(struct txn *txn, enum outbox_queue queue, int64_t now_ms, bool *ret_due);

/* Who takes, and until when what is taken is kept from others. */
struct outbox_watch {
    struct id caller, id;
    uint64_t position; /* of the message the rows go out in */
    int64_t now_ms, lease_ms;
};

struct outbox_taken {
    uint64_t sequence;
    uint32_t attempt_count; /* this one included */
    int64_t lease_end_ms;
    const Hayat__Store__V1__StoredOutbox *row;
};

struct outbox_taken_list {
    size_t max, count; /* at most LIMIT_OUTBOX_BATCH */
    struct outbox_taken rows[LIMIT_OUTBOX_BATCH];
};

/* Appends what QUEUE has due to *LIST, in the order of due times and then of commits, as far as it has room, and leases it. */
status outbox_store_take(struct txn *txn, enum outbox_queue queue, const struct outbox_watch *watch,
                         struct outbox_taken_list *list);

/* Whether the row is still as it was taken: neither settled nor postponed. */
status outbox_store_is_held(struct txn *txn, uint64_t sequence, int64_t lease_end_ms,
                            bool *ret_held);

/* Where a release goes on; all zero at the start. */
struct outbox_release {
    struct key after;
    bool done;
};

/* Makes due at once what WATCH's caller holds, but for what WATCH's id holds from messages up to its position: the rest is lost to it.
   Looks at LIMIT_OUTBOX_SCAN rows; call it until done. */
status outbox_store_release(struct txn *txn, enum outbox_queue queue,
                            const struct outbox_watch *watch, struct outbox_release *release);

/* Whose hands the row is in, and was last when its lease is over: zero when it is in nobody's, is gone or never was. */
status outbox_store_holder(struct txn *txn, uint64_t sequence, struct id *ret_caller);

/* *ret_row is NULL for a row that is gone or never was.  It becomes due again at DUE_MS. */
status outbox_store_postpone(struct txn *txn, uint64_t sequence, int64_t due_ms,
                             const Hayat__Store__V1__StoredOutbox **ret_row);
/* *ret_row is NULL for a row that is gone or never was.  Deletes it; the next one of its owner becomes due. */
status outbox_store_settle(struct txn *txn, uint64_t sequence,
                           const Hayat__Store__V1__StoredOutbox **ret_row, uint32_t *ret_attempts);

/* Rows from before there were queues go to the core system: up to LIMIT_OUTBOX_BATCH of them get their place.  They are the oldest, so it looks
   at one row when there are none. */
status outbox_store_adopt(struct txn *txn, bool *ret_more);

#endif
