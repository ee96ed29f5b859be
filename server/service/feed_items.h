/*
 * feed_items: the rows of one member, taken together, in one transaction.
 *
 * Order    items come by kind, and those of a claim or prior authorisation by its number, then header, lines by their
 *          number, payments: feed_item_compare sorts them so.
 * Rules    a claim, or prior authorisation, is a unit: its header, lines and payments are all taken or all refused; the row
 *          that is wrong says why, the others say COMPANION.  Header and lines replace what is stored; payments are added
 *          to it, and may come alone.  Older than stored is refused (STALE), the same changes nothing (UNCHANGED).
 *          Totals are the sums of the lines, unreversed payments are at most what is reimbursed, and every line keeps
 *          claim_line_check.
 * Memory   rows live until the call is over; what is stored lives in the transaction's arena.
 * Threads  runs in the writer's transaction.
 * Errors   the store's; what is wrong with a refused row is in its item.
 */
#ifndef HAYAT_SERVICE_FEED_ITEMS_H
#define HAYAT_SERVICE_FEED_ITEMS_H

#include "service/feed_apply.h"
#include "storage/claim_store.h"
#include "storage/member_store.h"
#include "storage/prior_authorization_store.h"

struct feed_item {
    struct feed_row row;     /* its kind is set in any case */
    struct feed_photo photo; /* of cards */
    struct feed_error error; /* the parser's, then that of a refusal */
    enum feed_outcome outcome;
    uint32_t line_number; /* lines: for the order */
};

/* The order in which items are taken: by kind, or as parts of a unit.  Rows that did not parse sort by what they have. */
int feed_item_compare(const struct feed_item *a, const struct feed_item *b);

/* COUNT sorted items of OWNER, parts or not; outcomes and errors are set.  What is billed and reimbursed adds up in SESSION. */
status feed_items_apply(struct feed_session *session, struct owner owner, struct feed_item **items,
                        size_t count);

/* --- for feed_claims.c and feed_authorizations.c --- */

/* The items of one claim or prior authorisation. */
struct feed_unit {
    struct id id;
    struct feed_item **items;
    size_t count;
    struct feed_item *header; /* NULL: there is none */
    struct feed_item **lines;
    size_t line_count;
    struct feed_item **payments;
    size_t payment_count;
};

/* The public id of a beneficiary; false when there is none of that seq. */
bool feed_beneficiary_id(const struct beneficiary_list *people, uint32_t seq, struct id *ret_id);
/* The unit is refused because of ITEM. */
void feed_unit_refuse(struct feed_unit *unit, struct feed_item *item, enum feed_fault fault,
                      const char *column);
void feed_unit_end(struct feed_unit *unit, enum feed_outcome outcome);
/* The states so far and STATE, when it is a new one; the oldest are forgotten past LIMIT_STATE_CHANGES. */
struct feed_states {
    Hayat__Store__V1__StoredStateChange **list;
    size_t count;
};
status feed_states_add(struct arena *arena, struct feed_states old, uint32_t state, int64_t time_ms,
                       struct feed_states *ret_states);

/* *RET_PUT has a claim when the unit is ACCEPTED. */
status feed_claim_unit(struct feed_session *session, struct owner owner,
                       const struct beneficiary_list *people, struct feed_unit *unit,
                       struct claim_put *ret_put);
status feed_authorization_unit(struct feed_session *session, struct owner owner,
                               const struct beneficiary_list *people, struct feed_unit *unit,
                               struct prior_authorization_put *ret_put);

#endif
