#include "auth/enrolment_message.h"
#include "auth/throttle.h"
#include "base/limits.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/enrolment.h"
#include "service/message.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"

/*
 * StartEnrolment.  Nothing that depends on whether the person is known can be seen from outside: not the answer, not what
 * is looked up, hashed and written, nor how much of it (SEC-B3).
 */

#define KEY_ALGORITHM(name) HAYAT__V1__DEVICE_KEY_ALGORITHM__DEVICE_KEY_ALGORITHM_##name
#define ALGORITHM(name) HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_##name
#define PUBLIC_CHANNEL(name) HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_##name

/* One start, from the first run of the handler to the second. */
struct start {
    struct claimed_person claimed;
    struct device_key key;
    Hayat__Store__V1__EnrolmentChannel channel;
    bytes signature;
    struct id id;
    uint32_t address_version; /* that the code is bound to */

    /* --- what was found aside --- */
    status verified;
    struct enrolment_code code; /* not at the agency */
    struct secret_hash hash;
};

static status refuse(struct rpc *rpc, const char *path, const char *description)
{
    rpc_violation(rpc, path, description);
    return FAIL(INVALID_FIELD);
}

static status read_key(struct rpc *rpc, const Hayat__V1__StartEnrolmentRequest *request,
                       struct device_key *ret_key)
{
    bytes key = bytes_of_binary(request->public_key);
    switch (request->key_algorithm) {
    case KEY_ALGORITHM(P256):
        *ret_key = (struct device_key){ALGORITHM(P256), key};
        return key.len == DEVICE_P256_KEY_BYTES ? STATUS_OK : FAIL(DEVICE_KEY_INVALID);
    case KEY_ALGORITHM(ED25519):
        *ret_key = (struct device_key){ALGORITHM(ED25519), key};
        return key.len == DEVICE_ED25519_KEY_BYTES ? STATUS_OK : FAIL(DEVICE_KEY_INVALID);
    case KEY_ALGORITHM(UNSPECIFIED):
    case _HAYAT__V1__DEVICE_KEY_ALGORITHM_IS_INT_SIZE:
        break;
    }
    return refuse(rpc, "key_algorithm", "must be one that is known");
}

static status read_channel(struct rpc *rpc, const Hayat__V1__StartEnrolmentRequest *request,
                           Hayat__Store__V1__EnrolmentChannel *ret_channel)
{
    switch (request->channel) {
    case PUBLIC_CHANNEL(POST):
        *ret_channel = ENROLMENT_CHANNEL(POST);
        return STATUS_OK;
    case PUBLIC_CHANNEL(SMS):
        *ret_channel = ENROLMENT_CHANNEL(SMS);
        return STATUS_OK;
    case PUBLIC_CHANNEL(AGENCY):
        *ret_channel = ENROLMENT_CHANNEL(AGENCY);
        return STATUS_OK;
    case PUBLIC_CHANNEL(UNSPECIFIED):
    case _HAYAT__V1__ENROLMENT_CHANNEL_IS_INT_SIZE:
        break;
    }
    return refuse(rpc, "channel", "must be one that is known");
}

static status read_start(struct rpc *rpc, const Hayat__V1__StartEnrolmentRequest *request,
                         struct start *start)
{
    const Google__Type__Date *birth = request->birth_date;
    struct date date = {birth->year, birth->month, birth->day};
    if (!date_valid(date)) {
        return refuse(rpc, "birth_date", "must be a date that exists");
    }
    TRY(read_key(rpc, request, &start->key));
    TRY(read_channel(rpc, request, &start->channel));
    start->claimed = (struct claimed_person){
        .registration_number = bytes_str(request->registration_number),
        .cine_number = bytes_str(request->cine_number),
        .birth_days = date_to_days(date)};
    start->signature = bytes_of_binary(request->signature);
    return STATUS_OK;
}

/* --- aside --- */

static status verify(struct rpc *rpc, const struct start *start)
{
    TRY(device_key_check(&start->key));
    bytes message = enrolment_message_start(rpc->arena, start->claimed.registration_number,
                                            start->key.public_key);
    TRY(arena_check(rpc->arena));
    return device_key_verify(&start->key, message, start->signature);
}

static status make_code(struct rpc *rpc, struct start *start)
{
    struct code_binding binding = {.channel = start->channel,
                                   .enrolment = start->id,
                                   .address_version = start->address_version};
    device_key_thumbprint(&start->key, binding.thumbprint);
    start->code = enrolment_code_draw(rpc->app->random, start->channel);
    return enrolment_code_hash(rpc->app->keys, rpc->app->random, &binding, &start->code,
                               &start->hash);
}

