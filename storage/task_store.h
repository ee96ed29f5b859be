/*
 * task_store: what waits for a person of the fund to decide, and who has it.
 *
 * Keys     task: task id · task_due: due time in ms (u64) ‖ task id · task_object: kind (u32) ‖ id of the thing.
 * Rules    the two index rows are there exactly while the task is open; a thing has at most one open task.
 * Memory   outputs live in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND · STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_TASK_STORE_H
#define HAYAT_STORAGE_TASK_STORE_H

#include <stdbool.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/review.pb-c.h"
#include "storage/db.h"

typedef Hayat__Store__V1__StoredTask task_row;
typedef Hayat__Store__V1__TaskKind task_kind;
typedef Hayat__Store__V1__TaskState task_state;

#define TASK_KIND(name) HAYAT__STORE__V1__TASK_KIND__TASK_KIND_##name
#define TASK_STATE(name) HAYAT__STORE__V1__TASK_STATE__TASK_STATE_##name

status task_store_get(struct txn *txn, struct id id, task_row **ret_task);
/* The open task about a thing. */
status task_store_about(struct txn *txn, task_kind kind, struct id object, task_row **ret_task);
/* Files TASK and its index rows, by its state; task_id, kind, object_id and due_ms never change. */
status task_store_put(struct txn *txn, const task_row *task);

/* A place in the list of open tasks. */
struct task_place {
    int64_t due_ms;
    struct id id;
};

struct task_list {
    size_t count;
    struct task_place rows[LIMIT_PAGE_MAX];
    bool more;
};

/* The open tasks after AFTER (NULL: from the first), at most MOST of them, by due time. */
status task_store_open(struct txn *txn, const struct task_place *after, size_t most,
                       struct task_list *ret_list);

#endif
