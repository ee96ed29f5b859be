#include "auth/device_key.h"
#include "auth/session.h"
#include "auth/throttle.h"
#include "base/array.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/calendar_rules.h"
#include "service/message.h"
#include "service/passphrase_sign_in.h"
#include "service/session_message.h"
#include "storage/challenge_store.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/expiry_store.h"

/*
 * Signing in with a device.  What CreateChallenge does cannot depend on whether the device exists, because it does not look: it files
 * a nonce under the name it was given.  CreateSession always looks up an owner and a device, always verifies a signature
 * (with decoys for an unknown device) and always commits the end of the challenge, so both answer and work are the same
 * for devices that exist and devices that do not (SEC-B3).
 *
 * The signature is verified aside, on a worker and outside any transaction.  The challenge is used up by the first answer whatever
 * that answer is: a refusal commits the challenge's end.
 */

/* --- challenges --- */

static status store_challenge(struct rpc *rpc, struct id id, struct id device,
                              ProtobufCBinaryData nonce)
{
    Hayat__Store__V1__StoredChallenge challenge = HAYAT__STORE__V1__STORED_CHALLENGE__INIT;
    challenge.device_id = (ProtobufCBinaryData){ID_BYTES, device.bytes};
    challenge.nonce = nonce;
    challenge.expire_ms = rpc->now_ms + LIMIT_CHALLENGE_MS;
    TRY(challenge_store_put(rpc->txn, id, &challenge));
    return expiry_store_add(
        rpc->txn, &(struct expiry){.time_ms = challenge.expire_ms,
                                   .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_CHALLENGE,
                                   .id = bytes_of(id.bytes, ID_BYTES)});
}

status session_create_challenge(struct rpc *rpc, const Hayat__V1__CreateChallengeRequest *request,
                                Hayat__V1__CreateChallengeResponse *response)
{
    struct id device;
    uint8_t nonce[SIGN_IN_NONCE_BYTES];
    if (!id_parse(bytes_str(request->device_id), "dev", &device)) {
        rpc_violation(rpc, "device_id", "is not a device id");
        return FAIL(INVALID_FIELD);
    }
    uint64_t waiting;
    TRY(challenge_store_count(rpc->txn, &waiting));
    if (waiting >= LIMIT_CHALLENGES) {
        return FAIL(OVERLOADED); /* rates count by network; this holds against many networks */
    }
    struct id id = id_new(rpc->app->random);
    random_fill(rpc->app->random, nonce, sizeof nonce);
    response->challenge_id = message_id_of(rpc->arena, "chl", id);
    response->nonce = message_bytes(rpc->arena, bytes_of(nonce, sizeof nonce));
    response->expire_time = message_time(rpc->arena, rpc->now_ms + LIMIT_CHALLENGE_MS);
    TRY(arena_check(rpc->arena));
    return store_challenge(rpc, id, device, response->nonce);
}

/* --- sessions --- */

/* One attempt to sign in. */
struct attempt {
    struct id challenge;
    bytes signature;
    status outcome; /* of the signature */

    /* --- from the store --- */
    struct id device;
    uint8_t nonce[SIGN_IN_NONCE_BYTES];
    struct owner owner;
    Hayat__Store__V1__StoredDevice *stored; /* NULL for an unknown or revoked device */
};

/* CHALLENGE_INVALID when it is not there, was used, or is over. */
static status read_challenge(struct attempt *attempt, struct txn *txn)
{
    Hayat__Store__V1__StoredChallenge *challenge;
    status s = challenge_store_get(txn, attempt->challenge, &challenge);
    if (s.why == REASON_NOT_FOUND) {
        return FAIL(CHALLENGE_INVALID);
    }
    TRY(s);
    if (!id_of_binary(challenge->device_id, &attempt->device) ||
        challenge->nonce.len != SIGN_IN_NONCE_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(attempt->nonce, challenge->nonce.data, SIGN_IN_NONCE_BYTES);
    return challenge->expire_ms <= txn_now_ms(txn) ? FAIL(CHALLENGE_INVALID) : STATUS_OK;
}

/* The device that may sign in, or none; the same two look-ups either way (SEC-B3). */
static status read_device(struct attempt *attempt, struct txn *txn)
{
    attempt->owner = (struct owner){{0}};
    attempt->stored = NULL;
    status s = device_store_owner(txn, attempt->device, &attempt->owner);
    if (!ok(s) && s.why != REASON_NOT_FOUND) {
        return s;
    }
    Hayat__Store__V1__StoredDevice *stored;
    s = device_store_get(txn, attempt->owner, attempt->device, &stored);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    attempt->stored = stored->revoked ? NULL : stored;
    return STATUS_OK;
}

/* The device's key when it is of that algorithm, else a decoy. */
static struct device_key key_for(const struct attempt *attempt,
                                 Hayat__Store__V1__DeviceAlgorithm algorithm)
{
    const Hayat__Store__V1__StoredDevice *stored = attempt->stored;
    if (stored == NULL || stored->algorithm != algorithm) {
        return device_key_decoy(algorithm);
    }
    return (struct device_key){algorithm, bytes_of_binary(stored->public_key)};
}

/* Verifies under both algorithms, so that the time tells nothing of the device (SEC-B3). */
static status verify(struct rpc *rpc, void *state, bool *ret_more)
{
    static const Hayat__Store__V1__DeviceAlgorithm algorithms[] = {
        HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256,
        HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519};
    struct attempt *attempt = state;
    uint8_t message[SIGN_IN_MESSAGE_MAX];
    size_t len = sign_in_message(attempt->nonce, attempt->device, message);
    (void)rpc;
    *ret_more = false;
    attempt->outcome = FAIL(SIGNATURE_INVALID);
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        struct device_key key = key_for(attempt, algorithms[i]);
        status s = device_key_verify(&key, bytes_of(message, len), attempt->signature);
        if (attempt->stored != NULL && attempt->stored->algorithm == algorithms[i]) {
            attempt->outcome = s;
        }
    }
    return STATUS_OK;
}

