#include "service/suspension_review.h"

#include "service/agency.h"
#include "service/card_message.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/obligation.h"
#include "service/obligation_message.h"

typedef Hayat__Backoffice__V1__SuspensionReview Review;

static status find(struct rpc *rpc, const task_row *task, obligation_row **ret_row)
{
    struct id id;
    if (!id_of_binary(task->object_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    status s = obligation_store_find(rpc->txn, task_owner(task), id, ret_row);
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s;
}

static status describe(struct rpc *rpc, const task_row *task,
                       Hayat__Backoffice__V1__GetTaskResponse *response)
{
    obligation_row *row;
    struct agency_member found;
    bool holds;
    TRY(find(rpc, task, &row));
    TRY(agency_open_owner(rpc, task_owner(task), &found));
    Review *message = message_new(rpc->arena,
                                  &hayat__backoffice__v1__suspension_review__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(suspension_holds(rpc->txn, task_owner(task), row, obligation_today(rpc), &holds));
    message->registration_number = found.member->registration_number;
    message->name = name_message(rpc->arena, found.holder->name);
    message->conditions_hold = holds;
    TRY(obligation_row_message(rpc, row, &message->obligation));
    response->subject_case = HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_SUSPENSION;
    response->suspension = message;
    return arena_check(rpc->arena);
}

static status decided(struct rpc *rpc, const task_row *task)
{
    struct suspension_decision decision = {.approved = task->state == TASK_STATE(APPROVED),
                                           .today = obligation_today(rpc)};
    struct id id;
    bool named = id_of_binary(task->object_id, &id) &&
                 id_of_binary(task_last_vote(task)->agent_id, &decision.decided_by);
    return named ? suspension_decided(rpc->txn, task_owner(task), id, &decision)
                 : FAIL(STORE_CORRUPT);
}

const struct task_kind_ops suspension_review_kind = {
    .kind = TASK_KIND(SUSPENSION),
    .describe = describe,
    .decided = decided,
};