static status prepare(struct rpc *rpc, void *state, bool *ret_more)
{
    struct start *start = state;
    *ret_more = false;
    start->verified = verify(rpc, start);
    if (!ok(start->verified) || start->channel == ENROLMENT_CHANNEL(AGENCY)) {
        start->hash = secret_hash_decoy();
        return STATUS_OK;
    }
    return make_code(rpc, start);
}

/* --- in the two transactions --- */

typedef status counter(struct txn *txn, const struct throttle_rule *rule, bytes key,
                       int64_t *ret_retry_after_ms);

static status count_start(struct rpc *rpc, const struct start *start, counter *count)
{
    static const struct throttle_rule starts = {THROTTLE_ENROL_START_KEY, LIMIT_STARTS_PER_KEY,
                                                24LL * 3600 * 1000};
    uint8_t thumbprint[THUMBPRINT_BYTES];
    device_key_thumbprint(&start->key, thumbprint);
    return count(rpc->txn, &starts, bytes_of(thumbprint, sizeof thumbprint),
                 &rpc->details.retry_after_ms);
}

static status first_run(struct rpc *rpc, const Hayat__V1__StartEnrolmentRequest *request)
{
    struct start *start = arena_alloc(rpc->arena, sizeof *start);
    struct person person;
    uint64_t pending;
    if (start == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(read_start(rpc, request, start));
    TRY(enrolment_store_count(rpc->txn, &pending));
    bool agency = start->channel == ENROLMENT_CHANNEL(AGENCY);
    if (pending >= (agency ? LIMIT_ENROLMENTS : LIMIT_ENROLMENTS_SENT)) {
        return FAIL(OVERLOADED); /* SEC-B4: the agency stays open longest */
    }
    TRY(count_start(rpc, start, throttle_peek)); /* it counts once the key has signed */
    TRY(person_find(rpc->txn, &start->claimed, &person));
    start->id = id_new(rpc->app->random);
    start->address_version = person.address_version;
    return enrolment_aside(rpc, agency ? ASIDE_WORKERS : ASIDE_SECRETS, start, prepare);
}

static int64_t life_ms(Hayat__Store__V1__EnrolmentChannel channel)
{
    if (channel == ENROLMENT_CHANNEL(SMS)) {
        return LIMIT_ENROLMENT_SMS_MS;
    }
    return channel == ENROLMENT_CHANNEL(AGENCY) ? LIMIT_ENROLMENT_AGENCY_MS : LIMIT_ENROLMENT_MS;
}

static status file(struct rpc *rpc, const struct start *start, const struct person *person)
{
    struct owner owner = person->owner;
    struct secret_hash hash = start->hash;
    uint8_t no_device[ID_BYTES] = {0};
    int64_t now_ms = txn_steady_ms(rpc->txn);
    Hayat__Store__V1__StoredEnrolment row = HAYAT__STORE__V1__STORED_ENROLMENT__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    row.algorithm = (uint32_t)start->key.algorithm;
    row.public_key = message_bytes(rpc->arena, start->key.public_key);
    row.channel = start->channel;
    row.address_version = start->address_version;
    row.code_hash = (ProtobufCBinaryData){sizeof hash.bytes, hash.bytes};
    row.code_expire_steady_ms = now_ms + person_code_life_ms(person, start->channel);
    row.expire_steady_ms = now_ms + life_ms(start->channel);
    row.device_id = (ProtobufCBinaryData){ID_BYTES, no_device};
    TRY(arena_check(rpc->arena));
    return enrolment_store_add(rpc->txn, start->id, &row);
}

static status send(struct rpc *rpc, const struct start *start, const struct person *person)
{
    struct code_sending sending = {
        .enrolment = start->id, .person = person, .code = &start->code, .channel = start->channel};
    if (start->channel == ENROLMENT_CHANNEL(AGENCY)) {
        return STATUS_OK;
    }
    TRY(person_take_message(rpc->txn, person, start->channel, &sending.sendable));
    sending.sendable &= person->address_version == start->address_version;
    return enrolment_send(rpc, &sending);
}

status enrolment_start_enrolment(struct rpc *rpc, const Hayat__V1__StartEnrolmentRequest *request,
                                 Hayat__V1__StartEnrolmentResponse *response)
{
    const struct start *start = rpc->aside.state;
    struct person person;
    if (start == NULL) {
        return first_run(rpc, request);
    }
    TRY(start->verified);
    TRY(count_start(rpc, start, throttle_take));
    TRY(person_find(rpc->txn, &start->claimed, &person));
    TRY(file(rpc, start, &person));
    TRY(send(rpc, start, &person));
    response->enrolment_id = message_id_of(rpc->arena, "enr", start->id);
    return arena_check(rpc->arena);
}
