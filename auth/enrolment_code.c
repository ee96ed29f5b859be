#include "auth/enrolment_code.h"

#include <sodium.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/wipe.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"
#include "storage/member_store.h"

#define AGENCY HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_AGENCY
#define SMS HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS

enum {
    GROUP_LETTERS = 4,
    DIGITS_RANGE = 100000000,
    SECRET_MAX = 1 + OWNER_BYTES + ID_BYTES + THUMBPRINT_BYTES + 4 + CODE_LETTERS,
};

/* Crockford's, upper case: without I, L, O and U. */
static const char LETTERS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
_Static_assert(sizeof LETTERS == 32 + 1, "base32");

/* --- the text --- */

static void draw_digits(struct random_source *random, char *out)
{
    uint32_t value; /* without bias: what is past the last whole range is drawn again */
    do {
        random_fill(random, &value, sizeof value);
    } while (value >= UINT32_MAX / DIGITS_RANGE * DIGITS_RANGE);
    (void)snprintf(out, CODE_DIGITS + 1, "%08u", value % DIGITS_RANGE);
    wipe(&value, sizeof value);
}

static void draw_letters(struct random_source *random, char *out)
{
    uint8_t drawn[CODE_LETTERS];
    random_fill(random, drawn, sizeof drawn);
    for (size_t i = 0; i < CODE_LETTERS; i++) {
        if (i > 0 && i % GROUP_LETTERS == 0) {
            *out++ = '-';
        }
        *out++ = LETTERS[drawn[i] % 32];
    }
    *out = '\0';
    wipe(drawn, sizeof drawn);
}

struct enrolment_code enrolment_code_draw(struct random_source *random,
                                          Hayat__Store__V1__EnrolmentChannel channel)
{
    struct enrolment_code code = {.text = ""};
    if (channel == SMS) {
        draw_digits(random, code.text);
    } else {
        draw_letters(random, code.text);
    }
    return code;
}

/* Writes the code's letters alone; 0 when TYPED is no code of that channel. */
static size_t canonical(Hayat__Store__V1__EnrolmentChannel channel, bytes typed,
                        uint8_t out[CODE_LETTERS])
{
    size_t len = channel == SMS ? CODE_DIGITS : CODE_LETTERS;
    if (!base32_typed(typed, (char *)out, len)) {
        return 0;
    }
    for (size_t i = 0; i < len && channel == SMS; i++) {
        if (out[i] < '0' || out[i] > '9') {
            return 0;
        }
    }
    return len;
}

/* --- its hash --- */

void device_key_thumbprint(const struct device_key *key, uint8_t out[THUMBPRINT_BYTES])
{
    crypto_generichash_state state;
    uint8_t algorithm = (uint8_t)key->algorithm;
    (void)crypto_generichash_init(&state, NULL, 0, THUMBPRINT_BYTES);
    (void)crypto_generichash_update(&state, &algorithm, 1);
    (void)crypto_generichash_update(&state, key->public_key.ptr, key->public_key.len);
    (void)crypto_generichash_final(&state, out, THUMBPRINT_BYTES);
}

/* Everything before the code has a fixed length, so no two bindings read alike. */
static size_t secret_of(const struct code_binding *binding, const uint8_t *code, size_t code_len,
                        uint8_t out[SECRET_MAX])
{
    bool agency = binding->channel == AGENCY;
    memset(out, 0, SECRET_MAX);
    uint8_t *at = out;
    *at++ = (uint8_t)binding->channel;
    if (agency) {
        memcpy(at, binding->owner.bytes, OWNER_BYTES);
    }
    at += OWNER_BYTES;
    if (!agency) {
        memcpy(at, binding->enrolment.bytes, ID_BYTES);
        memcpy(at + ID_BYTES, binding->thumbprint, THUMBPRINT_BYTES);
        put_be32(at + ID_BYTES + THUMBPRINT_BYTES, binding->address_version);
    }
    at += ID_BYTES + THUMBPRINT_BYTES + 4;
    memcpy(at, code, code_len);
    return (size_t)(at - out) + code_len;
}

status enrolment_code_hash(const struct seal_keys *keys, struct random_source *random,
                           const struct code_binding *binding, const struct enrolment_code *code,
                           struct secret_hash *ret_hash)
{
    uint8_t letters[CODE_LETTERS], secret[SECRET_MAX];
    size_t len = canonical(binding->channel, bytes_str(code->text), letters);
    len = secret_of(binding, letters, len, secret);
    status s = secret_hash_make(keys, random, bytes_of(secret, len), ret_hash);
    wipe(letters, sizeof letters);
    wipe(secret, sizeof secret);
    return s;
}

bool enrolment_code_matches(const struct seal_keys *keys, const struct code_binding *binding,
                            const struct secret_hash *hash, bytes typed)
{
    uint8_t letters[CODE_LETTERS], secret[SECRET_MAX];
    size_t code_len = canonical(binding->channel, typed, letters);
    size_t len = secret_of(binding, letters, code_len, secret);
    bool matches = secret_hash_matches(keys, hash, bytes_of(secret, len));
    wipe(letters, sizeof letters);
    wipe(secret, sizeof secret);
    return matches && code_len > 0;
}

int64_t enrolment_code_life_ms(Hayat__Store__V1__EnrolmentChannel channel, const char *country_code)
{
    if (channel == SMS) {
        return LIMIT_CODE_SMS_MS;
    }
    bool abroad = country_code[0] != '\0' && strcmp(country_code, "MA") != 0;
    return abroad ? LIMIT_CODE_ABROAD_MS : LIMIT_CODE_MS;
}

/* --- at the agency --- */

status agency_code_make(const struct seal_keys *keys, struct random_source *random,
                        struct owner owner, struct agency_code *ret_code)
{
    struct code_binding binding = {.channel = AGENCY, .owner = owner};
    struct agency_code code = {.owner = owner, .code = enrolment_code_draw(random, AGENCY)};
    TRY(enrolment_code_hash(keys, random, &binding, &code.code, &code.hash));
    *ret_code = code;
    wipe(&code, sizeof code);
    return STATUS_OK;
}

status agency_code_file(struct txn *txn, const struct agency_code *code, int64_t *ret_expire_ms)
{
    Hayat__Store__V1__StoredMember *member;
    struct secret_hash hash = code->hash;
    TRY(member_store_get(txn, code->owner, &member));
    int64_t life_ms = enrolment_code_life_ms(AGENCY, member->country_code);
    Hayat__Store__V1__StoredAgencyCode row = HAYAT__STORE__V1__STORED_AGENCY_CODE__INIT;
    row.code_hash = (ProtobufCBinaryData){sizeof hash.bytes, hash.bytes};
    row.address_version = member->address_version;
    row.expire_steady_ms = txn_steady_ms(txn) + life_ms;
    TRY(agency_code_store_put(txn, code->owner, &row, life_ms));
    *ret_expire_ms = txn_now_ms(txn) + life_ms;
    return STATUS_OK;
}
