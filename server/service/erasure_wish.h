/*
 * erasure_wish: a member asks that what is on file of them be erased; two persons of the fund decide (SEC-F3, ADR 22).
 *
 *   asked ──> IN_REVIEW, a task for two persons ──both yes──> ERASED: what serves the use of this service alone is taken at once; of
 *     │                                          │             who has left, everything that is kept while insured, too
 *     │ told on every channel                    └──both no──> REFUSED, with the reason
 *
 *                 IN_REVIEW ──taken back by the member, before both have said the same──> WITHDRAWN; the task with it
 *
 * What has a period of its own is kept until that ends, whoever asks: the law makes the fund keep it (docs/retention.md).
 *
 * Memory   in the transaction's arena.
 * Threads  in the acting transaction; asking and deciding in the writer's.
 * Bounds   a wish counts when it has ended, since only one is open at a time: decided on, among LIMIT_ERASURE_WISHES; taken back, among
 *          LIMIT_ERASURE_WITHDRAWALS.  Whoever holds a stolen token alone, with which one can take back and not ask, keeps the member from
 *          asking anew for LIMIT_ERASURE_WITHDRAWALS_MS at most.
 *
 * Reasons  RATE_LIMITED (asking) · ERASURE_OPEN (asked before, and not decided yet) · ERASURE_OVER (decided, or taken back) · NOT_FOUND · STORE_CORRUPT · ARENA_FULL · OVERLOADED · OUTBOX_FULL.
 */
#ifndef HAYAT_SERVICE_ERASURE_WISH_H
#define HAYAT_SERVICE_ERASURE_WISH_H

#include "service/task.h"
#include "storage/rectification_store.h"

#define ERASURE_WISH_TYPE "rec" /* of its public id */

/* Not one that something be put right. */
bool erasure_wish_is(const rectification_row *row);
/* Files WISH, which has id, text and time.  What it takes is what it is on that day: no row of the feed makes it more. */
status erasure_wish_ask(struct txn *txn, struct owner owner, rectification_row *wish);
/* Whether OWNER may ask anew, as far as the bounds go. */
enum erasure_bound { ERASURE_WITHIN_BOUNDS, ERASURE_WISHES_SPENT, ERASURE_WITHDRAWALS_SPENT };
struct erasure_room {
    enum erasure_bound bound;
    int64_t retry_after_ms; /* when it is spent */
};
status erasure_wish_room(struct txn *txn, struct owner owner, struct erasure_room *ret_room);
status erasure_wish_is_open(struct txn *txn, struct owner owner, bool *ret_open);
/* Takes it back; told on every channel as asking was. */
status erasure_wish_withdraw(struct txn *txn, struct owner owner, struct id id,
                             rectification_row **ret_wish);
/* TASK ended APPROVED or REFUSED. */
status erasure_wish_decided(struct txn *txn, struct owner owner, struct id id,
                            const task_row *task);
/* Whether everything would go, or went: they had left when they asked, and have not come back before the answer. */
status erasure_wish_takes_all(struct txn *txn, struct owner owner, const rectification_row *wish,
                              bool *ret_all);
/* Whether that was granted to somebody who had left on that day, or later. */
status erasure_wish_took_all(struct txn *txn, struct owner owner, int64_t left_ms, bool *ret_took);

#endif
