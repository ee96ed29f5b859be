#include "storage/audit_store.h"

#include <assert.h>

#include "base/codec.h"
#include "storage/table.h"

/* --- keys --- */

static struct cell cell_of_entry(uint64_t sequence)
{
    return cell_of(TABLE_audit_entry, key_u64(key_empty(), sequence));
}

static struct cell cell_of_subject(struct owner owner, uint64_t number)
{
    return cell_of_owner(TABLE_audit_subject, owner, key_u64(key_owner(owner), number));
}

/* --- the last of each --- */

struct last {
    uint64_t number; /* the end of its key */
    const ProtobufCMessage *record;
};

static bool take_last(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct last *last = ctx;
    last->number = get_be64(key.bytes + key.len - 8);
    last->record = record;
    return false;
}

static status copy_hash(const ProtobufCBinaryData *data, struct audit_hash *out)
{
    if (data->len != AUDIT_HASH_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(out->bytes, data->data, AUDIT_HASH_BYTES);
    return STATUS_OK;
}

status audit_store_tip(struct txn *txn, struct audit_tip *ret_tip)
{
    struct last last = {0};
    struct audit_tip tip = {0};
    TRY(table_scan(txn, &(struct scan){.table = TABLE_audit_entry, .reverse = true}, take_last,
                   &last));
    if (last.record != NULL) {
        const audit_row *row = (const audit_row *)last.record;
        tip.sequence = last.number;
        TRY(copy_hash(&row->head, &tip.head));
    }
    *ret_tip = tip;
    return STATUS_OK;
}

static bool is_nobody(struct owner owner)
{
    static const struct owner nobody;
    return memcmp(owner.bytes, nobody.bytes, OWNER_BYTES) == 0;
}

/* Which entry of its subject the next one is, and the leaf before it; 0 and zero bytes for nobody's. */
static status next_of_subject(struct txn *txn, struct owner owner, uint64_t *ret_number,
                              struct audit_hash *ret_previous)
{
    struct last last = {0};
    struct scan scan = {
        .table = TABLE_audit_subject, .owner = owner, .prefix = key_owner(owner), .reverse = true};
    *ret_previous = (struct audit_hash){{0}};
    *ret_number = 0;
    if (is_nobody(owner)) {
        return STATUS_OK;
    }
    TRY(table_scan(txn, &scan, take_last, &last));
    if (last.record != NULL) {
        TRY(copy_hash(&((const audit_subject_row *)last.record)->leaf, ret_previous));
    }
    *ret_number = last.number + 1;
    return STATUS_OK;
}

/* --- to append --- */

void audit_pseudonym(const struct seal_keys *keys, bytes who, uint8_t out[AUDIT_PSEUDONYM_BYTES])
{
    memset(out, 0, AUDIT_PSEUDONYM_BYTES);
    if (who.len > 0) {
        seal_blind(keys, "audit", who, out, AUDIT_PSEUDONYM_BYTES);
    }
}

static bytes view_of_owner(const struct owner *owner)
{
    return bytes_of(owner->bytes, is_nobody(*owner) ? 0 : OWNER_BYTES);
}

static bytes view_of_object(const struct id *object)
{
    static const struct id none;
    return bytes_of(object->bytes, memcmp(object, &none, sizeof none) == 0 ? 0 : ID_BYTES);
}

static bytes text_of(const char *text, size_t max)
{
    return text == NULL ? bytes_of(NULL, 0) : bytes_head(bytes_str(text), max);
}

static struct audit_entry entry_of(const struct seal_keys *keys, const struct audit_event *event)
{
    struct audit_entry entry = {
        .actor_kind = event->actor_kind,
        .outcome = (uint16_t)event->outcome,
        .event = bytes_str(event->event),
        .object_type = text_of(event->object_type, AUDIT_TYPE_MAX),
        .purpose = text_of(event->purpose, AUDIT_PURPOSE_MAX),
    };
    audit_pseudonym(keys, event->actor, entry.actor);
    audit_pseudonym(keys, view_of_owner(&event->subject), entry.subject);
    audit_pseudonym(keys, view_of_object(&event->object), entry.object);
    return entry;
}

static ProtobufCBinaryData data_of(bytes b)
{
    union {
        const void *in;
        void *out; /* protobuf-c does not write to what it packs */
    } view = {.in = b.ptr};
    return (ProtobufCBinaryData){b.len, view.out};
}

/* Both rows of one entry. */
static status put_rows(struct txn *txn, const struct audit_event *event,
                       const struct audit_entry *entry, const struct audit_hash *before)
{
    uint8_t encoded[AUDIT_ENTRY_MAX];
    size_t len = audit_entry_encode(entry, encoded);
    struct audit_hash leaf = audit_leaf(bytes_of(encoded, len));
    struct audit_hash head = audit_chain(before, &leaf);
    audit_row row = HAYAT__STORE__V1__STORED_AUDIT_ENTRY__INIT;
    row.entry = data_of(bytes_of(encoded, len));
    row.head = data_of(bytes_of(head.bytes, AUDIT_HASH_BYTES));
    row.subject = data_of(view_of_owner(&event->subject));
    row.actor = data_of(event->actor);
    row.object = data_of(view_of_object(&event->object));
    struct cell cell = cell_of_entry(entry->sequence);
    TRY(table_put_record(txn, &cell, &row.base));
    if (entry->number == 0) {
        return STATUS_OK;
    }
    audit_subject_row subject = HAYAT__STORE__V1__STORED_AUDIT_SUBJECT__INIT;
    subject.sequence = entry->sequence;
    subject.leaf = data_of(bytes_of(leaf.bytes, AUDIT_HASH_BYTES));
    cell = cell_of_subject(event->subject, entry->number);
    return table_put_record(txn, &cell, &subject.base);
}

status audit_append(struct txn *txn, const struct audit_event *event)
{
    struct audit_tip tip;
    struct audit_entry entry = entry_of(txn_keys(txn), event);
    TRY(audit_store_tip(txn, &tip));
    TRY(next_of_subject(txn, event->subject, &entry.number, &entry.previous));
    entry.sequence = tip.sequence + 1;
    entry.time_ms = txn_now_ms(txn);
    return put_rows(txn, event, &entry, &tip.head);
}

/* --- to read --- */

status audit_store_get(struct txn *txn, uint64_t sequence, audit_row **ret_row)
{
    struct cell cell = cell_of_entry(sequence);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (audit_row *)record;
    return STATUS_OK;
}

status audit_store_subject(struct txn *txn, struct owner owner, uint64_t number,
                           audit_subject_row **ret_row)
{
    struct cell cell = cell_of_subject(owner, number);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (audit_subject_row *)record;
    return STATUS_OK;
}

status audit_store_subject_count(struct txn *txn, struct owner owner, uint64_t *ret_count)
{
    struct last last = {0};
    struct scan scan = {.table = TABLE_audit_subject,
                        .owner = owner,
                        .prefix = key_owner(owner),
                        .reverse = true,
                        .keys_only = true};
    TRY(table_scan(txn, &scan, take_last, &last));
    *ret_count = last.number;
    return STATUS_OK;
}
