#include "service/retention.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "service/calendar_rules.h"
#include "service/erasure.h"
#include "service/message.h"
#include "service/retention_needs.h"
#include "storage/erasure_keys.h"
#include "storage/life_certificate_store.h"
#include "storage/member_erasure_store.h"
#include "storage/member_store.h"
#include "storage/obligation_store.h"
#include "storage/reference_store.h"

typedef Hayat__Store__V1__StoredDocument document_row;
typedef Hayat__Store__V1__StoredLifeCertificate certificate_row;

/* --- the terms --- */

static void take_value(const Hayat__Store__V1__StoredRetentionPeriod *period,
                       struct retention_terms *terms)
{
    bool known = period->unit == RETENTION_DAYS || period->unit == RETENTION_MONTHS;
    for (size_t i = 0; known && i < PERIOD_COUNT; i++) {
        if (strcmp(retention_defaults[i].name, period->period_name) == 0) {
            terms->values[i] = (struct retention_value){period->limit,
                                                        (enum retention_unit)period->unit};
        }
    }
}

status retention_terms_load(struct txn *txn, struct retention_terms *ret_terms)
{
    Hayat__Store__V1__StoredReferenceSet *set;
    *ret_terms = (struct retention_terms){
        .now_ms = retention_now_ms(txn_now_ms(txn), txn_steady_ms(txn))};
    status found = reference_store_on(txn,
                                      HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RETENTION,
                                      ret_terms->now_ms / MS_PER_DAY, &set);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* nothing is erased for its age */
    }
    TRY(found);
    (void)snprintf(ret_terms->version, sizeof ret_terms->version, "%s", set->version);
    for (size_t i = 0; i < set->n_retention_periods; i++) {
        take_value(set->retention_periods[i], ret_terms);
    }
    return STATUS_OK;
}

/* --- the event --- */

/* What is kept while insured goes with the member's own row. */
bool retention_is_judged(const struct table_info *table)
{
    return table->retention.kind == RETENTION_AFTER ||
           table->retention.kind == RETENTION_AFTER_CASE || table->id == TABLE_member;
}

static int64_t field_of(const ProtobufCMessage *record, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        record->descriptor, name);
    int64_t value;
    memcpy(&value, (const uint8_t *)record + field->offset, sizeof value);
    return value;
}

