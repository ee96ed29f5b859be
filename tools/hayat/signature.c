#include "signature.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/defer.h"
#include "files.h"
#include "output.h"
#include "text.h"

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

status fund_key_read(const struct arguments *arguments, uint8_t out[RECEIPT_PUBLIC_KEY_BYTES])
{
    if (arguments->key_hex != NULL) {
        return key_from_hex(arguments->key_hex, out) ? STATUS_OK : FAIL(KEY_FILE_INVALID);
    }
    DEFER(defer_free) char *text = NULL;
    TRY(file_read(arguments->key, &text));
    bool found = key_from_pem(text, out) || key_from_listing(text, out) || key_from_hex(text, out);
    return found ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

status fund_key_signed(const struct hayat *hayat, const char *key_id,
                       const uint8_t key[RECEIPT_PUBLIC_KEY_BYTES])
{
    char given[RECEIPT_KEY_ID_LEN + 1];
    receipt_key_id(key, given);
    if (strcmp(given, key_id) == 0) {
        return STATUS_OK;
    }
    (void)fprintf(stderr, "%s ", text_get(TEXT_SIGNED_BY_KEY, hayat->language));
    output_safe(stderr, key_id);
    (void)fprintf(stderr, "%s %s\n", text_get(TEXT_KEY_GIVEN_IS, hayat->language), given);
    return FAIL(KEY_OTHER);
}

status json_binary(const json_t *json, const char *name, struct arena *arena,
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
