/*
 * inbox_store: what a member is told in the app, as stored.
 *
 * Keys     inbox       owner (blinded, 16 bytes) ‖ number (u64, big-endian): 1, 2, … in the order in which they came, never used twice
 *          inbox_head  owner: how many there are, how many of them are unread, the last number and the last change
 * Changes  what is added or marked as read takes the owner's next change: a reader that knows everything up to change n learns what
 *          happened since from the rows whose change is above n.  What is trimmed is not told.
 * Bound    LIMIT_INBOX_ROWS for each owner.  When one more comes, LIMIT_INBOX_TRIM go: the oldest of those that are read, then the
 *          oldest unread ones that are not important, then the oldest.  So nobody can push a notice of security out by making others.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL · OVERLOADED (write-set full).
 */
#ifndef HAYAT_STORAGE_INBOX_STORE_H
#define HAYAT_STORAGE_INBOX_STORE_H

#include "base/status.h"
#include "hayat/store/v1/notification.pb-c.h"
#include "storage/db.h"
#include "storage/table.h"

struct inbox_head {
    uint64_t last_number, last_change; /* 0: none yet */
    uint32_t count, unread_count;
};

status inbox_store_head(struct txn *txn, struct owner owner, struct inbox_head *ret_head);

/* ROW without its change, which it gets.  At most 2 + LIMIT_INBOX_TRIM writes. */
status inbox_store_add(struct txn *txn, struct owner owner,
                       Hayat__Store__V1__StoredNotification *row);

/* Newest first, from below BEFORE on (0: from the newest); return false to stop. */
typedef bool inbox_visit(void *ctx, uint64_t number,
                         const Hayat__Store__V1__StoredNotification *row);
struct inbox_walk {
    struct owner owner;
    uint64_t before;
};
status inbox_store_each(struct txn *txn, const struct inbox_walk *walk, inbox_visit *visit,
                        void *ctx);

/* Leaves one that is read already, or gone, as it is; *RET_CHANGED says which it was.  At most two writes. */
status inbox_store_mark_read(struct txn *txn, struct owner owner, uint64_t number,
                             bool *ret_changed);

#endif
