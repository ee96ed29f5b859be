/*
 * summary_pages: one member's claims, or prior authorisations, as short summaries, newest first: a list of 20 opens one
 * cell instead of 20 (ADR 10).
 *
 * Key      owner (blinded, 16 bytes) ‖ page number (u32, big-endian): the page with the highest number is the newest.
 *          Numbers have gaps, so that a page that fills can be divided.
 *
 * Invariants
 *   1 Summaries are in strictly descending (order, id) within a page and from page to page.
 *   2 A page holds 1 to SUMMARY_PAGE_MAX summaries.
 *   3 There is one summary for each record, and it says what the record says: the record's store writes both in one
 *     transaction.
 *   4 The newest page knows how many there are in all, and the highest change.
 *
 * Changes  every put takes the member's next change (1, 2, …).  A reader that knows everything up to change n learns all
 *          that happened since from the summaries whose change is above n; one that changed twice shows once.
 * Views    the bytes of a view are the caller's (a serialized summary); storage does not look into them.  They are kept
 *          as field 1 of a message (tag 0x0A, length, view), so that the wire bytes of neighbours in one page adjoin:
 *          a reply splices a run of them as it stands.
 * Memory   outputs live in the transaction's arena; a visited summary's views too.
 * Threads  a transaction belongs to one thread.
 * Errors   STORE_CORRUPT · ARENA_FULL · OVERLOADED (write-set full, or more than LIMIT_SUMMARIES_PER_MEMBER).
 */
#ifndef HAYAT_STORAGE_SUMMARY_PAGES_H
#define HAYAT_STORAGE_SUMMARY_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/limits.h"
#include "storage/table.h"

enum { SUMMARY_PAGE_MAX = 32 };

struct summary {
    int64_t order; /* what the list is sorted by, then by id; higher is newer */
    struct id id;
    uint64_t change;
    int64_t update_ms;
    int32_t first_care_days, last_care_days, payment_days; /* 0: none */
    uint8_t state;
    uint8_t beneficiary_seq;
    bytes view; /* at most LIMIT_SUMMARY_VIEW_BYTES */
    bytes wire; /* tag, length and view; set by reads alone */
};

/* Where a list goes on: after this summary. */
struct summary_place {
    int64_t order;
    struct id id;
};

struct summary_head {
    uint64_t last_change; /* 0: none yet */
    uint32_t count;
};

/* Newest first; return false to stop. */
typedef bool summary_visit(void *ctx, const struct summary *summary);

/* Whose summaries of what: TABLE is claim_page or prior_authorization_page. */
struct summary_list {
    enum table_id table;
    struct owner owner;
};

/* AFTER may be NULL: from the newest on. */
status summary_pages_walk(struct txn *txn, struct summary_list list,
                          const struct summary_place *after, summary_visit *visit, void *ctx);
/* Of no summary: zeroes. */
status summary_pages_head(struct txn *txn, struct summary_list list, struct summary_head *ret_head);

struct summary_put {
    struct summary summary; /* change and wire are not read */
    bool exists;            /* the member has a summary of this id, at OLD_ORDER */
    int64_t old_order;
};

/*
 * Puts COUNT summaries of different ids, which take the changes FIRST_CHANGE, FIRST_CHANGE + 1, …; FIRST_CHANGE must be
 * last_change + 1.  A page that does not change is not written.
 */
status summary_pages_put(struct txn *txn, struct summary_list list, const struct summary_put *puts,
                         size_t count, uint64_t first_change);

/* Takes the summary of ID, which is at ORDER, out; no change is counted: nothing is told to watchers.  STORE_CORRUPT when it is
   not there. */
status summary_pages_drop(struct txn *txn, struct summary_list list, struct id id, int64_t order);

/* Of one page as stored, for checks.  STORE_CORRUPT when it breaks invariant 1 or 2 within itself. */
struct summary_page {
    uint32_t count;
    struct summary_head head;
    struct summary summaries[SUMMARY_PAGE_MAX];
};
status summary_page_decode(struct arena *arena, const ProtobufCMessage *record,
                           struct summary_page *ret_page);

#endif