/* NULL for a record without a case, or whose case is gone. */
static status case_of(struct txn *txn, const struct walk_row *row, certificate_row **ret_case)
{
    const document_row *document = (const document_row *)row->record;
    struct id id;
    *ret_case = NULL;
    if (document->life_certificate_id.len != ID_BYTES) {
        return STATUS_OK;
    }
    memcpy(id.bytes, document->life_certificate_id.data, ID_BYTES);
    status s = life_certificate_store_get(txn, row->owner, id, ret_case);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

/* A liveness video shows a face: it has a period of its own. */
static enum retention_period period_of(const struct table_info *table, const struct walk_row *row)
{
    bool is_video = row->table == TABLE_document &&
                    ((const document_row *)row->record)->item ==
                        HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO;
    return is_video                     ? PERIOD_biometric
           : row->table == TABLE_member ? PERIOD_insured
                                        : table->retention.period;
}

/* RULE RETENTION-LEFT: from the day they left, and not before the fund told of it. */
static int64_t leaving_of(const Hayat__Store__V1__StoredMember *member)
{
    bool told_later = member->left_ms != 0 && member->left_told_ms > member->left_ms;
    return told_later ? member->left_told_ms : member->left_ms;
}

static status event_of(struct txn *txn, const struct table_info *table, const struct walk_row *row,
                       int64_t *ret_event_ms)
{
    certificate_row *its_case = NULL;
    if (row->table == TABLE_member) {
        *ret_event_ms = leaving_of((const Hayat__Store__V1__StoredMember *)row->record);
        return STATUS_OK;
    }
    if (table->retention.kind == RETENTION_AFTER) {
        *ret_event_ms = field_of(row->record, table->retention.event);
        return STATUS_OK;
    }
    TRY(case_of(txn, row, &its_case));
    *ret_event_ms = its_case == NULL ? 0 : field_of(&its_case->base, table->retention.event);
    return STATUS_OK;
}

/* Its certificate is decided on no more, and goes after it. */
static status is_undecided(struct txn *txn, struct owner owner, const obligation_row *obligation,
                           bool *ret_undecided)
{
    certificate_row *certificate;
    struct id id;
    *ret_undecided = false;
    if (obligation->life_certificate_id.len != ID_BYTES) {
        return STATUS_OK;
    }
    memcpy(id.bytes, obligation->life_certificate_id.data, ID_BYTES);
    status s = life_certificate_store_get(txn, owner, id, &certificate);
    *ret_undecided = ok(s) && certificate->decide_ms == 0;
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static status is_open_case(struct txn *txn, const struct walk_row *row, int64_t event_ms,
                           bool *ret_open)
{
    *ret_open = (row->table == TABLE_life_certificate || row->table == TABLE_document) &&
                event_ms == 0;
    return row->table == TABLE_obligation
               ? is_undecided(txn, row->owner, (const obligation_row *)row->record, ret_open)
               : STATUS_OK;
}

/* RULE RETENTION-GONE: a case that was open when its member went is over, with its documents and what it answered. */
static status is_abandoned(struct txn *txn, const struct walk_row *row, int64_t event_ms,
                           bool *ret_abandoned)
{
    bool open, has_member = true;
    TRY(is_open_case(txn, row, event_ms, &open));
    TRY(open ? member_store_has(txn, row->owner, &has_member) : STATUS_OK);
    *ret_abandoned = !has_member;
    return STATUS_OK;
}

/* RULE ERASURE-LEFT: persons granted that they be erased, who have left; not before a wrong day could be put right. */
static bool is_granted(const struct retention_terms *terms, const struct walk_row *row)
{
    const Hayat__Store__V1__StoredMember *member =
        (const Hayat__Store__V1__StoredMember *)row->record;
    return row->table == TABLE_member && member->erase_ms != 0 && member->left_ms != 0 &&
           member->left_ms <= terms->now_ms;
}

static status end_of(struct txn *txn, const struct retention_terms *terms,
                     const struct walk_row *row, struct retention_judgement *judgement)
{
    struct retention_value value = terms->values[judgement->period];
    bool abandoned;
    judgement->granted = is_granted(terms, row);
    if (judgement->granted) {
        judgement->end_ms = judgement->event_ms + LIMIT_LEFT_SETTLES_MS;
        return STATUS_OK;
    }
    TRY(is_abandoned(txn, row, judgement->event_ms, &abandoned));
    judgement->end_ms = abandoned && value.limit != 0
                            ? 0
                            : retention_end_ms(judgement->event_ms, value);
    return STATUS_OK;
}

/* --- the verdict --- */

/* Its keys are destroyed, or were about to be. */
static bool is_erased(struct txn *txn, const struct walk_row *row)
{
    const document_row *document = (const document_row *)row->record;
    return row->table == TABLE_document &&
           (document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ERASED ||
            (document->leaf != 0 && erasure_is_erased(txn_keys(txn)->erasure, document->leaf)));
}

/* It goes already, a step at a time: a document that is in the batch, a member who is being erased. */
static status is_going(struct txn *txn, const struct walk_row *row, bool *ret_going)
{
    struct id id;
    *ret_going = false;
    if (row->table == TABLE_member) {
        return member_erasure_store_has(txn, row->owner, ret_going);
    }
    return row->table == TABLE_document && is_erased(txn, row) &&
                   id_of_binary(((const document_row *)row->record)->document_id, &id)
               ? erasure_has(txn, row->owner, id, ret_going)
               : STATUS_OK;
}

status retention_judge(struct txn *txn, const struct retention_terms *terms,
                       const struct walk_row *row, struct retention_judgement *ret)
{
    const struct table_info *table = table_info(row->table);
    bool needed = false, going;
    *ret = (struct retention_judgement){.period = period_of(table, row)};
    TRY(event_of(txn, table, row, &ret->event_ms));
    TRY(end_of(txn, terms, row, ret));
    TRY(is_going(txn, row, &going));
    if (going || is_erased(txn, row)) {
        ret->verdict = going ? RETENTION_WAITS : RETENTION_GOES;
        return STATUS_OK;
    }
    if (terms->now_ms < ret->end_ms) {
        return STATUS_OK;
    }
    TRY(retention_is_needed(txn, row, &needed));
    ret->verdict = needed ? RETENTION_WAITS : RETENTION_GOES;
    return STATUS_OK;
}
