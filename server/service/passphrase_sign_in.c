#include "service/passphrase_sign_in.h"

#include "auth/secret_hash.h"
#include "auth/throttle.h"
#include "auth/totp.h"
#include "base/array.h"
#include "base/codec.h"
#include "service/app.h"
#include "service/message.h"
#include "service/session_message.h"
#include "storage/passphrase_store.h"

/* One attempt, between the two runs of the handler. */
struct attempt {
    const Hayat__V1__PassphraseProof *proof;
    struct owner owner;
    struct device_key key;
    struct secret_hash hash; /* the member's, or a decoy */
    bool matches;
};

/* --- attempts, counted --- */

enum { NETWORK_BYTES = 8, WHOM_BYTES = OWNER_BYTES + NETWORK_BYTES };

/* Whom a rule counts: a part of owner ‖ network. */
struct limit {
    struct throttle_rule rule;
    size_t from, to;
};

static const struct limit limits[] = {
    {{THROTTLE_PASSPHRASE_DEVICE, LIMIT_PASSPHRASE_TRIES, LIMIT_PASSPHRASE_TRIES_MS},
     0,
     WHOM_BYTES},
    {{THROTTLE_PASSPHRASE_NETWORK, LIMIT_PASSPHRASE_NETWORK_TRIES, LIMIT_PASSPHRASE_TRIES_MS},
     OWNER_BYTES,
     WHOM_BYTES},
    {{THROTTLE_PASSPHRASE_MEMBER, LIMIT_PASSPHRASE_MEMBER_TRIES, LIMIT_PASSPHRASE_MEMBER_MS},
     0,
     OWNER_BYTES}};

static void fill_whom(const struct rpc *rpc, const struct attempt *attempt, uint8_t out[WHOM_BYTES])
{
    memcpy(out, attempt->owner.bytes, OWNER_BYTES);
    put_be64(out + OWNER_BYTES, rpc->principal->network);
}

typedef status counter(struct txn *txn, const struct throttle_rule *rule, bytes key,
                       int64_t *ret_retry_after_ms);

/* Every rule is asked, whichever refuses, so that the work is the same. */
static status count(struct rpc *rpc, const struct attempt *attempt, counter *count_one)
{
    uint8_t whom[WHOM_BYTES];
    status result = STATUS_OK;
    fill_whom(rpc, attempt, whom);
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        const struct limit *limit = &limits[i];
        int64_t retry_after_ms = 0;
        status s = count_one(rpc->txn, &limit->rule,
                             bytes_of(whom + limit->from, limit->to - limit->from),
                             &retry_after_ms);
        if (s.why == REASON_RATE_LIMITED) {
            rpc_retry_after(rpc, retry_after_ms);
            result = s;
            continue;
        }
        TRY(s);
    }
    return result;
}

/* --- the first run --- */

static struct device_key key_of(const Hayat__V1__PublicKey *key)
{
    struct device_key out = {.public_key = bytes_of_binary(key->key)};
    switch (key->algorithm) {
    case HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_P256:
        out.algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256;
        break;
    case HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_ED25519:
        out.algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519;
        break;
    case HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_UNSPECIFIED:
    case _HAYAT__V1__KEY_ALGORITHM_IS_INT_SIZE:
        break; /* device_key_check refuses it */
    }
    return out;
}

