/* ReviewService: what waits for a person.  Claims and votes are service/task.h's; what a kind shows and does is service/task_kind.h's. */
#include <inttypes.h>

#include "base/log.h"
#include "gen/handlers.h"
#include "service/message.h"
#include "service/page_place.h"
#include "service/task_kind.h"

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
    enum reason bar;
    Task *message = message_new(rpc->arena, &hayat__backoffice__v1__task__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(task_bar(rpc->txn, task, rpc->principal->agent, &bar));
    message->task_id = message_id(rpc->arena, "tsk", task->task_id);
    message->kind = (Hayat__Backoffice__V1__TaskKind)task->kind;
    message->state = (Hayat__Backoffice__V1__TaskState)task->state;
    message->open_time = message_time(rpc->arena, task->open_ms);
    message->due_time = message_time(rpc->arena, task->due_ms);
    fill_claim(rpc, task, message);
    message->persons_needed = (int32_t)task->persons_needed;
    message->vote_count = (int32_t)task->n_votes;
    message->voted_by_me = bar == REASON_TASK_VOTED;
    message->involves_me = bar == REASON_TASK_INVOLVED;
    message->etag = etag_of(rpc->arena, task);
    *ret_message = message;
    return arena_check(rpc->arena);
}

/* --- the list --- */

typedef Hayat__Backoffice__V1__ListTasksRequest List;

/* Where a list stands. */
struct walk {
    size_t most, looked_at;
    size_t damaged;                 /* that are not shown */
    struct task_place last;         /* looked at */
    const struct task_place *after; /* last, or NULL at the first page's beginning */
    bool more;
};

static bool has_kind(Hayat__Backoffice__V1__TaskKind kind, const task_row *task)
{
    return kind == HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_UNSPECIFIED ||
           (uint32_t)kind == (uint32_t)task->kind;
}

/* With the claim NONE: that the caller may claim. */
static status has_claim(struct rpc *rpc, const List *request, const task_row *task,
                        const Task *message, bool *ret_has)
{
    *ret_has = request->claim == CLAIM(UNSPECIFIED) || request->claim == message->claim;
    return *ret_has && request->claim == CLAIM(NONE)
               ? task_is_free_for(rpc->txn, task, rpc->principal->agent, ret_has)
               : STATUS_OK;
}

/* A task that does not open, or is not there: the others are shown, and claimed, without it. */
static bool is_damaged(status s)
{
    return s.why == REASON_STORE_CORRUPT;
}

static status get_listed(struct rpc *rpc, const struct task_place *place, task_row **ret_task)
{
    status s = task_store_get(rpc->txn, place->id, ret_task);
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s;
}

static void tell_damaged(size_t tasks)
{
    if (tasks > 0) {
        log_event(LOG_ERROR, "tasks_damaged", LOG_NUMBER("tasks", (int64_t)tasks));
    }
}

static status look_at(struct rpc *rpc, const List *request, const struct task_place *place,
                      Hayat__Backoffice__V1__ListTasksResponse *response)
{
    task_row *task;
    Task *message;
    bool has;
    TRY(get_listed(rpc, place, &task));
    if (!has_kind(request->kind, task)) {
        return STATUS_OK;
    }
    TRY(task_message(rpc, task, &message));
    TRY(has_claim(rpc, request, task, message, &has));
    if (has) {
        response->tasks[response->n_tasks++] = message;
    }
    return STATUS_OK;
}

/* Looks at the tasks after the last one until the page is full or there is no more. */
static status fill_page(struct rpc *rpc, const List *request, struct walk *walk,
                        Hayat__Backoffice__V1__ListTasksResponse *response)
{
    struct task_list list;
    TRY(task_store_open(rpc->txn, walk->after, LIMIT_PAGE_MAX, &list));
    walk->more = list.more;
    for (size_t i = 0; i < list.count; i++) {
        if (response->n_tasks == walk->most) {
            walk->more = true;
            return STATUS_OK;
        }
        status s = look_at(rpc, request, &list.rows[i], response);
        walk->damaged += is_damaged(s) ? 1 : 0;
        TRY(is_damaged(s) ? STATUS_OK : s);
        walk->last = list.rows[i];
        walk->after = &walk->last;
        walk->looked_at++;
    }
    return STATUS_OK;
}

