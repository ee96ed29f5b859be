/* receipt: `hayat receipt verify`: offline, with nothing but the receipt and the fund's public
 * key. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/defer.h"
#include "files.h"
#include "hayat.h"
#include "json_file.h"
#include "output.h"
#include "service/receipt_verify.h"

static bool key_from_pem(const char *text, uint8_t out[RECEIPT_PUBLIC_KEY_BYTES])
{
    size_t len = RECEIPT_PUBLIC_KEY_BYTES;
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    bool found = key != NULL && EVP_PKEY_is_a(key, "ED25519") &&
                 EVP_PKEY_get_raw_public_key(key, out, &len) == 1 &&
                 len == RECEIPT_PUBLIC_KEY_BYTES;
    EVP_PKEY_free(key);
    (void)BIO_free(bio);
    return found;
}

/* 64 hexadecimal digits, with space around them or not; the rest of the text is not looked at. */
static bool key_from_hex(const char *text, uint8_t out[RECEIPT_PUBLIC_KEY_BYTES])
{
    static const char space[] = " \t\r\n";
    text += strspn(text, space);
    return hex_decode(bytes_of(text, strcspn(text, space)), out, RECEIPT_PUBLIC_KEY_BYTES);
}

/* What hayatctl receipt-key prints: "key_id …" and "public_key …". */
static bool key_from_listing(const char *text, uint8_t out[RECEIPT_PUBLIC_KEY_BYTES])
{
    static const char label[] = "public_key ";
    const char *line = strstr(text, label);
    return line != NULL && key_from_hex(line + sizeof label - 1, out);
}

static status read_key(const struct arguments *arguments, uint8_t out[RECEIPT_PUBLIC_KEY_BYTES])
{
    if (arguments->key_hex != NULL) {
        return key_from_hex(arguments->key_hex, out) ? STATUS_OK : FAIL(KEY_FILE_INVALID);
    }
    DEFER(defer_free) char *text = NULL;
    TRY(file_read(arguments->key, &text));
    bool found = key_from_pem(text, out) || key_from_listing(text, out) || key_from_hex(text, out);
    return found ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

/* A base64 field of JSON into the arena. */
static status field(const json_t *json, const char *name, struct arena *arena,
                    ProtobufCBinaryData *ret)
{
    const char *text = json_string_value(json_object_get(json, name));
    if (text == NULL) {
        return FAIL(RECEIPT_INVALID);
    }
    size_t len = strlen(text);
    ret->data = arena_alloc(arena, len + 1);
    if (ret->data == NULL || sodium_base642bin(ret->data, len, text, len, NULL, &ret->len, NULL,
                                               sodium_base64_VARIANT_ORIGINAL) != 0) {
        return FAIL(RECEIPT_INVALID);
    }
    return STATUS_OK;
}

/* What `receipt get` writes, or the whole of what `certificate file --json` writes. */
static status parse(const char *text, struct arena *arena, Hayat__V1__SignedReceipt *receipt)
{
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *inner = json_object_get(json, "receipt");
    const json_t *signed_receipt = inner != NULL ? inner : json;
    const char *key_id = json_string_value(json_object_get(signed_receipt, "key_id"));
    if (key_id == NULL) {
        return FAIL(RECEIPT_INVALID);
    }
    receipt->key_id = arena_str(arena, bytes_str(key_id));
    TRY(field(signed_receipt, "payload", arena, &receipt->payload));
    TRY(field(signed_receipt, "signature", arena, &receipt->signature));
    return arena_check(arena);
}

status command_receipt_verify(struct hayat *hayat)
{
    const struct arguments *arguments = &hayat->arguments;
    uint8_t key[RECEIPT_PUBLIC_KEY_BYTES];
    Hayat__V1__SignedReceipt receipt = HAYAT__V1__SIGNED_RECEIPT__INIT;
    Hayat__V1__ReceiptPayload *payload;
    DEFER(defer_free) char *text = NULL;
    if (arguments->operand == NULL || (arguments->key == NULL) == (arguments->key_hex == NULL)) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(read_key(arguments, key));
    TRY(file_read(arguments->operand, &text));
    TRY(parse(text, &hayat->arena, &receipt));
    TRY(receipt_verify(key, &receipt, &hayat->arena, &payload));
    return output_verified(hayat, payload, receipt.key_id);
}
