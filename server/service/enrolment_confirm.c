#include "auth/enrol.h"
#include "auth/enrolment_message.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/enrolment.h"
#include "service/message.h"
#include "service/notice.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"

/*
 * ConfirmEnrolment.  The code is compared aside; whether it was right is told, and counted, in the second transaction, against
 * the enrolment as it is then: of many guesses at once no more than LIMIT_CODE_TRIES are answered.  A signature by another
 * key is no try: nothing of the code is looked at.
 */

/* One confirmation, from the first run of the handler to the second. */
struct confirmation {
    struct pending pending;
    struct code_binding binding;
    struct secret_hash hash; /* what the code must match */
    bytes message, signature, code;

    /* --- what was found aside --- */
    status verified;
    bool matches;
};

static status compare(struct rpc *rpc, void *state, bool *ret_more)
{
    struct confirmation *c = state;
    *ret_more = false;
    c->verified = device_key_verify(&c->pending.key, c->message, c->signature);
    if (ok(c->verified)) {
        c->matches = enrolment_code_matches(rpc->app->keys, &c->binding, &c->hash, c->code);
    }
    return STATUS_OK;
}

/* What was given face to face, or the decoy; EXPIRE_MS in steady time. */
struct code_on_file {
    struct secret_hash hash;
    uint32_t address_version;
    int64_t expire_ms;
};

static status code_of_agency(struct rpc *rpc, struct owner owner, struct code_on_file *ret)
{
    Hayat__Store__V1__StoredAgencyCode *row;
    status s = agency_code_store_get(rpc->txn, owner, &row);
    if (s.why == REASON_NOT_FOUND) {
        *ret = (struct code_on_file){.hash = secret_hash_decoy()};
        return STATUS_OK;
    }
    TRY(s);
    *ret = (struct code_on_file){secret_hash_of(bytes_of_binary(row->code_hash)),
                                 row->address_version, row->expire_steady_ms};
    return STATUS_OK;
}

/* Once confirmed, the code is the enrolment's own, so that the same confirmation finds it again. */
static status code_on_file(struct rpc *rpc, const struct pending *pending, struct code_on_file *ret)
{
    const Hayat__Store__V1__StoredEnrolment *row = pending->row;
    if (row->channel == ENROLMENT_CHANNEL(AGENCY) && !pending->confirmed) {
        return code_of_agency(rpc, pending->owner, ret);
    }
    *ret = (struct code_on_file){secret_hash_of(bytes_of_binary(row->code_hash)),
                                 row->address_version, row->code_expire_steady_ms};
    return STATUS_OK;
}

static status first_run(struct rpc *rpc, const Hayat__V1__ConfirmEnrolmentRequest *request)
{
    struct confirmation *c = arena_alloc(rpc->arena, sizeof *c);
    struct code_on_file on_file;
    if (c == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(pending_load(rpc, request->enrolment_id, &c->pending));
    TRY(code_on_file(rpc, &c->pending, &on_file));
    c->hash = on_file.hash;
    c->binding = pending_binding(&c->pending);
    c->code = bytes_str(request->code);
    c->signature = bytes_of_binary(request->signature);
    c->message = enrolment_message_confirm(rpc->arena, bytes_str(request->enrolment_id), c->code);
    TRY(arena_check(rpc->arena));
    return enrolment_aside(rpc, ASIDE_SECRETS, c, compare);
}

/* --- the act --- */

static status count_try(struct rpc *rpc, const struct pending *pending)
{
    pending->row->tries++;
    TRY(enrolment_store_put(rpc->txn, pending->id, pending->row));
    rpc_detail_int(rpc, "tries_left", LIMIT_CODE_TRIES - (int64_t)pending->row->tries);
    rpc->keep_writes = true;
    return FAIL(ENROLMENT_CODE_INVALID);
}

/* Told on another channel than the one that was used (SEC-B8). */
static status tell(struct rpc *rpc, const struct pending *pending, bool replaced)
{
    struct notice notice = {.owner = pending->owner,
                            .kind = NOTICE_DEVICE_ADDED,
                            .avoid = (enum channel)pending->row->channel};
    TRY(notice_send(rpc->txn, &notice));
    notice.kind = NOTICE_DEVICE_REVOKED;
    return replaced ? notice_send(rpc->txn, &notice) : STATUS_OK;
}

static status remember(struct rpc *rpc, const struct pending *pending, struct confirmation *c,
                       struct id device)
{
    Hayat__Store__V1__StoredEnrolment *row = pending->row;
    row->device_id = (ProtobufCBinaryData){ID_BYTES, device.bytes};
    row->code_hash = (ProtobufCBinaryData){sizeof c->hash.bytes, c->hash.bytes};
    row->code_expire_steady_ms = row->expire_steady_ms; /* of the answer, from now on */
    TRY(enrolment_store_put(rpc->txn, pending->id, row));
    return row->channel == ENROLMENT_CHANNEL(AGENCY)
               ? agency_code_store_delete(rpc->txn, pending->owner)
               : STATUS_OK;
}

/* The code was right: SEC-B1's other bonds, then the device. */
static status enrol(struct rpc *rpc, const struct pending *pending, struct confirmation *c,
                    uint32_t address_version, struct id *ret_device)
{
    struct person person;
    bool replaced;
    struct id revoked;
    const struct enrolment_grant grant = {.owner = pending->owner,
                                          .key = pending->key,
                                          .channel = pending->row->channel,
                                          .replace_oldest = pending->row->channel ==
                                                            ENROLMENT_CHANNEL(AGENCY)};
    TRY(person_of(rpc->txn, pending->owner, &person));
    if (person.member == NULL || person.address_version != address_version) {
        return FAIL(ENROLMENT_ENDED);
    }
    TRY(enrol_grant(rpc->txn, &grant, ret_device, &replaced, &revoked));
    TRY(remember(rpc, pending, c, *ret_device));
    return tell(rpc, pending, replaced);
}

static status second_run(struct rpc *rpc, const struct pending *pending, struct confirmation *c,
                         struct id *ret_device)
{
    struct code_on_file on_file;
    TRY(code_on_file(rpc, pending, &on_file));
    bool same = memcmp(on_file.hash.bytes, c->hash.bytes, SECRET_HASH_BYTES) == 0;
    if (!c->matches || !same || on_file.expire_ms <= txn_steady_ms(rpc->txn)) {
        return count_try(rpc, pending);
    }
    if (pending->confirmed) {
        memcpy(ret_device->bytes, pending->row->device_id.data, ID_BYTES);
        return STATUS_OK;
    }
    return enrol(rpc, pending, c, on_file.address_version, ret_device);
}

status enrolment_confirm_enrolment(struct rpc *rpc,
                                   const Hayat__V1__ConfirmEnrolmentRequest *request,
                                   Hayat__V1__ConfirmEnrolmentResponse *response)
{
    struct confirmation *c = rpc->aside.state;
    struct pending pending;
    struct id device;
    if (c == NULL) {
        return first_run(rpc, request);
    }
    TRY(c->verified);
    TRY(pending_load(rpc, request->enrolment_id, &pending));
    rpc_audit_subject(rpc, pending.owner);
    rpc_audit_object(rpc, "enr", pending.id);
    TRY(second_run(rpc, &pending, c, &device));
    rpc_audit_object(rpc, "dev", device);
    response->device_id = message_id_of(rpc->arena, "dev", device);
    return arena_check(rpc->arena);
}
