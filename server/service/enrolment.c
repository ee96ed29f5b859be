#include "service/enrolment.h"

#include "base/limits.h"
#include "service/delivery.h"
#include "service/message.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"

_Static_assert((int)CHANNEL_POST == (int)ENROLMENT_CHANNEL(POST) &&
                   (int)CHANNEL_SMS == (int)ENROLMENT_CHANNEL(SMS) &&
                   (int)CHANNEL_AGENCY == (int)ENROLMENT_CHANNEL(AGENCY),
               "one list of channels");

static bool is_zero(ProtobufCBinaryData id)
{
    static const uint8_t zero[ID_BYTES];
    return bytes_equal(bytes_of_binary(id), bytes_of(zero, sizeof zero));
}

status pending_load(struct rpc *rpc, const char *enrolment_id, struct pending *ret_pending)
{
    struct pending pending = {.row = NULL};
    if (!id_parse(bytes_str(enrolment_id), "enr", &pending.id)) {
        return FAIL(ENROLMENT_ENDED);
    }
    status s = enrolment_store_get(rpc->txn, pending.id, &pending.row);
    if (s.why == REASON_NOT_FOUND) {
        return FAIL(ENROLMENT_ENDED);
    }
    TRY(s);
    const Hayat__Store__V1__StoredEnrolment *row = pending.row;
    if (row->owner.len != OWNER_BYTES || row->device_id.len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    if (row->expire_steady_ms <= txn_steady_ms(rpc->txn) || row->tries >= LIMIT_CODE_TRIES) {
        return FAIL(ENROLMENT_ENDED);
    }
    memcpy(pending.owner.bytes, row->owner.data, OWNER_BYTES);
    pending.key = (struct device_key){(Hayat__Store__V1__DeviceAlgorithm)row->algorithm,
                                      bytes_of_binary(row->public_key)};
    pending.confirmed = !is_zero(row->device_id);
    *ret_pending = pending;
    return STATUS_OK;
}

struct code_binding pending_binding(const struct pending *pending)
{
    struct code_binding binding = {.channel = pending->row->channel,
                                   .owner = pending->owner,
                                   .enrolment = pending->id,
                                   .address_version = pending->row->address_version};
    device_key_thumbprint(&pending->key, binding.thumbprint);
    return binding;
}

int64_t person_code_life_ms(const struct person *person, Hayat__Store__V1__EnrolmentChannel channel)
{
    return enrolment_code_life_ms(channel,
                                  person->member == NULL ? "" : person->member->country_code);
}

static enum language language_of(const struct rpc *rpc, const struct person *person)
{
    const char *preferred = person->member == NULL ? "" : person->member->preferred_language;
    if (strcmp(preferred, "ar") == 0) {
        return LANGUAGE_AR;
    }
    return strcmp(preferred, "fr") == 0   ? LANGUAGE_FR
           : strcmp(preferred, "en") == 0 ? LANGUAGE_EN
                                          : rpc->language;
}

status enrolment_send(struct rpc *rpc, const struct code_sending *sending)
{
    bool sms = sending->channel == ENROLMENT_CHANNEL(SMS);
    const struct person *person = sending->person;
    const struct code_message message = {
        .owner = person->owner,
        .channel = sms ? CHANNEL_SMS : CHANNEL_POST,
        .code = sending->code->text,
        .expire_ms = rpc->now_ms + person_code_life_ms(person, sending->channel),
        .language = language_of(rpc, person),
        .address_version = person->address_version,
        .phone_number = sms && person->member != NULL ? person->member->phone_number : NULL,
        .enrolment = sending->enrolment,
        .try_count = LIMIT_CODE_TRIES,
        .decoy = !sending->sendable,
    };
    return delivery_send_code(rpc->txn, &message);
}

static void nothing(void *state)
{
    (void)state;
}

status enrolment_aside(struct rpc *rpc, enum aside_pool pool, void *state,
                       status (*step)(struct rpc *rpc, void *state, bool *ret_more))
{
    rpc->aside = (struct aside){.pool = pool, .step = step, .close = nothing, .state = state};
    return rpc_go_aside(rpc);
}
