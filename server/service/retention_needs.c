#include "service/retention_needs.h"

#include <string.h>

#include "base/codec.h"
#include "service/erasure_wish.h"
#include "service/life_certificate_state.h"
#include "service/message.h"
#include "storage/bank_store.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"
#include "storage/member_store.h"
#include "storage/obligation_store.h"
#include "storage/outbox_store.h"
#include "storage/task_store.h"

typedef Hayat__Store__V1__StoredDocument document_row;
typedef Hayat__Store__V1__StoredLifeCertificate certificate_row;

/* RULE RETENTION-TASK: an agent has to decide about it. */
static status has_open_task(struct txn *txn, task_kind kind, struct id object, bool *ret_has)
{
    task_row *task;
    status s = task_store_about(txn, kind, object, &task);
    *ret_has = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static bool is_suspended(const obligation_row *obligation)
{
    return obligation->suspension == SUSPENSION(PROPOSED) ||
           obligation->suspension == SUSPENSION(SUSPENDED);
}

/* RULE RETENTION-SUSPENSION: while paying a pension is stopped, or about to be, whatever says why is needed.  YEAR 0: of any. */
static status has_suspension(struct txn *txn, struct owner owner, int32_t year, bool *ret_has)
{
    struct obligation_list *list = arena_alloc(txn_arena(txn), sizeof *list);
    if (list == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(obligation_store_list(txn, owner, list));
    for (size_t i = 0; i < list->count && !*ret_has; i++) {
        *ret_has = (year == 0 || list->rows[i]->year == year) && is_suspended(list->rows[i]);
    }
    return STATUS_OK;
}

/* RULE RETENTION-GONE: nobody decides about somebody who is not on file any more. */
static status is_gone(struct txn *txn, struct owner owner, bool *ret_gone)
{
    bool has_member;
    TRY(member_store_has(txn, owner, &has_member));
    *ret_gone = !has_member;
    return STATUS_OK;
}

/* RULE RETENTION-CASE: a certificate that is open again, or under review, needs all its documents. */
static status case_is_open(struct txn *txn, struct owner owner, struct id id, bool *ret_open)
{
    certificate_row *certificate;
    bool gone;
    TRY(is_gone(txn, owner, &gone));
    if (gone) {
        return STATUS_OK;
    }
    status s = life_certificate_store_get(txn, owner, id, &certificate);
    *ret_open = ok(s) && certificate->decide_ms == 0;
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    TRY(*ret_open ? STATUS_OK : has_open_task(txn, TASK_KIND(LIFE_CERTIFICATE), id, ret_open));
    return *ret_open ? STATUS_OK : has_suspension(txn, owner, certificate->year, ret_open);
}

/* RULE RETENTION-OBLIGATION: what decided an obligation stays as long as that is kept, which may have been made later: without it the year would
   count as never answered. */
static status is_named(struct txn *txn, struct owner owner, struct id id, bool *ret_named)
{
    struct obligation_list *list = arena_alloc(txn_arena(txn), sizeof *list);
    if (list == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(obligation_store_list(txn, owner, list));
    for (size_t i = 0; i < list->count && !*ret_named; i++) {
        struct id named;
        *ret_named = id_of_binary(list->rows[i]->life_certificate_id, &named) &&
                     memcmp(named.bytes, id.bytes, ID_BYTES) == 0;
    }
    return STATUS_OK;
}

static status document_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    const document_row *document = (const document_row *)row->record;
    struct id id;
    return id_of_binary(document->life_certificate_id, &id)
               ? case_is_open(txn, row->owner, id, ret_needed)
               : STATUS_OK;
}

static status any_is_there(struct txn *txn, struct owner owner, const ProtobufCBinaryData *ids,
                           size_t count, bool *ret_there)
{
    for (size_t i = 0; i < count && !*ret_there; i++) {
        document_row *document;
        struct id id;
        status s = id_of_binary(ids[i], &id) ? document_store_get(txn, owner, id, &document)
                                             : FAIL(STORE_CORRUPT);
        *ret_there = s.why != REASON_NOT_FOUND;
        TRY(*ret_there ? s : STATUS_OK);
    }
    return STATUS_OK;
}

/* A certificate goes after its documents: they find their case by it; and after the obligation that it was filed for. */
static status certificate_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    const certificate_row *certificate = (const certificate_row *)row->record;
    struct id id;
    TRY(any_is_there(txn, row->owner, certificate->document_ids, certificate->n_document_ids,
                     ret_needed));
    TRY(any_is_there(txn, row->owner, certificate->earlier_document_ids,
                     certificate->n_earlier_document_ids, ret_needed));
    if (*ret_needed) {
        return STATUS_OK;
    }
    if (!id_of_binary(certificate->life_certificate_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(case_is_open(txn, row->owner, id, ret_needed));
    return *ret_needed ? STATUS_OK : is_named(txn, row->owner, id, ret_needed);
}

/* Until it is answered and the answer is decided on. */
static bool is_open_obligation(const obligation_row *obligation)
{
    return is_suspended(obligation) || obligation->state == OBLIGATION(DRAFT) ||
           obligation->state == OBLIGATION(SUBMITTED) ||
           obligation->state == OBLIGATION(IN_REVIEW) ||
           obligation->state == OBLIGATION(MORE_NEEDED);
}

static status obligation_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    bool gone;
    TRY(is_gone(txn, row->owner, &gone));
    *ret_needed = !gone && is_open_obligation((const obligation_row *)row->record);
    return STATUS_OK;
}

/* The reminders a suspension rests on. */
static status delivery_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    bool gone;
    TRY(is_gone(txn, row->owner, &gone));
    return gone ? STATUS_OK : has_suspension(txn, row->owner, 0, ret_needed);
}

/* Its end is not noted, but its state is. */
static bool is_open_change(const bank_change_row *change)
{
    return change->state < HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_ACTIVE;
}

static status bank_change_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    (void)txn;
    *ret_needed = is_open_change((const bank_change_row *)row->record);
    return STATUS_OK;
}

