#include "tests/support/whole_member.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "hayat/store/v1/bank.pb-c.h"
#include "storage/audit_store.h"
#include "storage/claim_store.h"
#include "storage/device_store.h"
#include "storage/member_store.h"
#include "storage/prior_authorization_store.h"
#include "tests/support/cm.h"

enum { RECORD_MAX = 2048, INBOX_ROWS = 70, DAY_MS = 24 * 3600 * 1000 };

/* --- a row by its table's description --- */

static struct key add_part(struct key key, bytes part, const struct whole_member *member,
                           uint32_t number)
{
    struct owner owner = kept_owner(member->number);
    struct id id = kept_id(number);
    bool is_id = bytes_equal_str(part, "16 bytes") ||
                 (part.len > 3 && bytes_equal_str(bytes_skip(part, part.len - 3), " id"));
    if (bytes_equal_str(part, "owner")) {
        return key_bytes(key, bytes_of(owner.bytes, OWNER_BYTES));
    }
    if (bytes_equal_str(bytes_head(part, 4), "u32 ")) {
        return key_u32(key, number);
    }
    if (bytes_equal_str(bytes_head(part, 4), "u64 ")) {
        return key_u64(key, number);
    }
    if (is_id) {
        return key_bytes(key, bytes_of(id.bytes, ID_BYTES));
    }
    assert_true(bytes_equal_str(bytes_head(part, 10), "keyed hash")); /* its length is the next */
    return key;
}

/* "owner, u32 year, u32 pension seq" and the like, filled up with NUMBER. */
static struct key key_by_layout(const struct table_info *table, const struct whole_member *member,
                                uint32_t number)
{
    struct key key = key_empty();
    bytes rest = bytes_str(table->key_layout);
    while (rest.len > 0) {
        const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        key = add_part(key, bytes_head(rest, len), member, number);
        rest = bytes_skip(rest, comma == NULL ? len : len + strlen(", "));
    }
    return key;
}

static void set_instant(ProtobufCMessage *record, const char *name, int64_t value)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        record->descriptor, name);
    assert_non_null(field);
    memcpy((uint8_t *)record + field->offset, &value, sizeof value);
}

static status put_by_description(struct txn *txn, const struct table_info *table,
                                 const struct whole_member *member, uint32_t number)
{
    union {
        ProtobufCMessage base;
        Hayat__Store__V1__StoredBankChange change;
        uint8_t room[RECORD_MAX];
    } record;
    struct owner owner = kept_owner(member->number);
    assert_true(table->record->sizeof_message <= sizeof record);
    table->record->message_init(&record.base);
    if (table->retention.kind == RETENTION_AFTER) {
        set_instant(&record.base, table->retention.event, member->event_ms);
    }
    if (table->id == TABLE_bank_change) { /* an open one would keep its member */
        record.change.state = HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_ACTIVE;
    }
    struct cell cell = cell_of_owner(table->id, owner, key_by_layout(table, member, number));
    return table_put_record(txn, &cell, &record.base);
}

/* --- rows that are made of more than one --- */

static status put_device(struct txn *txn, const struct whole_member *member)
{
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    struct id id = kept_id(member->number);
    device.device_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    return device_store_put(txn, kept_owner(member->number), &device);
}

static status put_person(struct txn *txn, const struct whole_member *member)
{
    Hayat__Store__V1__StoredMember row = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    Hayat__Store__V1__StoredBeneficiary holder = HAYAT__STORE__V1__STORED_BENEFICIARY__INIT;
    struct owner owner = kept_owner(member->number);
    row.left_ms = row.left_told_ms = member->left_ms;
    holder.cine_number = (char *)(uintptr_t)member->cine;
    TRY(member_store_put(txn, owner, &row));
    return member_store_put_beneficiary(txn, owner, SEQ_HOLDER, &holder);
}

static status put_health(struct txn *txn, const struct whole_member *member)
{
    struct owner owner = kept_owner(member->number);
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    Hayat__Store__V1__StoredPriorAuthorization authorization =
        HAYAT__STORE__V1__STORED_PRIOR_AUTHORIZATION__INIT;
    claim.update_ms = authorization.update_ms = member->event_ms;
    claim.receipt_days = member->event_ms / DAY_MS;
    struct claim_put one = {kept_id(1), &claim, bytes_str("view")};
    struct prior_authorization_put other = {kept_id(1), &authorization, bytes_str("view")};
    TRY(claim_store_put(txn, owner, &one, 1));
    return prior_authorization_store_put(txn, owner, &other, 1);
}

