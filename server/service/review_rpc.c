/* ReviewService: what waits for a person.  Claims and votes are service/task.h's; what a kind shows and does is in a file of its own. */
#include <inttypes.h>

#include "base/codec.h"
#include "gen/handlers.h"
#include "service/bank_review.h"
#include "service/message.h"
#include "service/page_token.h"
#include "service/task.h"

typedef Hayat__Backoffice__V1__Task Task;

#define CLAIM(name) HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name

static const char list_tasks[] = "ReviewService.ListTasks";

/* --- a task, as the caller sees it --- */

static char *etag_of(struct arena *arena, const task_row *task)
{
    return arena_printf(arena, "%" PRIu64, task->version);
}

static void fill_claim(struct rpc *rpc, const task_row *task, Task *message)
{
    message->claim = CLAIM(NONE);
    if (!task_is_claimed(rpc->txn, task)) {
        return;
    }
    int64_t left_ms = task->claim_end_steady_ms - txn_steady_ms(rpc->txn);
    bool mine = task_is_claimed_by(rpc->txn, task, rpc->principal->agent);
    message->claim = mine ? CLAIM(MINE) : CLAIM(ANOTHERS);
    message->claim_end_time = message_time(rpc->arena, rpc->now_ms + left_ms);
}

static status task_message(struct rpc *rpc, const task_row *task, Task **ret_message)
{
    bool voted;
    Task *message = message_new(rpc->arena, &hayat__backoffice__v1__task__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(task_has_voted(rpc->txn, task, rpc->principal->agent, &voted));
    message->task_id = message_id(rpc->arena, "tsk", task->task_id);
    message->kind = (Hayat__Backoffice__V1__TaskKind)task->kind;
    message->state = (Hayat__Backoffice__V1__TaskState)task->state;
    message->open_time = message_time(rpc->arena, task->open_ms);
    message->due_time = message_time(rpc->arena, task->due_ms);
    fill_claim(rpc, task, message);
    message->persons_needed = (int32_t)task->persons_needed;
    message->vote_count = (int32_t)task->n_votes;
    message->voted_by_me = voted;
    message->etag = etag_of(rpc->arena, task);
    *ret_message = message;
    return arena_check(rpc->arena);
}

/* --- the list --- */

enum { CURSOR_LEN = 8 + ID_BYTES }; /* the last row's due time and id */

static status read_place(struct rpc *rpc, const char *token, struct task_place *ret_place,
                         bool *ret_first)
{
    struct page_cursor cursor;
    TRY(page_token_read(rpc, list_tasks, token, &cursor));
    *ret_first = cursor.len == 0;
    if (*ret_first) {
        return STATUS_OK;
    }
    if (cursor.len != CURSOR_LEN) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    ret_place->due_ms = (int64_t)get_be64(cursor.bytes);
    memcpy(ret_place->id.bytes, cursor.bytes + 8, ID_BYTES);
    return STATUS_OK;
}

static status next_page(struct rpc *rpc, const struct task_place *last, char **ret_token)
{
    struct page_cursor cursor = {.len = CURSOR_LEN};
    put_be64(cursor.bytes, (uint64_t)last->due_ms);
    memcpy(cursor.bytes + 8, last->id.bytes, ID_BYTES);
    return page_token_make(rpc, list_tasks, &cursor, ret_token);
}

status review_list_tasks(struct rpc *rpc, const Hayat__Backoffice__V1__ListTasksRequest *request,
                         Hayat__Backoffice__V1__ListTasksResponse *response)
{
    struct task_place after;
    struct task_list list;
    bool first;
    TRY(read_place(rpc, request->page_token, &after, &first));
    TRY(task_store_open(rpc->txn, first ? NULL : &after, page_size_of(request->page_size), &list));
    response->tasks = arena_array(rpc->arena, list.count, sizeof(Task *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < list.count; i++) {
        task_row *task;
        TRY(task_store_get(rpc->txn, list.rows[i].id, &task));
        TRY(task_message(rpc, task, &response->tasks[i]));
        response->n_tasks = i + 1;
    }
    return list.more ? next_page(rpc, &list.rows[list.count - 1], &response->next_page_token)
                     : STATUS_OK;
}

/* --- claiming --- */

static status find(struct rpc *rpc, const char *text, task_row **ret_task)
{
    struct id id;
    if (!id_parse(bytes_str(text), "tsk", &id)) {
        return FAIL(NOT_FOUND);
    }
    TRY(task_find(rpc->txn, id, ret_task));
    rpc_audit_object(rpc, "tsk", id);
    return STATUS_OK;
}

static status find_mine(struct rpc *rpc, const char *text, task_row **ret_task)
{
    TRY(find(rpc, text, ret_task));
    return task_is_claimed_by(rpc->txn, *ret_task, rpc->principal->agent) ? STATUS_OK
                                                                          : FAIL(TASK_NOT_CLAIMED);
}

status review_claim_task(struct rpc *rpc, const Hayat__Backoffice__V1__ClaimTaskRequest *request,
                         Hayat__Backoffice__V1__ClaimTaskResponse *response)
{
    task_row *task;
    TRY(find(rpc, request->task_id, &task));
    TRY(task_claim(rpc->txn, task, rpc->principal->agent));
    return task_message(rpc, task, &response->task);
}

status review_release_task(struct rpc *rpc,
                           const Hayat__Backoffice__V1__ReleaseTaskRequest *request,
                           Hayat__Backoffice__V1__ReleaseTaskResponse *response)
{
    task_row *task;
    TRY(find(rpc, request->task_id, &task));
    TRY(task_release(rpc->txn, task, rpc->principal->agent));
    return task_message(rpc, task, &response->task);
}

/* --- deciding --- */

status review_get_task(struct rpc *rpc, const Hayat__Backoffice__V1__GetTaskRequest *request,
                       Hayat__Backoffice__V1__GetTaskResponse *response)
{
    task_row *task;
    TRY(find_mine(rpc, request->task_id, &task));
    rpc_audit_purpose(rpc, "review");
    TRY(task_message(rpc, task, &response->task));
    switch (task->kind) {
    case TASK_KIND(BANK_CHANGE):
        response->subject_case = HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_BANK_CHANGE;
        return bank_review_message(rpc, task, &response->bank_change);
    case TASK_KIND(LIFE_CERTIFICATE):
    case TASK_KIND(SUSPENSION):
    case TASK_KIND(UNSPECIFIED):
    case _HAYAT__STORE__V1__TASK_KIND_IS_INT_SIZE:
        break;
    }
    return FAIL(STORE_CORRUPT);
}

/* What follows from the end of TASK, in the same commit. */
static status follow(struct rpc *rpc, const task_row *task)
{
    bool approved = task->state == TASK_STATE(APPROVED);
    if (task->state == TASK_STATE(OPEN)) {
        return STATUS_OK; /* another person is needed */
    }
    switch (task->kind) {
    case TASK_KIND(BANK_CHANGE):
        return bank_review_decided(rpc, task, approved);
    case TASK_KIND(LIFE_CERTIFICATE):
    case TASK_KIND(SUSPENSION):
    case TASK_KIND(UNSPECIFIED):
    case _HAYAT__STORE__V1__TASK_KIND_IS_INT_SIZE:
        break;
    }
    return FAIL(STORE_CORRUPT);
}

static status check_decision(struct rpc *rpc, Hayat__Backoffice__V1__TaskDecision decision)
{
    if (decision == DECISION(APPROVE) || decision == DECISION(REFUSE)) {
        return STATUS_OK;
    }
    rpc_violation(rpc, "decision", "must be a decision");
    return FAIL(INVALID_FIELD);
}

status review_decide_task(struct rpc *rpc, const Hayat__Backoffice__V1__DecideTaskRequest *request,
                          Hayat__Backoffice__V1__DecideTaskResponse *response)
{
    struct task_vote vote = {.agent = rpc->principal->agent,
                             .approved = request->decision == DECISION(APPROVE),
                             .reason = request->reason};
    struct owner owner;
    task_row *task;
    TRY(check_decision(rpc, request->decision));
    TRY(find_mine(rpc, request->task_id, &task));
    char *etag = etag_of(rpc->arena, task);
    TRY(arena_check(rpc->arena));
    if (strcmp(etag, request->etag) != 0) {
        return FAIL(ETAG_MISMATCH);
    }
    memcpy(owner.bytes, task->owner.data, OWNER_BYTES);
    rpc_audit_subject(rpc, owner);
    TRY(task_vote(rpc->txn, task, &vote));
    TRY(follow(rpc, task));
    return task_message(rpc, task, &response->task);
}
