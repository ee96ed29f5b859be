#include "service/erasure_review.h"

#include "service/agency.h"
#include "service/calendar_rules.h"
#include "service/card_message.h"
#include "service/erasure_texts.h"
#include "service/erasure_wish.h"
#include "service/message.h"

typedef Hayat__Backoffice__V1__ErasureReview Review;

static status find(struct rpc *rpc, const task_row *task, struct id *ret_id,
                   rectification_row **ret_wish)
{
    if (!id_of_binary(task->object_id, ret_id)) {
        return FAIL(STORE_CORRUPT);
    }
    status s = rectification_store_find(rpc->txn, task_owner(task), *ret_id, ret_wish);
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s;
}

static status fill_texts(struct rpc *rpc, const task_row *task, const rectification_row *wish,
                         Review *message)
{
    struct erasure_kept kept;
    bool all;
    TRY(erasure_wish_takes_all(rpc->txn, task_owner(task), wish, &all));
    TRY(erasure_texts_kept(rpc->txn, task_owner(task), all, rpc->language, &kept));
    message->taken_text = message_text(rpc->arena, erasure_text_taken(all, rpc->language));
    return erasure_texts_copy(rpc->arena, &kept, &message->kept_texts, &message->n_kept_texts);
}

static status describe(struct rpc *rpc, const task_row *task,
                       Hayat__Backoffice__V1__GetTaskResponse *response)
{
    struct id id;
    rectification_row *wish;
    struct agency_member found;
    TRY(find(rpc, task, &id, &wish));
    TRY(agency_open_owner(rpc, task_owner(task), &found));
    Review *message = message_new(rpc->arena, &hayat__backoffice__v1__erasure_review__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->registration_number = found.member->registration_number;
    message->name = name_message(rpc->arena, found.holder->name);
    message->text = message_text(rpc->arena, wish->text);
    message->create_time = message_time(rpc->arena, wish->create_ms);
    if (found.member->left_ms != 0) {
        message->left_date = message_date(rpc->arena, found.member->left_ms / MS_PER_DAY);
    }
    TRY(fill_texts(rpc, task, wish, message));
    response->subject_case = HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_ERASURE;
    response->erasure = message;
    return arena_check(rpc->arena);
}

static status decided(struct rpc *rpc, const task_row *task)
{
    struct id id;
    return id_of_binary(task->object_id, &id)
               ? erasure_wish_decided(rpc->txn, task_owner(task), id, task)
               : FAIL(STORE_CORRUPT);
}

const struct task_kind_ops erasure_review_kind = {
    .kind = TASK_KIND(ERASURE),
    .describe = describe,
    .decided = decided,
};
