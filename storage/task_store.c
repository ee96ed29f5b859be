#include "storage/task_store.h"

#include <assert.h>

#include "base/codec.h"
#include "storage/table.h"

static struct cell task_cell(bytes id)
{
    return cell_of(TABLE_task, key_bytes(key_empty(), id));
}

static struct key due_key(int64_t due_ms, bytes id)
{
    return key_bytes(key_u64(key_empty(), (uint64_t)due_ms), id);
}

static struct cell object_cell(task_kind kind, bytes object)
{
    return cell_of(TABLE_task_object, key_bytes(key_u32(key_empty(), (uint32_t)kind), object));
}

static status get(struct txn *txn, bytes id, task_row **ret_task)
{
    struct cell cell = task_cell(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    task_row *task = (task_row *)record;
    if (task->task_id.len != ID_BYTES || task->object_id.len != ID_BYTES ||
        task->owner.len != OWNER_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_task = task;
    return STATUS_OK;
}

status task_store_get(struct txn *txn, struct id id, task_row **ret_task)
{
    return get(txn, bytes_of(id.bytes, ID_BYTES), ret_task);
}

status task_store_about(struct txn *txn, task_kind kind, struct id object, task_row **ret_task)
{
    struct cell cell = object_cell(kind, bytes_of(object.bytes, ID_BYTES));
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    const Hayat__Store__V1__StoredTaskObject *row =
        (const Hayat__Store__V1__StoredTaskObject *)record;
    if (row->task_id.len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    status s = get(txn, bytes_of(row->task_id.data, row->task_id.len), ret_task);
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s;
}

static status put_index(struct txn *txn, const task_row *task, const struct cell *due,
                        const struct cell *object)
{
    Hayat__Store__V1__StoredTaskDue due_row = HAYAT__STORE__V1__STORED_TASK_DUE__INIT;
    Hayat__Store__V1__StoredTaskObject object_row = HAYAT__STORE__V1__STORED_TASK_OBJECT__INIT;
    due_row.kind = task->kind;
    object_row.task_id = task->task_id;
    TRY(table_put_record(txn, due, &due_row.base));
    return table_put_record(txn, object, &object_row.base);
}

status task_store_put(struct txn *txn, const task_row *task)
{
    bytes id = bytes_of(task->task_id.data, task->task_id.len);
    assert(task->task_id.len == ID_BYTES && task->object_id.len == ID_BYTES);
    struct cell cell = task_cell(id), due = cell_of(TABLE_task_due, due_key(task->due_ms, id)),
                object = object_cell(task->kind,
                                     bytes_of(task->object_id.data, task->object_id.len));
    if (task->state == TASK_STATE(OPEN)) {
        TRY(put_index(txn, task, &due, &object));
    } else {
        TRY(table_delete(txn, &due));
        TRY(table_delete(txn, &object));
    }
    return table_put_record(txn, &cell, &task->base);
}

/* --- the list --- */

struct open_scan {
    size_t most;
    struct task_list *list;
    bool corrupt;
};

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct open_scan *scan = ctx;
    struct task_place *place = &scan->list->rows[scan->list->count];
    (void)record;
    if (key.len != sizeof(uint64_t) + ID_BYTES) {
        scan->corrupt = true;
        return false;
    }
    if (scan->list->count == scan->most) {
        scan->list->more = true;
        return false;
    }
    place->due_ms = (int64_t)get_be64(key.bytes);
    memcpy(place->id.bytes, key.bytes + sizeof(uint64_t), ID_BYTES);
    scan->list->count++;
    return true;
}

status task_store_open(struct txn *txn, const struct task_place *after, size_t most,
                       struct task_list *ret_list)
{
    struct open_scan open = {.most = most, .list = ret_list};
    struct scan scan = {.table = TABLE_task_due, .keys_only = true};
    assert(most <= LIMIT_PAGE_MAX);
    if (after != NULL) {
        scan.after = due_key(after->due_ms, bytes_of(after->id.bytes, ID_BYTES));
    }
    ret_list->count = 0;
    ret_list->more = false;
    TRY(table_scan(txn, &scan, gather, &open));
    return open.corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}
