#include "storage/audit_head_store.h"

#include "base/codec.h"
#include "base/limits.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredAuditHead head_row;
typedef Hayat__Store__V1__StoredAuditExport export_row;

/* --- heads --- */

struct found {
    uint64_t sequence;
    const head_row *row;
};

static bool take_first(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct found *found = ctx;
    found->sequence = get_be64(key.bytes);
    found->row = (const head_row *)record;
    return false;
}

static status copy_found(const struct found *found, struct audit_head *ret_head)
{
    if (found->row == NULL) {
        return FAIL(NOT_FOUND);
    }
    if (found->row->head.len != AUDIT_HASH_BYTES ||
        found->row->signature.len != AUDIT_SIGNATURE_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_head = (struct audit_head){.sequence = found->sequence, .time_ms = found->row->time_ms};
    memcpy(ret_head->hash.bytes, found->row->head.data, AUDIT_HASH_BYTES);
    memcpy(ret_head->signature, found->row->signature.data, AUDIT_SIGNATURE_BYTES);
    return STATUS_OK;
}

status audit_head_last(struct txn *txn, struct audit_head *ret_head)
{
    struct found found = {0};
    TRY(table_scan(txn, &(struct scan){.table = TABLE_audit_head, .reverse = true}, take_first,
                   &found));
    return copy_found(&found, ret_head);
}

status audit_head_from(struct txn *txn, uint64_t sequence, struct audit_head *ret_head)
{
    struct found found = {0};
    struct scan scan = {.table = TABLE_audit_head};
    if (sequence > 0) {
        scan.after = key_u64(key_empty(), sequence - 1);
    }
    TRY(table_scan(txn, &scan, take_first, &found));
    return copy_found(&found, ret_head);
}

static status put_head(struct txn *txn, const struct audit_head *head)
{
    union {
        const void *in;
        void *out; /* protobuf-c does not write to what it packs */
    } hash = {.in = head->hash.bytes}, signature = {.in = head->signature};
    head_row row = HAYAT__STORE__V1__STORED_AUDIT_HEAD__INIT;
    row.time_ms = head->time_ms;
    row.head = (ProtobufCBinaryData){AUDIT_HASH_BYTES, hash.out};
    row.signature = (ProtobufCBinaryData){AUDIT_SIGNATURE_BYTES, signature.out};
    struct cell cell = cell_of(TABLE_audit_head, key_u64(key_empty(), head->sequence));
    return table_put_record(txn, &cell, &row.base);
}

/* --- to sign --- */

static status sign_at(struct txn *txn, const struct audit_signer *signer, uint64_t sequence)
{
    audit_row *row;
    TRY(audit_store_get(txn, sequence, &row));
    if (row->head.len != AUDIT_HASH_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    struct audit_head head = {.sequence = sequence, .time_ms = txn_now_ms(txn)};
    memcpy(head.hash.bytes, row->head.data, AUDIT_HASH_BYTES);
    audit_head_sign(signer, &head);
    return put_head(txn, &head);
}

/* The newest head, or one of nothing at no time. */
static status last_or_none(struct txn *txn, struct audit_head *ret_head)
{
    status s = audit_head_last(txn, ret_head);
    if (s.why != REASON_NOT_FOUND) {
        return s;
    }
    *ret_head = (struct audit_head){.sequence = 0};
    return STATUS_OK;
}

status audit_heads_sign(struct txn *txn, const struct audit_signing *signing, bool *ret_more)
{
    struct audit_tip tip;
    struct audit_head last;
    TRY(audit_store_tip(txn, &tip));
    TRY(last_or_none(txn, &last));
    const uint64_t step = LIMIT_AUDIT_HEAD_ENTRIES;
    uint64_t at = last.sequence, count = 0;
    for (uint64_t next = (at / step + 1) * step;
         next <= tip.sequence && count < LIMIT_AUDIT_HEADS_PER_STEP; next += step, count++) {
        TRY(sign_at(txn, signing->signer, next));
        at = next;
    }
    *ret_more = tip.sequence >= (at / step + 1) * step;
    bool due = signing->now || txn_now_ms(txn) - last.time_ms >= signing->period_ms;
    return due && !*ret_more && at < tip.sequence ? sign_at(txn, signing->signer, tip.sequence)
                                                  : STATUS_OK;
}

/* --- how far they were exported --- */

static struct cell export_cell(void)
{
    return cell_of(TABLE_audit_export, key_u32(key_empty(), 1));
}

status audit_export_get(struct txn *txn, uint64_t *ret_sequence)
{
    struct cell cell = export_cell();
    ProtobufCMessage *record;
    status s = table_get_record(txn, &cell, &record);
    if (s.why == REASON_NOT_FOUND) {
        *ret_sequence = 0;
        return STATUS_OK;
    }
    TRY(s);
    *ret_sequence = ((const export_row *)record)->sequence;
    return STATUS_OK;
}

status audit_export_put(struct txn *txn, uint64_t sequence)
{
    export_row row = HAYAT__STORE__V1__STORED_AUDIT_EXPORT__INIT;
    row.sequence = sequence;
    struct cell cell = export_cell();
    return table_put_record(txn, &cell, &row.base);
}
