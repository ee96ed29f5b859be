#include "auth/erasure_file.h"

#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "auth/key_file.h"
#include "base/defer.h"
#include "base/limits.h"
#include "storage/failpoint.h"

static const char MAGIC[] = "hayat erasure v1\n";

enum {
    MAGIC_BYTES = sizeof MAGIC - 1,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    FRAME_BYTES = MAGIC_BYTES + NONCE_BYTES + TAG_BYTES,
};

_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the domain's key");

struct path {
    char text[PATH_MAX];
};

static status path_of(const char *keyring_path, struct path *ret)
{
    int len = snprintf(ret->text, sizeof ret->text, "%s.erasure", keyring_path);
    return len > 0 && (size_t)len < sizeof ret->text ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

static const uint8_t *file_key(const struct seal_keys *keys)
{
    return keys->key[DOMAIN_ERASURE][keys->current[DOMAIN_ERASURE]].bytes;
}

static void free_secret(uint8_t **memory)
{
    sodium_free(*memory); /* wipes */
}

static void free_nodes(struct erasure_nodes *nodes)
{
    erasure_nodes_free(nodes);
}

/* --- writing --- */

/* The whole file in memory of its own: free it. */
static status seal_file(const struct seal_keys *keys, const struct erasure_nodes *nodes,
                        uint8_t **ret_file, size_t *ret_len)
{
    size_t len = nodes->count * ERASURE_NODE_BYTES;
    DEFER(free_secret) uint8_t *plain = sodium_malloc(len + 1);
    uint8_t *file = malloc(len + FRAME_BYTES);
    if (plain == NULL || file == NULL) {
        free(file);
        return FAIL(ARENA_FULL);
    }
    erasure_nodes_encode(nodes, plain);
    uint8_t *nonce = file + MAGIC_BYTES;
    memcpy(file, MAGIC, MAGIC_BYTES);
    randombytes_buf(nonce, NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_BYTES, NULL, plain, len, file,
                                                     MAGIC_BYTES, NULL, nonce, file_key(keys));
    *ret_file = file;
    *ret_len = len + FRAME_BYTES;
    return STATUS_OK;
}

enum writing { WRITE_NEW, WRITE_OVER, WRITE_SUPERSEDING };

static status write_nodes(const char *keyring_path, const struct seal_keys *keys,
                          const struct erasure_nodes *nodes, enum writing how)
{
    struct path path;
    DEFER(defer_free) uint8_t *file = NULL;
    size_t len;
    TRY(path_of(keyring_path, &path));
    TRY(seal_file(keys, nodes, &file, &len));
    return how == WRITE_SUPERSEDING
               ? key_file_supersede(path.text, bytes_of(file, len))
               : key_file_write(path.text, bytes_of(file, len), how == WRITE_OVER);
}

status erasure_file_create(const char *keyring_path, const struct seal_keys *keys, bool replace)
{
    DEFER(free_nodes) struct erasure_nodes nodes = {0};
    TRY(erasure_nodes_create(&random_system, &nodes));
    return write_nodes(keyring_path, keys, &nodes, replace ? WRITE_OVER : WRITE_NEW);
}

/* --- reading --- */

static status open_file(const struct seal_keys *keys, bytes file, struct erasure_nodes *ret_nodes)
{
    if (file.len < FRAME_BYTES || memcmp(file.ptr, MAGIC, MAGIC_BYTES) != 0) {
        return FAIL(KEY_FILE_INVALID);
    }
    const uint8_t *nonce = file.ptr + MAGIC_BYTES;
    size_t len = file.len - FRAME_BYTES;
    DEFER(free_secret) uint8_t *plain = sodium_malloc(len + 1);
    if (plain == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, nonce + NONCE_BYTES,
                                                   len + TAG_BYTES, file.ptr, MAGIC_BYTES, nonce,
                                                   file_key(keys)) != 0) {
        return FAIL(KEY_FILE_INVALID);
    }
    return erasure_nodes_decode(bytes_of(plain, len), ret_nodes);
}

status erasure_file_open(const char *keyring_path, const struct seal_keys *keys,
                         struct erasure_keys **ret_erasure)
{
    const size_t most = FRAME_BYTES + (size_t)LIMIT_ERASURE_NODES * ERASURE_NODE_BYTES;
    struct path path;
    DEFER(free_nodes) struct erasure_nodes nodes = {0};
    DEFER(defer_free) uint8_t *file = malloc(most);
    size_t len;
    if (file == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(path_of(keyring_path, &path));
    TRY(key_file_read(path.text, file, most, &len));
    TRY(open_file(keys, bytes_of(file, len), &nodes));
    return erasure_keys_of_nodes(&nodes, ret_erasure);
}

/* --- erasing --- */

status erasure_file_destroy(const char *keyring_path, const struct seal_keys *keys,
                            const uint32_t *leaves, size_t count)
{
    DEFER(free_nodes) struct erasure_nodes left = {0};
    TRY(erasure_without(keys->erasure, leaves, count, &left));
    TRY(write_nodes(keyring_path, keys, &left, WRITE_SUPERSEDING));
    erasure_keys_replace(keys->erasure, &left);
    return erasure_file_tidy(keyring_path);
}

status erasure_file_tidy(const char *keyring_path)
{
    struct path path;
    TRY(path_of(keyring_path, &path));
    return key_file_wipe_superseded(path.text);
}
