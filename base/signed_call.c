#include "base/signed_call.h"

#include <assert.h>
#include <sodium.h>

#define CONTEXT "hayat signed call v1"

static size_t append(uint8_t *out, size_t at, bytes part)
{
    memcpy(out + at, part.ptr, part.len);
    return at + part.len;
}

size_t signed_call_message(const struct signed_call *call, uint8_t out[SIGNED_CALL_MESSAGE_MAX])
{
    bytes method = bytes_str(call->method);
    assert(method.len <= SIGNED_CALL_METHOD_MAX);
    size_t len = append(out, 0, bytes_of(CONTEXT, sizeof CONTEXT)); /* with its NUL */
    len = append(out, len, bytes_of(call->nonce, sizeof call->nonce));
    len = append(out, len, bytes_of(call->token_digest, sizeof call->token_digest));
    len = append(out, len, method);
    return append(out, len, bytes_of(call->body_hash, sizeof call->body_hash));
}

void signed_call_digest(bytes of, uint8_t out[SIGNED_CALL_HASH_BYTES])
{
    crypto_hash_sha256(out, of.ptr, of.len);
}

void signed_call_body(bytes text, bytes request, uint8_t out[SIGNED_CALL_HASH_BYTES])
{
    static const uint8_t zero = 0;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, text.ptr, text.len);
    crypto_hash_sha256_update(&state, &zero, 1);
    crypto_hash_sha256_update(&state, request.ptr, request.len);
    crypto_hash_sha256_final(&state, out);
}
