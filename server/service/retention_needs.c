#include "service/retention_needs.h"

#include <string.h>

#include "base/codec.h"
#include "storage/bank_store.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"
#include "storage/task_store.h"

typedef Hayat__Store__V1__StoredDocument document_row;
typedef Hayat__Store__V1__StoredLifeCertificate certificate_row;

static bool id_of(ProtobufCBinaryData data, struct id *ret)
{
    if (data.len == ID_BYTES) {
        memcpy(ret->bytes, data.data, ID_BYTES);
    }
    return data.len == ID_BYTES;
}

/* RULE RETENTION-TASK: an agent has to decide about it. */
static status has_open_task(struct txn *txn, task_kind kind, struct id object, bool *ret_has)
{
    task_row *task;
    status s = task_store_about(txn, kind, object, &task);
    *ret_has = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

/* RULE RETENTION-CASE: a certificate that is open again, or under review, needs all its documents. */
static status case_is_open(struct txn *txn, struct owner owner, struct id id, bool *ret_open)
{
    certificate_row *certificate;
    status s = life_certificate_store_get(txn, owner, id, &certificate);
    *ret_open = ok(s) && certificate->decide_ms == 0;
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    return *ret_open ? STATUS_OK : has_open_task(txn, TASK_KIND(LIFE_CERTIFICATE), id, ret_open);
}

static status document_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    const document_row *document = (const document_row *)row->record;
    struct id id;
    return id_of(document->life_certificate_id, &id) ? case_is_open(txn, row->owner, id, ret_needed)
                                                     : STATUS_OK;
}

/* A certificate goes after its documents: they find their case by it. */
static status certificate_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    const certificate_row *certificate = (const certificate_row *)row->record;
    struct id id;
    for (size_t i = 0; i < certificate->n_document_ids; i++) {
        document_row *document;
        status s = id_of(certificate->document_ids[i], &id)
                       ? document_store_get(txn, row->owner, id, &document)
                       : FAIL(STORE_CORRUPT);
        if (s.why != REASON_NOT_FOUND) {
            *ret_needed = true;
            return s;
        }
    }
    return id_of(certificate->life_certificate_id, &id)
               ? case_is_open(txn, row->owner, id, ret_needed)
               : FAIL(STORE_CORRUPT);
}

/* Its end is not noted, but its state is. */
static status bank_change_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    (void)txn;
    *ret_needed = ((const Hayat__Store__V1__StoredBankChange *)row->record)->state <
                  HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_ACTIVE;
    return STATUS_OK;
}

static bool see_another(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    (void)record;
    *(bool *)ctx = true;
    return false;
}

/* The next export counts on from the last one's number. */
static status bank_export_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    bool has_later = false;
    struct scan later = {.table = TABLE_bank_export, .after = row->key, .keys_only = true};
    TRY(table_scan(txn, &later, see_another, &has_later));
    *ret_needed = !has_later;
    return STATUS_OK;
}

typedef status is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed);

static is_needed *const needs[] = {
    [TABLE_document] = document_is_needed,
    [TABLE_life_certificate] = certificate_is_needed,
    [TABLE_bank_change] = bank_change_is_needed,
    [TABLE_bank_export] = bank_export_is_needed,
};

status retention_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    bool known = (size_t)row->table < sizeof needs / sizeof needs[0] && needs[row->table] != NULL;
    *ret_needed = false;
    return known ? needs[row->table](txn, row, ret_needed) : STATUS_OK;
}