static void close_attempt(void *state)
{
    (void)state;
}

static status begin(struct rpc *rpc, const Hayat__V1__CreateSessionRequest *request)
{
    struct attempt *attempt = arena_alloc(rpc->arena, sizeof *attempt);
    if (attempt == NULL) {
        return FAIL(ARENA_FULL);
    }
    attempt->signature = bytes_of_binary(request->signature);
    if (!id_parse(bytes_str(request->challenge_id), "chl", &attempt->challenge)) {
        return FAIL(CHALLENGE_INVALID);
    }
    TRY(read_challenge(attempt, rpc->txn));
    TRY(read_device(attempt, rpc->txn));
    rpc->aside = (struct aside){.step = verify, .close = close_attempt, .state = attempt};
    return rpc_go_aside(rpc);
}

/* Each sign-in is an entry of the audit chain, which ends never. */
static status count_sign_in(struct rpc *rpc, struct id device)
{
    static const struct throttle_rule sign_ins = {THROTTLE_SIGN_INS, LIMIT_SIGN_INS, MS_PER_DAY};
    return throttle_take(rpc->txn, &sign_ins, bytes_of(device.bytes, ID_BYTES),
                         &rpc->details.retry_after_ms);
}

/* Ends the challenge, and opens the session when the signature was good and the device is still what it was (SEC-A5).  Two attempts
   with one challenge meet here: the second finds it gone. */
static status settle(struct rpc *rpc, struct attempt *attempt,
                     Hayat__V1__CreateSessionResponse *response)
{
    TRY(read_challenge(attempt, rpc->txn));
    TRY(challenge_store_delete(rpc->txn, attempt->challenge));
    TRY(read_device(attempt, rpc->txn));
    rpc_audit_object(rpc, "dev", attempt->device);
    if (attempt->stored == NULL || !ok(attempt->outcome)) {
        rpc->keep_writes =
            true; /* one entry about nobody, whether the device exists or not (SEC-B3) */
        return FAIL(SIGNATURE_INVALID);
    }
    TRY(count_sign_in(rpc, attempt->device));
    rpc_audit_subject(rpc, attempt->owner);
    struct session_options options = {
        .owner = attempt->owner, .device = attempt->device, .access_ms = rpc->app->access_token_ms};
    struct session_tokens tokens;
    TRY(session_open(rpc->txn, &options, &tokens));
    return session_message_created(rpc->arena, &tokens, response);
}

/* One route or the other. */
static status check_route(struct rpc *rpc, const Hayat__V1__CreateSessionRequest *request)
{
    bool by_device = request->challenge_id[0] != '\0' && request->signature.len > 0;
    bool any_of_device = request->challenge_id[0] != '\0' || request->signature.len > 0;
    if (request->passphrase != NULL && any_of_device) {
        rpc_violation(rpc, "passphrase", "comes instead of challenge_id and signature");
        return FAIL(INVALID_FIELD);
    }
    if (request->passphrase == NULL && !by_device) {
        rpc_violation(rpc, request->challenge_id[0] == '\0' ? "challenge_id" : "signature",
                      "is required without a passphrase");
        return FAIL(INVALID_FIELD);
    }
    return STATUS_OK;
}

status session_create_session(struct rpc *rpc, const Hayat__V1__CreateSessionRequest *request,
                              Hayat__V1__CreateSessionResponse *response)
{
    TRY(check_route(rpc, request));
    if (request->passphrase != NULL) {
        return passphrase_sign_in(rpc, request->passphrase, response);
    }
    struct attempt *attempt = rpc->aside.state;
    return attempt == NULL ? begin(rpc, request) : settle(rpc, attempt, response);
}
