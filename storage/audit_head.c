#include "storage/audit_head.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/wipe.h"

enum { CONTEXT_BYTES = 20, SIGNED_BYTES = CONTEXT_BYTES + 8 + 8 + AUDIT_HASH_BYTES };

static const char CONTEXT[CONTEXT_BYTES] = "hayat audit head v1"; /* with its NUL */

_Static_assert(sizeof((struct audit_signer *)0)->secret_key == crypto_sign_SECRETKEYBYTES,
               "Ed25519");

void audit_key_id(const uint8_t *public_key, char out[AUDIT_KEY_ID_LEN + 1])
{
    struct audit_hash hash = audit_leaf(bytes_of(public_key, AUDIT_PUBLIC_KEY_BYTES));
    hex_encode(bytes_of(hash.bytes, AUDIT_KEY_ID_LEN / 2), out);
}

void audit_signer_init(struct audit_signer *signer, const struct seal_keys *keys)
{
    const struct seal_key *seed = &keys->key[DOMAIN_AUDIT][keys->current[DOMAIN_AUDIT]];
    (void)crypto_sign_seed_keypair(signer->public_key, signer->secret_key, seed->bytes);
    audit_key_id(signer->public_key, signer->key_id);
}

void audit_signer_fini(struct audit_signer *signer)
{
    wipe(signer, sizeof *signer);
}

/* --- signatures --- */

static void signed_text(const struct audit_head *head, uint8_t out[SIGNED_BYTES])
{
    memcpy(out, CONTEXT, CONTEXT_BYTES);
    put_be64(out + CONTEXT_BYTES, head->sequence);
    put_be64(out + CONTEXT_BYTES + 8, (uint64_t)head->time_ms);
    memcpy(out + CONTEXT_BYTES + 16, head->hash.bytes, AUDIT_HASH_BYTES);
}

void audit_head_sign(const struct audit_signer *signer, struct audit_head *head)
{
    uint8_t text[SIGNED_BYTES];
    signed_text(head, text);
    (void)crypto_sign_detached(head->signature, NULL, text, sizeof text, signer->secret_key);
}

bool audit_head_is_signed(const uint8_t *public_key, const struct audit_head *head)
{
    uint8_t text[SIGNED_BYTES];
    signed_text(head, text);
    return crypto_sign_verify_detached(head->signature, text, sizeof text, public_key) == 0;
}

/* --- lines --- */

size_t audit_head_format(const struct audit_head *head, const char *key_id,
                         char out[AUDIT_LINE_MAX])
{
    char hash[2 * AUDIT_HASH_BYTES + 1], signature[2 * AUDIT_SIGNATURE_BYTES + 1];
    hex_encode(bytes_of(head->hash.bytes, AUDIT_HASH_BYTES), hash);
    hex_encode(bytes_of(head->signature, AUDIT_SIGNATURE_BYTES), signature);
    int len = snprintf(out, AUDIT_LINE_MAX,
                       "hayat-audit-head v1 %s %" PRIu64 " %" PRId64 " %s %s\n", key_id,
                       head->sequence, head->time_ms, hash, signature);
    return (size_t)len;
}

/* Takes what stands before the next space, or all. */
static bytes take_word(bytes *rest)
{
    const uint8_t *space = rest->len == 0 ? NULL : memchr(rest->ptr, ' ', rest->len);
    size_t len = space == NULL ? rest->len : (size_t)(space - rest->ptr);
    bytes word = bytes_of(rest->ptr, len);
    size_t taken = space == NULL ? len : len + 1;
    *rest = bytes_of(rest->ptr + taken, rest->len - taken);
    return word;
}

static bool take_number(bytes *rest, uint64_t *ret_number)
{
    bytes word = take_word(rest);
    uint64_t number = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(word.ptr[i] - '0');
    }
    *ret_number = number;
    return word.len > 0 && word.len <= 19; /* below 2^63 */
}

bool audit_head_parse(bytes line, struct audit_head *ret_head)
{
    struct audit_head head = {0};
    uint64_t time_ms = 0;
    bool good = bytes_equal_str(take_word(&line), "hayat-audit-head") &&
                bytes_equal_str(take_word(&line), "v1") &&
                take_word(&line).len == AUDIT_KEY_ID_LEN && take_number(&line, &head.sequence) &&
                take_number(&line, &time_ms) &&
                hex_decode(take_word(&line), head.hash.bytes, AUDIT_HASH_BYTES) &&
                hex_decode(take_word(&line), head.signature, AUDIT_SIGNATURE_BYTES) &&
                line.len == 0;
    head.time_ms = (int64_t)time_ms;
    if (good) {
        *ret_head = head;
    }
    return good;
}
