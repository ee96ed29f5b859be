/*
 * task_kind: what each kind of task shows, checks, does at its end and has as evidence.  ReviewService knows no kind; a new one is
 * a file of its own and a row of the table in task_kind.c.
 *
 * Memory   in the call's arena.
 * Threads  the writer's, in the acting transaction.
 */
#ifndef HAYAT_SERVICE_TASK_KIND_H
#define HAYAT_SERVICE_TASK_KIND_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "service/rpc.h"
#include "service/task.h"

struct task_kind_ops {
    task_kind kind;
    /* Fills the response's subject.  Reads the member for the caller: agency_open_owner, which counts it and names the member to
       the audit entry. */
    status (*describe)(struct rpc *rpc, const task_row *task,
                       Hayat__Backoffice__V1__GetTaskResponse *response);
    /* Before the vote counts: may refuse it, add to it what was found, and say how many persons TASK needs.  NULL: the kind knows yes
       and no, and nothing is found. */
    status (*check)(struct rpc *rpc, task_row *task,
                    const Hayat__Backoffice__V1__DecideTaskRequest *request,
                    struct task_vote *vote);
    /* TASK ended APPROVED, REFUSED or MORE_NEEDED: what follows, in the same commit.  Its last vote is what ended it. */
    status (*decided)(struct rpc *rpc, const task_row *task);
    /* The document of that id when it is one that TASK is decided on.  NULL: there are none.  Reasons: NOT_FOUND. */
    status (*evidence)(struct rpc *rpc, const task_row *task, struct id document,
                       Hayat__Store__V1__StoredDocument **ret_document);
};

/* NULL for a kind that is in no row: STORE_CORRUPT. */
const struct task_kind_ops *task_kind_of(task_kind kind);

/* Whose task it is. */
struct owner task_owner(const task_row *task);
/* Whom the vote that ended TASK is of, and what it said. */
const Hayat__Store__V1__StoredVote *task_last_vote(const task_row *task);

#endif