static status put_access(struct txn *txn, struct whole_member *member)
{
    struct audit_event entry = {
        .event = "a test", .actor_kind = AUDIT_ACTOR_SYSTEM, .subject = kept_owner(member->number)};
    TRY(session_create(txn, kept_owner(member->number), kept_id(member->number),
                       LIMIT_SESSION_IDLE_MS, &member->session));
    return audit_append(txn, &entry);
}

static bool is_made_apart(const struct table_info *table)
{
    static const enum table_id apart[] = {
        TABLE_member,         TABLE_beneficiary,         TABLE_device,
        TABLE_session_family, TABLE_life_certificate, /* with kept_put_document */
        TABLE_document,       TABLE_document_chunk,      TABLE_claim,
        TABLE_claim_page,     TABLE_prior_authorization, TABLE_prior_authorization_page,
        TABLE_audit_subject,  TABLE_member_erasure, /* it would begin */
    };
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(apart); i++) {
        found |= table->id == apart[i];
    }
    return found;
}

static status put_all(void *ctx, struct txn *txn)
{
    struct whole_member *member = ctx;
    TRY(put_person(txn, member));
    TRY(put_device(txn, member));
    TRY(put_health(txn, member));
    TRY(put_access(txn, member));
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        bool here = table->of_member && !is_made_apart(table);
        uint32_t rows = table->id == TABLE_inbox ? INBOX_ROWS : 1; /* more than one step takes */
        for (uint32_t number = 1; here && number <= rows; number++) {
            TRY(put_by_description(txn, table, member, number));
        }
    }
    return STATUS_OK;
}

void whole_member_put(struct kept_store *s, struct whole_member *member)
{
    assert_ok(kept_write(s, put_all, member));
    kept_put_document(s, &(struct kept_document){
                             .number = member->number, .chunks = 2, .decide_ms = member->event_ms});
}

/* --- looking --- */

struct looking {
    struct owner owner;
    enum table_id table;
    uint64_t count;
    struct {
        uint8_t *data;
        size_t len;
    } image;
    bytes plain;
};

static bool count_one(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct looking *looking = ctx;
    (void)key;
    (void)record;
    looking->count++;
    return true;
}

static status count_rows(void *ctx, struct txn *txn)
{
    struct looking *looking = ctx;
    struct scan scan = {.table = looking->table,
                        .owner = looking->owner,
                        .prefix = key_owner(looking->owner),
                        .keys_only = true};
    return table_scan(txn, &scan, count_one, looking);
}

uint64_t whole_member_rows(struct kept_store *s, struct owner owner, enum table_id table)
{
    struct looking looking = {.owner = owner, .table = table};
    assert_ok(kept_look(s, count_rows, &looking));
    return looking.count;
}

static void append(struct looking *looking, bytes part)
{
    uint8_t *grown = realloc(looking->image.data, looking->image.len + part.len + 1);
    assert_non_null(grown);
    memcpy(grown + looking->image.len, part.ptr, part.len);
    looking->image.data = grown;
    looking->image.len += part.len;
}

static bool add_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct looking *looking = ctx;
    (void)record;
    append(looking, bytes_of(&(uint8_t){(uint8_t)looking->table}, 1));
    append(looking, key_view(&key));
    append(looking, looking->plain);
    return true;
}

static status add_rows(void *ctx, struct txn *txn)
{
    struct looking *looking = ctx;
    for (size_t i = 0; i < table_info_count; i++) {
        struct scan scan = {.table = table_infos[i].id,
                            .owner = looking->owner,
                            .prefix = key_owner(looking->owner),
                            .plain = &looking->plain};
        looking->table = table_infos[i].id;
        if (table_infos[i].of_member && table_infos[i].record != NULL) {
            TRY(table_scan(txn, &scan, add_row, looking));
        }
    }
    return STATUS_OK;
}

uint8_t *whole_member_image(struct kept_store *s, struct owner owner, size_t *ret_len)
{
    struct looking looking = {.owner = owner};
    assert_ok(kept_look(s, add_rows, &looking));
    *ret_len = looking.image.len;
    return looking.image.data;
}