/* --- members --- */

static status has_open_change(struct txn *txn, struct owner owner, bool *ret_has)
{
    struct bank_change_list list;
    TRY(bank_store_changes(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        *ret_has |= is_open_change(list.rows[i]);
    }
    return STATUS_OK;
}

static status has_case_at_a_person(struct txn *txn, struct owner owner, bool *ret_has)
{
    struct life_certificate_list certificates;
    struct obligation_list obligations;
    TRY(life_certificate_store_list(txn, owner, &certificates));
    for (size_t i = 0; i < certificates.count && !*ret_has; i++) {
        TRY(has_open_task(txn, TASK_KIND(LIFE_CERTIFICATE), certificates.rows[i].id, ret_has));
    }
    TRY(obligation_store_list(txn, owner, &obligations));
    for (size_t i = 0; i < obligations.count && !*ret_has; i++) {
        struct id id;
        TRY(id_of_binary(obligations.rows[i]->obligation_id, &id)
                ? has_open_task(txn, TASK_KIND(SUSPENSION), id, ret_has)
                : STATUS_OK);
    }
    return STATUS_OK;
}

/* Whoever carries them asks for the address when they go. */
static status has_letters(struct txn *txn, struct owner owner, bool *ret_has)
{
    size_t letters, texts;
    TRY(outbox_store_count_line(txn, OUTBOX_POST, owner, 1, &letters));
    TRY(outbox_store_count_line(txn, OUTBOX_SMS, owner, 1, &texts));
    *ret_has = letters + texts > 0;
    return STATUS_OK;
}

/* RULE RETENTION-MEMBER: what persons decide about, a change of account under way, what is on its way to them. */
static status member_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    TRY(has_open_change(txn, row->owner, ret_needed));
    TRY(*ret_needed ? STATUS_OK : has_case_at_a_person(txn, row->owner, ret_needed));
    TRY(*ret_needed ? STATUS_OK : erasure_wish_is_open(txn, row->owner, ret_needed));
    return *ret_needed ? STATUS_OK : has_letters(txn, row->owner, ret_needed);
}

/* --- the core system's list --- */

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
    [TABLE_document] = document_is_needed,       [TABLE_life_certificate] = certificate_is_needed,
    [TABLE_obligation] = obligation_is_needed,   [TABLE_delivery] = delivery_is_needed,
    [TABLE_bank_change] = bank_change_is_needed, [TABLE_bank_export] = bank_export_is_needed,
    [TABLE_member] = member_is_needed,
};

status retention_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed)
{
    bool known = (size_t)row->table < sizeof needs / sizeof needs[0] && needs[row->table] != NULL;
    *ret_needed = false;
    return known ? needs[row->table](txn, row, ret_needed) : STATUS_OK;
}
