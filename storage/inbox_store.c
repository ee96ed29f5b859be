#include "storage/inbox_store.h"

#include "base/codec.h"

typedef Hayat__Store__V1__StoredNotification notification_row;

/* --- cells --- */

static struct cell row_cell(struct owner owner, uint64_t number)
{
    return cell_of_owner(TABLE_inbox, owner, key_u64(key_owner(owner), number));
}

static struct cell head_cell(struct owner owner)
{
    return cell_of_owner(TABLE_inbox_head, owner, key_owner(owner));
}

status inbox_store_head(struct txn *txn, struct owner owner, struct inbox_head *ret_head)
{
    struct cell cell = head_cell(owner);
    ProtobufCMessage *record;
    status s = table_get_record(txn, &cell, &record);
    *ret_head = (struct inbox_head){.count = 0};
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    const Hayat__Store__V1__StoredInboxHead *head =
        (const Hayat__Store__V1__StoredInboxHead *)record;
    *ret_head = (struct inbox_head){.last_number = head->last_number,
                                    .last_change = head->last_change,
                                    .count = head->count,
                                    .unread_count = head->unread_count};
    return STATUS_OK;
}

static status put_head(struct txn *txn, struct owner owner, const struct inbox_head *head)
{
    Hayat__Store__V1__StoredInboxHead record = HAYAT__STORE__V1__STORED_INBOX_HEAD__INIT;
    record.last_number = head->last_number;
    record.last_change = head->last_change;
    record.count = head->count;
    record.unread_count = head->unread_count;
    struct cell cell = head_cell(owner);
    return table_put_record(txn, &cell, &record.base);
}

/* --- walking --- */

struct each {
    inbox_visit *visit;
    void *ctx;
};

static bool see(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct each *each = ctx;
    return each->visit(each->ctx, get_be64(key.bytes + OWNER_BYTES),
                       (const notification_row *)record);
}

status inbox_store_each(struct txn *txn, const struct inbox_walk *walk, inbox_visit *visit,
                        void *ctx)
{
    struct scan scan = {.table = TABLE_inbox,
                        .owner = walk->owner,
                        .prefix = key_owner(walk->owner),
                        .reverse = true};
    struct each each = {visit, ctx};
    if (walk->before != 0) {
        scan.after = key_u64(key_owner(walk->owner), walk->before);
    }
    return table_scan(txn, &scan, see, &each);
}

/* --- making room --- */

enum rank { RANK_READ, RANK_UNREAD, RANK_IMPORTANT };

/* The rows that go first, sorted by (rank, number). */
struct victims {
    size_t count;
    struct victim {
        enum rank rank;
        uint64_t number;
    } rows[LIMIT_INBOX_TRIM];
};

static enum rank rank_of(const notification_row *row)
{
    if (row->read_ms != 0) {
        return RANK_READ;
    }
    return row->important ? RANK_IMPORTANT : RANK_UNREAD;
}

static bool goes_before(const struct victim *one, const struct victim *other)
{
    return one->rank != other->rank ? one->rank < other->rank : one->number < other->number;
}

static bool consider(void *ctx, uint64_t number, const notification_row *row)
{
    struct victims *victims = ctx;
    struct victim candidate = {rank_of(row), number};
    size_t at = victims->count;
    while (at > 0 && goes_before(&candidate, &victims->rows[at - 1])) {
        at--;
    }
    if (at == LIMIT_INBOX_TRIM) {
        return true;
    }
    size_t kept = victims->count < LIMIT_INBOX_TRIM ? victims->count : LIMIT_INBOX_TRIM - 1;
    memmove(&victims->rows[at + 1], &victims->rows[at], (kept - at) * sizeof victims->rows[0]);
    victims->rows[at] = candidate;
    victims->count = kept + 1;
    return true;
}

static status trim(struct txn *txn, struct owner owner, struct inbox_head *head)
{
    struct victims victims = {.count = 0};
    struct inbox_walk all = {.owner = owner};
    TRY(inbox_store_each(txn, &all, consider, &victims));
    for (size_t i = 0; i < victims.count; i++) {
        struct cell cell = row_cell(owner, victims.rows[i].number);
        TRY(table_delete(txn, &cell));
        head->count--;
        head->unread_count -= victims.rows[i].rank != RANK_READ;
    }
    return STATUS_OK;
}

/* --- writing --- */

status inbox_store_add(struct txn *txn, struct owner owner, notification_row *row)
{
    struct inbox_head head;
    TRY(inbox_store_head(txn, owner, &head));
    if (head.count >= LIMIT_INBOX_ROWS) {
        TRY(trim(txn, owner, &head));
    }
    head.last_number++;
    head.last_change++;
    head.count++;
    head.unread_count++;
    row->change = head.last_change;
    struct cell cell = row_cell(owner, head.last_number);
    TRY(table_put_record(txn, &cell, &row->base));
    return put_head(txn, owner, &head);
}

status inbox_store_mark_read(struct txn *txn, struct owner owner, uint64_t number,
                             bool *ret_changed)
{
    struct cell cell = row_cell(owner, number);
    struct inbox_head head;
    ProtobufCMessage *record;
    *ret_changed = false;
    status s = table_get_record(txn, &cell, &record);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    notification_row *row = (notification_row *)record;
    if (row->read_ms != 0) {
        return STATUS_OK;
    }
    TRY(inbox_store_head(txn, owner, &head));
    head.last_change++;
    head.unread_count--;
    row->read_ms = txn_now_ms(txn);
    row->change = head.last_change;
    *ret_changed = true;
    TRY(table_put_record(txn, &cell, record));
    return put_head(txn, owner, &head);
}
