#include "service/retention.h"

#include <stdio.h>
#include <string.h>

#include "hayat/v1/life_certificate.pb-c.h"
#include "service/calendar_rules.h"
#include "service/retention_needs.h"
#include "storage/erasure_keys.h"
#include "storage/life_certificate_store.h"
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

bool retention_is_judged(const struct table_info *table)
{
    return table->retention.kind == RETENTION_AFTER ||
           table->retention.kind == RETENTION_AFTER_CASE;
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
    return is_video ? PERIOD_biometric : table->retention.period;
}

static status event_of(struct txn *txn, const struct table_info *table, const struct walk_row *row,
                       int64_t *ret_event_ms)
{
    certificate_row *its_case = NULL;
    if (table->retention.kind == RETENTION_AFTER) {
        *ret_event_ms = field_of(row->record, table->retention.event);
        return STATUS_OK;
    }
    TRY(case_of(txn, row, &its_case));
    *ret_event_ms = its_case == NULL ? 0 : field_of(&its_case->base, table->retention.event);
    return STATUS_OK;
}

/* --- the verdict --- */

static bool is_erased(struct txn *txn, const struct walk_row *row)
{
    const document_row *document = (const document_row *)row->record;
    return row->table == TABLE_document && document->leaf != 0 &&
           erasure_is_erased(txn_keys(txn)->erasure, document->leaf);
}

/* A batch has it: it goes already, a step at a time. */
static bool is_going(const struct walk_row *row)
{
    return row->table == TABLE_document &&
           ((const document_row *)row->record)->state ==
               HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ERASED;
}

status retention_judge(struct txn *txn, const struct retention_terms *terms,
                       const struct walk_row *row, struct retention_judgement *ret)
{
    const struct table_info *table = table_info(row->table);
    bool needed = false;
    *ret = (struct retention_judgement){.period = period_of(table, row)};
    TRY(event_of(txn, table, row, &ret->event_ms));
    ret->end_ms = retention_end_ms(ret->event_ms, terms->values[ret->period]);
    if (is_going(row) || is_erased(txn, row)) {
        ret->verdict = is_going(row) ? RETENTION_WAITS : RETENTION_GOES;
        return STATUS_OK;
    }
    if (terms->now_ms < ret->end_ms) {
        return STATUS_OK;
    }
    TRY(retention_is_needed(txn, row, &needed));
    ret->verdict = needed ? RETENTION_WAITS : RETENTION_GOES;
    return STATUS_OK;
}
