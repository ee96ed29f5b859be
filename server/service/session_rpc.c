#include "auth/device_key.h"
#include "auth/session.h"
#include "base/array.h"
#include "base/wipe.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/message.h"
#include "storage/challenge_store.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/expiry_store.h"
#include "storage/writer.h"

/*
 * Signing in.  What CreateChallenge does cannot depend on whether the device exists, because it does not look: it files
 * a nonce under the name it was given.  CreateSession always looks up an owner and a device, always verifies a signature
 * (with decoys for an unknown device) and always commits the end of the challenge, so both answer and work are the same
 * for devices that exist and devices that do not (SEC-B3).
 *
 * CreateSession is MANUAL for two reasons: the signature is verified on a worker, outside any transaction, and the
 * challenge is used up by the first answer whatever that answer is.  So the write transaction that ends the challenge
 * returns OK, and the refusal is told after its commit.
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
    struct rpc *rpc;
    struct id challenge;
    bytes signature;
    status outcome; /* what the caller hears */

    /* --- from the store --- */
    struct id device;
    uint8_t nonce[SIGN_IN_NONCE_BYTES];
    struct owner owner;
    Hayat__Store__V1__StoredDevice *stored; /* NULL for an unknown or revoked device */

    struct session_token token;
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

static status read_attempt(struct attempt *attempt)
{
    struct txn *txn;
    TRY(txn_begin_read(attempt->rpc->app->db, attempt->rpc->arena, &txn));
    status s = read_challenge(attempt, txn);
    if (ok(s)) {
        s = read_device(attempt, txn);
    }
    txn_end_read(txn);
    return s;
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
static status verify(const struct attempt *attempt)
{
    static const Hayat__Store__V1__DeviceAlgorithm algorithms[] = {
        HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256,
        HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519};
    uint8_t message[SIGN_IN_MESSAGE_MAX];
    size_t len = sign_in_message(attempt->nonce, attempt->device, message);
    status result = FAIL(SIGNATURE_INVALID);
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
        struct device_key key = key_for(attempt, algorithms[i]);
        status s = device_key_verify(&key, bytes_of(message, len), attempt->signature);
        if (attempt->stored != NULL && attempt->stored->algorithm == algorithms[i]) {
            result = s;
        }
    }
    return result;
}

/* In the writer's transaction: ends the challenge, and opens the session when the signature was good and the device is
   still what it was (SEC-A5).  Two attempts with one challenge meet here: the second finds it gone. */
static status settle(void *ctx, struct txn *txn)
{
    struct attempt *attempt = ctx;
    status verified = attempt->outcome;
    attempt->outcome = read_challenge(attempt, txn);
    TRY(challenge_store_delete(txn, attempt->challenge));
    if (!ok(attempt->outcome)) {
        return attempt->outcome.why == REASON_CHALLENGE_INVALID ? STATUS_OK : attempt->outcome;
    }
    TRY(read_device(attempt, txn));
    attempt->outcome = attempt->stored == NULL ? FAIL(SIGNATURE_INVALID) : verified;
    if (!ok(attempt->outcome)) {
        return STATUS_OK;
    }
    return session_create(txn, attempt->owner, attempt->device, attempt->rpc->app->access_token_ms,
                          &attempt->token);
}

status session_create_session(struct rpc *rpc, const Hayat__V1__CreateSessionRequest *request,
                              Hayat__V1__CreateSessionResponse *response)
{
    struct attempt attempt = {.rpc = rpc, .signature = bytes_of_binary(request->signature)};
    if (!id_parse(bytes_str(request->challenge_id), "chl", &attempt.challenge)) {
        return FAIL(CHALLENGE_INVALID);
    }
    TRY(read_attempt(&attempt));
    attempt.outcome = verify(&attempt);
    TRY(writer_run(rpc->app->writer, rpc->arena, settle, &attempt));
    TRY(attempt.outcome);
    response->access_token = message_text(rpc->arena, attempt.token.text);
    wipe(attempt.token.text, sizeof attempt.token.text);
    response->expire_time = message_time(rpc->arena, attempt.token.expire_ms);
    return arena_check(rpc->arena);
}

status session_end_session(struct rpc *rpc, const Hayat__V1__EndSessionRequest *request,
                           Hayat__V1__EndSessionResponse *response)
{
    (void)request, (void)response;
    return session_end(rpc->txn, rpc->principal->token_hash);
}
