#include "storage/enrolment_store.h"

#include "storage/db.h"
#include "storage/expiry_store.h"

#define KIND_ENROLMENT HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_ENROLMENT
#define KIND_AGENCY_CODE HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_AGENCY_CODE

static struct cell cell_of_enrolment(struct id id)
{
    return cell_of(TABLE_enrolment, key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES)));
}

static struct cell cell_of_agency_code(struct owner owner)
{
    return cell_of_owner(TABLE_agency_code, owner, key_owner(owner));
}

static status remind(struct txn *txn, Hayat__Store__V1__ExpiryKind kind, struct owner owner,
                     bytes id, int64_t after_ms)
{
    return expiry_store_add(
        txn, &(struct expiry){
                 .time_ms = txn_now_ms(txn) + after_ms, .kind = kind, .owner = owner, .id = id});
}

/* --- pending enrolments --- */

status enrolment_store_get(struct txn *txn, struct id id,
                           Hayat__Store__V1__StoredEnrolment **ret_enrolment)
{
    struct cell cell = cell_of_enrolment(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_enrolment = (Hayat__Store__V1__StoredEnrolment *)record;
    return STATUS_OK;
}

status enrolment_store_put(struct txn *txn, struct id id,
                           const Hayat__Store__V1__StoredEnrolment *enrolment)
{
    struct cell cell = cell_of_enrolment(id);
    return table_put_record(txn, &cell, &enrolment->base);
}

status enrolment_store_add(struct txn *txn, struct id id,
                           const Hayat__Store__V1__StoredEnrolment *enrolment)
{
    TRY(enrolment_store_put(txn, id, enrolment));
    return remind(txn, KIND_ENROLMENT, (struct owner){{0}}, bytes_of(id.bytes, ID_BYTES),
                  enrolment->expire_steady_ms - txn_steady_ms(txn));
}

status enrolment_store_count(struct txn *txn, uint64_t *ret_count)
{
    return table_count(txn, TABLE_enrolment, ret_count);
}

status enrolment_store_expire(struct txn *txn, struct id id)
{
    Hayat__Store__V1__StoredEnrolment *enrolment;
    status s = enrolment_store_get(txn, id, &enrolment);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    int64_t left_ms = enrolment->expire_steady_ms - txn_steady_ms(txn);
    if (left_ms > 0) {
        return remind(txn, KIND_ENROLMENT, (struct owner){{0}}, bytes_of(id.bytes, ID_BYTES),
                      left_ms);
    }
    struct cell cell = cell_of_enrolment(id);
    return table_delete(txn, &cell);
}

/* --- codes given face to face --- */

status agency_code_store_get(struct txn *txn, struct owner owner,
                             Hayat__Store__V1__StoredAgencyCode **ret_code)
{
    struct cell cell = cell_of_agency_code(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_code = (Hayat__Store__V1__StoredAgencyCode *)record;
    return STATUS_OK;
}

status agency_code_store_put(struct txn *txn, struct owner owner,
                             const Hayat__Store__V1__StoredAgencyCode *code, int64_t life_ms)
{
    struct cell cell = cell_of_agency_code(owner);
    TRY(table_put_record(txn, &cell, &code->base));
    return remind(txn, KIND_AGENCY_CODE, owner, bytes_of(owner.bytes, OWNER_BYTES), life_ms);
}

status agency_code_store_delete(struct txn *txn, struct owner owner)
{
    struct cell cell = cell_of_agency_code(owner);
    return table_delete(txn, &cell);
}

status agency_code_store_expire(struct txn *txn, struct owner owner)
{
    Hayat__Store__V1__StoredAgencyCode *code;
    status s = agency_code_store_get(txn, owner, &code);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    int64_t left_ms = code->expire_steady_ms - txn_steady_ms(txn);
    return left_ms > 0
               ? remind(txn, KIND_AGENCY_CODE, owner, bytes_of(owner.bytes, OWNER_BYTES), left_ms)
               : agency_code_store_delete(txn, owner);
}
