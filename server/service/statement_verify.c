#include "service/statement_verify.h"

#include <sodium.h>
#include <string.h>

#include "service/signed_text.h"

status statement_payload(const Hayat__V1__SignedStatement *statement, struct arena *arena,
                         Hayat__V1__StatementPayload **ret_payload)
{
    Hayat__V1__StatementPayload *payload = hayat__v1__statement_payload__unpack(
        &arena->allocator, statement->payload.len, statement->payload.data);
    TRY(arena_check(arena));
    if (payload == NULL || strcmp(payload->kind, STATEMENT_KIND) != 0) {
        return FAIL(STATEMENT_INVALID);
    }
    *ret_payload = payload;
    return STATUS_OK;
}

status statement_verify(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                        const Hayat__V1__SignedStatement *statement, struct arena *arena,
                        Hayat__V1__StatementPayload **ret_payload)
{
    char key_id[RECEIPT_KEY_ID_LEN + 1];
    bytes text;
    receipt_key_id(public_key, key_id);
    if (statement->signature.len != RECEIPT_SIGNATURE_BYTES ||
        strcmp(statement->key_id, key_id) != 0) {
        return FAIL(STATEMENT_INVALID);
    }
    TRY(signed_text(arena, STATEMENT_CONTEXT,
                    bytes_of(statement->payload.data, statement->payload.len), &text));
    if (crypto_sign_verify_detached(statement->signature.data, text.ptr, text.len, public_key) !=
        0) {
        return FAIL(STATEMENT_INVALID);
    }
    return statement_payload(statement, arena, ret_payload);
}

bool statement_matches(const Hayat__V1__StatementPayload *payload, uint64_t size_bytes,
                       const uint8_t sha256[STATEMENT_SHA256_BYTES])
{
    return payload->size_bytes >= 0 && (uint64_t)payload->size_bytes == size_bytes &&
           payload->sha256.len == STATEMENT_SHA256_BYTES &&
           memcmp(payload->sha256.data, sha256, STATEMENT_SHA256_BYTES) == 0;
}
