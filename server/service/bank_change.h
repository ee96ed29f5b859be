/*
 * bank_change: one member's wish to be paid elsewhere, step by step (SEC-C1 to SEC-C4, bank_change_rules.h).
 *
 * Each function is one step in the acting write transaction: it checks that the step may be taken, files it with its time, sends what the
 * step owes to others (refusal codes, notices, a task for a person, the core system's list), and leaves the rest to the caller's commit.
 * Who calls audits a call's step; those at their time, and the bank's answers, audit themselves (SEC-F1).  Each step is a row of the
 * member's inbox, but for the end of a proposal that another took the place of.  Times are the transaction's, never before the store's high-water mark: a clock set back shortens nothing.
 *
 * Threads  runs in the writer's transaction.
 * Reasons  NOT_FOUND · BANK_CHANGE_STATE (the step may not be taken) · STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_SERVICE_BANK_CHANGE_H
#define HAYAT_SERVICE_BANK_CHANGE_H

#include "service/bank_change_rules.h"
#include "service/rib_rules.h"
#include "storage/bank_store.h"
#include "storage/task_store.h"

/* A change, with whose it is. */
struct bank_change {
    struct owner owner;
    struct id id;
    bank_change_row *row; /* in the transaction's arena */
    bool replaced;        /* what takes its place is told, not its end */
};

status bank_change_find(struct txn *txn, struct owner owner, struct id id,
                        struct bank_change *ret_change);

struct bank_proposal {
    struct owner owner;
    struct rib rib;
    const char *holder_name;
    const char *old_rib; /* "" when there is no account yet */
};

/* Before the account changes otherwise, or another change is proposed: what is only proposed ends.  BANK_CHANGE_OPEN while one goes on. */
status bank_change_make_way(struct txn *txn, struct owner owner);

/* Files it and ends a proposal that was never confirmed.  BANK_CHANGE_OPEN, BANK_CHANGE_FROZEN. */
status bank_change_propose(struct txn *txn, const struct bank_proposal *proposal,
                           struct bank_change *ret_change);

/* The cooling period begins; a refusal code goes to every channel on file. */
status bank_change_confirm(struct txn *txn, struct bank_change *change, struct id device);

status bank_change_cancel(struct txn *txn, struct bank_change *change);

/* By the code that went to the old channels: whose change it was.  Every session of the member ends.  NOT_FOUND. */
status bank_change_refuse(struct txn *txn, bytes code, struct bank_change *ret_change);

/* At its time: a proposal expires, cooling ends and checking begins.  *RET_ASK says that the bank is to be asked now; the question is
   counted and its next time set first, so that a server that dies asks again, and no oftener than the rules allow. */
status bank_change_due(struct txn *txn, struct bank_change *change, bool *ret_ask);

/* What the bank said; NAME_ON_FILE is "" when it said none.  An answer to a change that went on meanwhile is dropped. */
status bank_change_answered(struct txn *txn, struct bank_change *change, bank_answer answer,
                            const char *name_on_file);

/* What the persons said: ReviewService, with the vote that ends TASK. */
status bank_change_decided(struct txn *txn, struct bank_change *change, const task_row *task);

/* "bac:7": the change's version, an etag. */
char *bank_change_etag(struct arena *arena, const bank_change_row *row);

#endif
