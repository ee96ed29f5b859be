#include "auth/enrolment_message.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/enrolment.h"
#include "service/message.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"

/*
 * ResendCode.  When nothing may be sent the code before stays good, and what is written looks the same (SEC-B3).  Tries are
 * those of the enrolment, not of the code.
 */

/* One repetition, from the first run of the handler to the second. */
struct resend {
    struct pending pending;
    bytes message, signature;
    struct code_binding binding;

    /* --- what was found aside --- */
    status verified;
    struct enrolment_code code;
    struct secret_hash hash;
};

static status prepare(struct rpc *rpc, void *state, bool *ret_more)
{
    struct resend *resend = state;
    *ret_more = false;
    resend->verified = device_key_verify(&resend->pending.key, resend->message, resend->signature);
    if (!ok(resend->verified)) {
        return STATUS_OK;
    }
    resend->code = enrolment_code_draw(rpc->app->random, resend->binding.channel);
    return enrolment_code_hash(rpc->app->keys, rpc->app->random, &resend->binding, &resend->code,
                               &resend->hash);
}

static status load(struct rpc *rpc, const Hayat__V1__ResendCodeRequest *request,
                   struct pending *ret_pending)
{
    TRY(pending_load(rpc, request->enrolment_id, ret_pending));
    return ret_pending->confirmed ? FAIL(ENROLMENT_ENDED) : STATUS_OK;
}

static status first_run(struct rpc *rpc, const Hayat__V1__ResendCodeRequest *request)
{
    struct resend *resend = arena_alloc(rpc->arena, sizeof *resend);
    struct person person;
    if (resend == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(load(rpc, request, &resend->pending));
    TRY(person_of(rpc->txn, resend->pending.owner, &person));
    resend->binding = pending_binding(&resend->pending);
    resend->binding.address_version = person.address_version; /* where the new code goes */
    resend->message = enrolment_message_resend(rpc->arena, bytes_str(request->enrolment_id));
    resend->signature = bytes_of_binary(request->signature);
    TRY(arena_check(rpc->arena));
    return enrolment_aside(rpc, ASIDE_SECRETS, resend, prepare);
}

static void replace_code(Hayat__Store__V1__StoredEnrolment *row, struct resend *resend,
                         int64_t expire_steady_ms)
{
    row->code_hash = (ProtobufCBinaryData){sizeof resend->hash.bytes, resend->hash.bytes};
    row->address_version = resend->binding.address_version;
    row->code_expire_steady_ms = expire_steady_ms;
}

static status send_again(struct rpc *rpc, struct resend *resend, const struct pending *pending)
{
    struct person person;
    Hayat__Store__V1__EnrolmentChannel channel = pending->row->channel;
    struct code_sending sending = {
        .enrolment = pending->id, .person = &person, .code = &resend->code, .channel = channel};
    TRY(person_of(rpc->txn, pending->owner, &person));
    TRY(person_take_message(rpc->txn, &person, channel, &sending.sendable));
    sending.sendable &= person.address_version == resend->binding.address_version;
    if (sending.sendable) {
        replace_code(pending->row, resend,
                     txn_steady_ms(rpc->txn) + person_code_life_ms(&person, channel));
    }
    TRY(enrolment_store_put(rpc->txn, pending->id, pending->row));
    return enrolment_send(rpc, &sending);
}

status enrolment_resend_code(struct rpc *rpc, const Hayat__V1__ResendCodeRequest *request,
                             Hayat__V1__ResendCodeResponse *response)
{
    (void)response;
    struct resend *resend = rpc->aside.state;
    struct pending pending;
    if (resend == NULL) {
        return first_run(rpc, request);
    }
    TRY(resend->verified);
    TRY(load(rpc, request, &pending));
    return pending.row->channel == ENROLMENT_CHANNEL(AGENCY) ? STATUS_OK
                                                             : send_again(rpc, resend, &pending);
}
