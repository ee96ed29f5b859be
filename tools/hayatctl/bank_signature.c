#include "tools/hayatctl/bank_signature.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/key_file.h"
#include "base/codec.h"
#include "base/defer.h"
#include "service/signed_text.h"

enum {
    SIGNATURE_HEX = 2 * RECEIPT_SIGNATURE_BYTES,
    LINE_BYTES = RECEIPT_KEY_ID_LEN + 1 + SIGNATURE_HEX + 1, /* with the line end */
    ARENA_SLACK_BYTES = 64 * 1024,
};

static const char context[] = "hayat bank export v1";

static bool path_of(const char *path, char out[PATH_MAX])
{
    return snprintf(out, PATH_MAX, "%s.sig", path) < PATH_MAX;
}

static status text_of(struct arena *arena, const char *path, bytes content, bytes *ret_text)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t name_len = strlen(name);
    uint8_t *payload = arena_alloc(arena, name_len + 1 + content.len);
    if (payload == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(payload, name, name_len);
    payload[name_len] = '\n';
    memcpy(payload + name_len + 1, content.ptr, content.len);
    return signed_text(arena, context, bytes_of(payload, name_len + 1 + content.len), ret_text);
}

static status sign(const struct receipt_signer *signer, const char *path, bytes content)
{
    DEFER(arena_fini) struct arena arena;
    uint8_t signature[RECEIPT_SIGNATURE_BYTES];
    char hex[SIGNATURE_HEX + 1], line[LINE_BYTES + 1], file[PATH_MAX];
    bytes text;
    arena_init(&arena, 2 * content.len + ARENA_SLACK_BYTES);
    TRY(text_of(&arena, path, content, &text));
    (void)crypto_sign_detached(signature, NULL, text.ptr, text.len, signer->secret_key);
    hex_encode(bytes_of(signature, sizeof signature), hex);
    (void)snprintf(line, sizeof line, "%s %s\n", signer->key_id, hex);
    return path_of(path, file) ? key_file_write(file, bytes_str(line), true)
                               : FAIL(FILE_UNWRITABLE);
}

status bank_signature_write(const struct seal_keys *keys, const char *path, bytes content)
{
    struct receipt_signer signer;
    receipt_signer_init(&signer, keys);
    status s = sign(&signer, path, content);
    receipt_signer_fini(&signer);
    return s;
}

/* What FILE.sig says; EXPORT_INVALID unless it is of that key. */
static status read_signature(const char *path, const uint8_t *public_key,
                             uint8_t out[RECEIPT_SIGNATURE_BYTES])
{
    char name[PATH_MAX], key_id[RECEIPT_KEY_ID_LEN + 1];
    uint8_t line[LINE_BYTES];
    DEFER(defer_fclose) FILE *file = path_of(path, name) ? fopen(name, "re") : NULL;
    if (file == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    size_t len = fread(line, 1, sizeof line, file);
    receipt_key_id(public_key, key_id);
    bool good = len == LINE_BYTES && memcmp(line, key_id, RECEIPT_KEY_ID_LEN) == 0 &&
                hex_decode(bytes_of(line + RECEIPT_KEY_ID_LEN + 1, SIGNATURE_HEX), out,
                           RECEIPT_SIGNATURE_BYTES);
    return good ? STATUS_OK : FAIL(EXPORT_INVALID);
}

status bank_signature_check(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES], const char *path,
                            bytes content)
{
    DEFER(arena_fini) struct arena arena;
    uint8_t signature[RECEIPT_SIGNATURE_BYTES];
    bytes text;
    arena_init(&arena, 2 * content.len + ARENA_SLACK_BYTES);
    TRY(read_signature(path, public_key, signature));
    TRY(text_of(&arena, path, content, &text));
    return crypto_sign_verify_detached(signature, text.ptr, text.len, public_key) == 0
               ? STATUS_OK
               : FAIL(EXPORT_INVALID);
}