/* The member's row, or NULL: callers go on with decoys. */
static status find(struct rpc *rpc, const struct attempt *attempt, passphrase_row **ret_row)
{
    *ret_row = NULL;
    status s = passphrase_store_get(rpc->txn, attempt->owner, ret_row);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

/* SEC-B2: on the secrets' pool. */
static status compare(struct rpc *rpc, void *state, bool *ret_more)
{
    struct attempt *attempt = state;
    *ret_more = false;
    TRY(device_key_check(&attempt->key));
    attempt->matches = secret_hash_matches(rpc->app->keys, &attempt->hash,
                                           bytes_str(attempt->proof->passphrase));
    return STATUS_OK;
}

static void close_attempt(void *state)
{
    (void)state; /* the arena is wiped at the call's end */
}

static status begin(struct rpc *rpc, const Hayat__V1__PassphraseProof *proof)
{
    struct attempt *attempt = arena_alloc(rpc->arena, sizeof *attempt);
    passphrase_row *row;
    if (attempt == NULL) {
        return FAIL(ARENA_FULL);
    }
    attempt->proof = proof;
    attempt->owner = owner_of_registration(rpc->app->keys, bytes_str(proof->registration_number));
    attempt->key = key_of(proof->session_key);
    TRY(count(rpc, attempt, throttle_peek)); /* cheap checks come first */
    TRY(find(rpc, attempt, &row));
    attempt->hash = row == NULL ? secret_hash_decoy() : secret_hash_of(bytes_of_binary(row->hash));
    rpc->aside = (struct aside){
        .pool = ASIDE_SECRETS, .step = compare, .close = close_attempt, .state = attempt};
    return rpc_go_aside(rpc);
}

/* --- the second run --- */

static bool same_hash(const passphrase_row *row, const struct attempt *attempt)
{
    return bytes_equal(bytes_of_binary(row->hash),
                       bytes_of(attempt->hash.bytes, sizeof attempt->hash.bytes));
}

/* Passphrase and code are both looked at, whichever is wrong, and both of a decoy too. */
static bool is_right(struct rpc *rpc, const struct attempt *attempt, const passphrase_row *row,
                     uint64_t *ret_step)
{
    static const uint8_t decoy_key[TOTP_KEY_BYTES];
    struct totp_try code = {.key = bytes_of(decoy_key, sizeof decoy_key),
                            .code = bytes_str(attempt->proof->code),
                            .now_ms = rpc->now_ms};
    if (row != NULL) {
        code.key = bytes_of_binary(row->code_key);
        code.last_step = row->last_step;
    }
    bool code_right = totp_find(&code, ret_step);
    return row != NULL && attempt->matches && same_hash(row, attempt) && code_right;
}

static status open_session(struct rpc *rpc, const struct attempt *attempt,
                           Hayat__V1__CreateSessionResponse *response)
{
    uint8_t whom[WHOM_BYTES];
    struct session_tokens tokens;
    struct session_options options = {
        .owner = attempt->owner, .key = &attempt->key, .access_ms = rpc->app->access_token_ms};
    fill_whom(rpc, attempt, whom);
    TRY(throttle_clear(rpc->txn, THROTTLE_PASSPHRASE_DEVICE, bytes_of(whom, sizeof whom)));
    TRY(session_open(rpc->txn, &options, &tokens));
    return session_message_created(rpc->arena, &tokens, response);
}

static status settle(struct rpc *rpc, const struct attempt *attempt,
                     Hayat__V1__CreateSessionResponse *response)
{
    passphrase_row *row;
    uint64_t step = 0;
    rpc_audit_subject(rpc, attempt->owner);
    rpc_audit_purpose(rpc, "passphrase");
    /* Whoever tries many at once learns of no more of them than of the same number one after another. */
    status counted = count(rpc, attempt, throttle_take);
    TRY(find(rpc, attempt, &row));
    bool right = is_right(rpc, attempt, row, &step);
    if (!ok(counted) || !right) {
        rpc->keep_writes = true;
        return ok(counted) ? FAIL(SIGN_IN_REFUSED) : counted;
    }
    row->last_step = step; /* no code works twice */
    TRY(passphrase_store_put(rpc->txn, attempt->owner, row));
    return open_session(rpc, attempt, response);
}

status passphrase_sign_in(struct rpc *rpc, const Hayat__V1__PassphraseProof *proof,
                          Hayat__V1__CreateSessionResponse *response)
{
    const struct attempt *attempt = rpc->aside.state;
    return attempt == NULL ? begin(rpc, proof) : settle(rpc, attempt, response);
}