status review_list_tasks(struct rpc *rpc, const List *request,
                         Hayat__Backoffice__V1__ListTasksResponse *response)
{
    struct walk walk = {.most = page_size_of(request->page_size)};
    struct page_place place;
    TRY(page_place_read(rpc, list_tasks, request->page_token, &place));
    walk.last = (struct task_place){.due_ms = place.time_ms, .id = place.id};
    walk.after = place.is_start ? NULL : &walk.last;
    response->tasks = arena_array(rpc->arena, walk.most, sizeof(Task *));
    TRY(arena_check(rpc->arena));
    do {
        TRY(fill_page(rpc, request, &walk, response));
    } while (walk.more && response->n_tasks < walk.most && walk.looked_at < LIMIT_TASKS_LOOKED_AT);
    tell_damaged(walk.damaged);
    if (!walk.more) {
        return STATUS_OK;
    }
    place = (struct page_place){.time_ms = walk.last.due_ms, .id = walk.last.id};
    return page_place_make(rpc, list_tasks, &place, &response->next_page_token);
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

/* Of those the caller has, or may have, the one due first: nobody tries in vain what a hundred others try at the same time. */
struct next_task {
    struct task_place last;         /* looked at */
    const struct task_place *after; /* last, or NULL at the beginning */
    size_t looked_at, damaged;
    bool more;
    task_row *task; /* NULL: not found yet */
};

static status is_next(struct rpc *rpc, Hayat__Backoffice__V1__TaskKind kind,
                      const struct task_place *place, task_row **ret_task, bool *ret_may)
{
    *ret_may = false;
    TRY(get_listed(rpc, place, ret_task));
    return has_kind(kind, *ret_task)
               ? task_is_free_for(rpc->txn, *ret_task, rpc->principal->agent, ret_may)
               : STATUS_OK;
}

static status look_for_next(struct rpc *rpc, Hayat__Backoffice__V1__TaskKind kind,
                            struct next_task *next)
{
    struct task_list list;
    TRY(task_store_open(rpc->txn, next->after, LIMIT_PAGE_MAX, &list));
    next->more = list.more;
    for (size_t i = 0; i < list.count; i++) {
        task_row *task;
        bool may;
        status s = is_next(rpc, kind, &list.rows[i], &task, &may);
        next->damaged += is_damaged(s) ? 1 : 0;
        TRY(is_damaged(s) ? STATUS_OK : s);
        if (may) {
            next->task = task;
            return STATUS_OK;
        }
        next->last = list.rows[i];
        next->after = &next->last;
        next->looked_at++;
    }
    return STATUS_OK;
}

static status find_next(struct rpc *rpc, Hayat__Backoffice__V1__TaskKind kind, task_row **ret_task)
{
    struct next_task next = {.more = true};
    struct id id;
    while (next.task == NULL && next.more && next.looked_at < LIMIT_TASKS_LOOKED_AT) {
        TRY(look_for_next(rpc, kind, &next));
    }
    tell_damaged(next.damaged);
    if (next.task == NULL) {
        return FAIL(TASK_NONE_FREE);
    }
    if (!id_of_binary(next.task->task_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    rpc_audit_object(rpc, "tsk", id);
    *ret_task = next.task;
    return STATUS_OK;
}

status review_claim_task(struct rpc *rpc, const Hayat__Backoffice__V1__ClaimTaskRequest *request,
                         Hayat__Backoffice__V1__ClaimTaskResponse *response)
{
    task_row *task;
    TRY(request->task_id[0] == '\0' ? find_next(rpc, request->kind, &task)
                                    : find(rpc, request->task_id, &task));
    status s = task_claim(rpc->txn, task, rpc->principal->agent);
    if (s.why == REASON_TASK_CLAIM_LIMIT) {
        rpc_quota(rpc, "claimed_tasks", "tasks that one agent has claimed at one time");
    }
    TRY(s);
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

static status kind_of(const task_row *task, const struct task_kind_ops **ret_ops)
{
    *ret_ops = task_kind_of(task->kind);
    return *ret_ops == NULL ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

status review_get_task(struct rpc *rpc, const Hayat__Backoffice__V1__GetTaskRequest *request,
                       Hayat__Backoffice__V1__GetTaskResponse *response)
{
    const struct task_kind_ops *ops;
    task_row *task;
    TRY(find_mine(rpc, request->task_id, &task));
    TRY(kind_of(task, &ops));
    rpc_audit_purpose(rpc, "review");
    TRY(task_message(rpc, task, &response->task));
    return ops->describe(rpc, task, response);
}

typedef Hayat__Backoffice__V1__DecideTaskRequest Decide;

static status refuse(struct rpc *rpc, const char *field, const char *description)
{
    rpc_violation(rpc, field, description);
    return FAIL(INVALID_FIELD);
}

static status read_decision(struct rpc *rpc, const Decide *request, task_state *ret_said)
{
    switch (request->decision) {
    case DECISION(APPROVE):
        *ret_said = TASK_STATE(APPROVED);
        return STATUS_OK;
    case DECISION(REFUSE):
        *ret_said = TASK_STATE(REFUSED);
        return STATUS_OK;
    case DECISION(MORE_NEEDED):
        *ret_said = TASK_STATE(MORE_NEEDED);
        return STATUS_OK;
    case DECISION(UNSPECIFIED):
    case _HAYAT__BACKOFFICE__V1__TASK_DECISION_IS_INT_SIZE:
        break;
    }
    return refuse(rpc, "decision", "must be a decision");
}

/* A kind without a check knows yes and no, and finds nothing. */
static status check_plain(struct rpc *rpc, const Decide *request)
{
    if (request->decision == DECISION(MORE_NEEDED)) {
        return refuse(rpc, "decision", "must be yes or no for this kind of task");
    }
    if (request->n_findings + request->n_missing_items + request->n_accepted_document_ids > 0) {
        return refuse(rpc, "findings", "this kind of task has no documents");
    }
    return STATUS_OK;
}

static status find_to_decide(struct rpc *rpc, const Decide *request, task_row **ret_task)
{
    TRY(find_mine(rpc, request->task_id, ret_task));
    char *etag = etag_of(rpc->arena, *ret_task);
    TRY(arena_check(rpc->arena));
    return strcmp(etag, request->etag) == 0 ? STATUS_OK : FAIL(ETAG_MISMATCH);
}

status review_decide_task(struct rpc *rpc, const Decide *request,
                          Hayat__Backoffice__V1__DecideTaskResponse *response)
{
    struct task_vote vote = {.agent = rpc->principal->agent, .reason = request->reason};
    const struct task_kind_ops *ops;
    task_row *task;
    TRY(read_decision(rpc, request, &vote.said));
    TRY(find_to_decide(rpc, request, &task));
    TRY(kind_of(task, &ops));
    rpc_audit_subject(rpc, task_owner(task));
    TRY(ops->check == NULL ? check_plain(rpc, request) : ops->check(rpc, task, request, &vote));
    TRY(task_vote(rpc->txn, task, &vote));
    if (task->state != TASK_STATE(OPEN)) { /* else another person is needed */
        TRY(ops->decided(rpc, task));
    }
    return task_message(rpc, task, &response->task);
}
