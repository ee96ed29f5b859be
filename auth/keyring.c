#include "auth/keyring.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/erasure_file.h"
#include "auth/key_file.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/defer.h"
#include "base/limits.h"
#include "base/wipe.h"
#include "hayat/store/v1/records.pb-c.h"

/*
 * master (hex) ── crypto_kdf ──> wrapping key ── XChaCha20-Poly1305 ──> each data key in the file
 */

enum {
    MASTER_BYTES = crypto_kdf_KEYBYTES,
    MASTER_TEXT_LEN = 2 * MASTER_BYTES + 1, /* with its newline */
    WRAP_NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    WRAP_BYTES = WRAP_NONCE_BYTES + SEAL_KEY_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    WRAP_SUBKEY = 1,
    WRAP_CONTEXT_LEN = 16,
    WRAP_AD_BYTES = WRAP_CONTEXT_LEN + 4 + 4,
    KEYS_MAX = DOMAIN_MAX * SEAL_EPOCHS_MAX,
    ARENA_BYTES = 8 * LIMIT_KEYRING_BYTES,
};

static const char KDF_CONTEXT[crypto_kdf_CONTEXTBYTES] = {'h', 'a', 'y', 'a', 't', 'k', 'r', 'g'};
static const char WRAP_CONTEXT[] = "hayat keyring v1";
_Static_assert(sizeof WRAP_CONTEXT - 1 == WRAP_CONTEXT_LEN, "as long as WRAP_AD_BYTES says");

struct wrapping_key {
    uint8_t bytes[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
};

static void forget_key(struct wrapping_key *key)
{
    wipe(key, sizeof *key);
}

static status wrapping_key_load(const char *master_path, struct wrapping_key *ret_key)
{
    uint8_t text[MASTER_TEXT_LEN], master[MASTER_BYTES];
    size_t len;
    TRY(key_file_read(master_path, text, sizeof text, &len));
    bool fits = len == MASTER_TEXT_LEN && text[MASTER_TEXT_LEN - 1] == '\n' &&
                hex_decode(bytes_of(text, MASTER_TEXT_LEN - 1), master, sizeof master);
    if (fits) {
        (void)crypto_kdf_derive_from_key(ret_key->bytes, sizeof ret_key->bytes, WRAP_SUBKEY,
                                         KDF_CONTEXT, master);
    }
    wipe(text, sizeof text);
    wipe(master, sizeof master);
    return fits ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

status keyring_create_master(const char *path, struct random_source *random)
{
    uint8_t master[MASTER_BYTES];
    char text[MASTER_TEXT_LEN + 1];
    random_fill(random, master, sizeof master);
    hex_encode(bytes_of(master, sizeof master), text);
    text[MASTER_TEXT_LEN - 1] = '\n';
    status s = key_file_write(path, bytes_of(text, MASTER_TEXT_LEN), false);
    wipe(master, sizeof master);
    wipe(text, sizeof text);
    return s;
}

/* --- the keys in memory --- */

static struct seal_keys *keys_new(void)
{
    if (sodium_init() < 0) {
        return NULL;
    }
    struct seal_keys *keys = sodium_malloc(sizeof *keys);
    if (keys != NULL) {
        memset(keys, 0, sizeof *keys);
    }
    return keys;
}

void keyring_close(struct seal_keys *keys)
{
    if (keys != NULL) {
        erasure_keys_free(keys->erasure);
    }
    sodium_free(keys); /* wipes; takes NULL */
}

static void close_keys(struct seal_keys **keys)
{
    keyring_close(*keys);
}

static void keys_draw(struct seal_keys *keys, enum key_domain domain, struct random_source *random)
{
    uint32_t epoch = ++keys->current[domain];
    random_fill(random, keys->key[domain][epoch].bytes, SEAL_KEY_BYTES);
}

status keyring_generate(struct random_source *random, struct seal_keys **ret_keys)
{
    struct seal_keys *keys = keys_new();
    if (keys == NULL) {
        return FAIL(KEY_FILE_INVALID);
    }
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        keys_draw(keys, (enum key_domain)domain, random);
    }
    status s = erasure_keys_create(random, &keys->erasure);
    if (!ok(s)) {
        keyring_close(keys);
        return s;
    }
    *ret_keys = keys;
    return STATUS_OK;
}

/* --- wrapping --- */

static void wrap_ad(uint32_t domain, uint32_t epoch, uint8_t out[WRAP_AD_BYTES])
{
    memcpy(out, WRAP_CONTEXT, WRAP_CONTEXT_LEN);
    put_be32(out + WRAP_CONTEXT_LEN, domain);
    put_be32(out + WRAP_CONTEXT_LEN + 4, epoch);
}

static void wrap(const struct wrapping_key *wrapping, const struct seal_key *key,
                 Hayat__Store__V1__WrappedKey *row)
{
    uint8_t ad[WRAP_AD_BYTES], *out = row->wrapped.data;
    wrap_ad(row->domain, row->epoch, ad);
    random_fill(&random_system, out, WRAP_NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + WRAP_NONCE_BYTES, NULL, key->bytes,
                                                     SEAL_KEY_BYTES, ad, sizeof ad, NULL, out,
                                                     wrapping->bytes);
}

static bool unwrap(const struct wrapping_key *wrapping, const Hayat__Store__V1__WrappedKey *row,
                   struct seal_key *ret_key)
{
    uint8_t ad[WRAP_AD_BYTES];
    const uint8_t *in = row->wrapped.data;
    wrap_ad(row->domain, row->epoch, ad);
    return row->wrapped.len == WRAP_BYTES &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(
               ret_key->bytes, NULL, NULL, in + WRAP_NONCE_BYTES, WRAP_BYTES - WRAP_NONCE_BYTES, ad,
               sizeof ad, in, wrapping->bytes) == 0;
}

/* --- the file: the message keeps what the keys in memory do not, such as when each was made --- */

typedef Hayat__Store__V1__Keyring Ring;
typedef Hayat__Store__V1__WrappedKey Row;

static status ring_read(const char *path, struct arena *arena, Ring **ret_ring)
{
    uint8_t *file = arena_alloc(arena, LIMIT_KEYRING_BYTES);
    size_t len;
    if (file == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(key_file_read(path, file, LIMIT_KEYRING_BYTES, &len));
    Ring *ring = hayat__store__v1__keyring__unpack(&arena->allocator, len, file);
    if (ring == NULL || ring->n_keys > KEYS_MAX) {
        return FAIL(KEY_FILE_INVALID);
    }
    *ret_ring = ring;
    return STATUS_OK;
}

static status ring_write(const char *path, const Ring *ring, struct arena *arena, bool replace)
{
    size_t len = hayat__store__v1__keyring__get_packed_size(ring);
    uint8_t *file = arena_alloc(arena, len);
    if (file == NULL || len > LIMIT_KEYRING_BYTES) {
        return FAIL(ARENA_FULL);
    }
    (void)hayat__store__v1__keyring__pack(ring, file);
    return key_file_write(path, bytes_of(file, len), replace);
}

/* The highest epoch of a domain is the current one; every domain must have one. */
static status ring_unwrap(const Ring *ring, const struct wrapping_key *wrapping,
                          struct seal_keys *keys)
{
    for (size_t i = 0; i < ring->n_keys; i++) {
        const Row *row = ring->keys[i];
        if (row->domain == 0 || row->domain >= DOMAIN_MAX || row->epoch == 0 ||
            row->epoch >= SEAL_EPOCHS_MAX ||
            !unwrap(wrapping, row, &keys->key[row->domain][row->epoch])) {
            return FAIL(KEY_FILE_INVALID);
        }
        if (row->epoch > keys->current[row->domain]) {
            keys->current[row->domain] = row->epoch;
        }
    }
    for (size_t domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        if (keys->current[domain] == 0) {
            return FAIL(KEY_FILE_INVALID);
        }
    }
    return STATUS_OK;
}

/* Appends the wrapped current key of DOMAIN; ring->keys has room for KEYS_MAX. */
static status ring_add(Ring *ring, struct arena *arena, const struct wrapping_key *wrapping,
                       const struct seal_keys *keys, enum key_domain domain)
{
    Row *row = arena_alloc(arena, sizeof *row);
    uint8_t *wrapped = arena_alloc(arena, WRAP_BYTES);
    if (row == NULL || wrapped == NULL) {
        return FAIL(ARENA_FULL);
    }
    hayat__store__v1__wrapped_key__init(row);
    row->domain = (uint32_t)domain;
    row->epoch = keys->current[domain];
    row->wrapped = (ProtobufCBinaryData){WRAP_BYTES, wrapped};
    row->create_ms = clock_wall_ms(&clock_system);
    wrap(wrapping, &keys->key[domain][row->epoch], row);
    ring->keys[ring->n_keys++] = row;
    return STATUS_OK;
}

static status ring_make_room(Ring *ring, struct arena *arena)
{
    Row **rows = arena_array(arena, KEYS_MAX, sizeof(Row *));
    if (rows == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (ring->n_keys > 0) {
        memcpy(rows, ring->keys, ring->n_keys * sizeof(Row *));
    }
    ring->keys = rows;
    return STATUS_OK;
}

static status keyring_create(const struct wrapping_key *wrapping, const char *path,
                             struct arena *arena)
{
    DEFER(close_keys) struct seal_keys *keys = NULL;
    Ring ring = HAYAT__STORE__V1__KEYRING__INIT;
    TRY(keyring_generate(&random_system, &keys));
    TRY(ring_make_room(&ring, arena));
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        TRY(ring_add(&ring, arena, wrapping, keys, (enum key_domain)domain));
    }
    TRY(erasure_file_create(path, keys, true)); /* first: a keyring that knows of it has it */
    return ring_write(path, &ring, arena, false);
}

static status keyring_load(const struct wrapping_key *wrapping, const char *path,
                           struct arena *arena, struct seal_keys **ret_keys)
{
    Ring *ring;
    TRY(ring_read(path, arena, &ring));
    DEFER(close_keys) struct seal_keys *keys = keys_new();
    if (keys == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(ring_unwrap(ring, wrapping, keys));
    *ret_keys = keys;
    keys = NULL;
    return STATUS_OK;
}

status keyring_open(const char *master_path, const char *keyring_path, bool create_if_missing,
                    struct seal_keys **ret_keys)
{
    DEFER(forget_key) struct wrapping_key wrapping = {{0}};
    DEFER(arena_fini) struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    TRY(wrapping_key_load(master_path, &wrapping));
    if (create_if_missing && !key_file_exists(keyring_path)) {
        TRY(keyring_create(&wrapping, keyring_path, &arena));
    }
    DEFER(close_keys) struct seal_keys *keys = NULL;
    TRY(keyring_load(&wrapping, keyring_path, &arena, &keys));
    TRY(erasure_file_open(keyring_path, keys, &keys->erasure));
    (void)sodium_mprotect_readonly(keys);
    *ret_keys = keys;
    keys = NULL;
    return STATUS_OK;
}

/* --- what kept one from being opened --- */

static status examine(const char *master_path, const char *keyring_path,
                      enum keyring_file *ret_file)
{
    DEFER(forget_key) struct wrapping_key wrapping = {{0}};
    DEFER(arena_fini) struct arena arena;
    DEFER(close_keys) struct seal_keys *keys = NULL;
    arena_init(&arena, ARENA_BYTES);
    *ret_file = KEYRING_MASTER;
    TRY(wrapping_key_load(master_path, &wrapping));
    *ret_file = KEYRING_RING;
    TRY(keyring_load(&wrapping, keyring_path, &arena, &keys));
    *ret_file = KEYRING_ERASURE;
    return erasure_file_open(keyring_path, keys, &keys->erasure);
}

void keyring_examine(const char *master_path, const char *keyring_path,
                     struct keyring_fault *ret_fault)
{
    ret_fault->why = examine(master_path, keyring_path, &ret_fault->file);
    (void)snprintf(ret_fault->path, sizeof ret_fault->path, "%s%s",
                   ret_fault->file == KEYRING_MASTER ? master_path : keyring_path,
                   ret_fault->file == KEYRING_ERASURE ? ".erasure" : "");
}

const char *keyring_file_name(enum keyring_file file)
{
    static const char *const names[] = {[KEYRING_MASTER] = "master",
                                        [KEYRING_RING] = "keyring",
                                        [KEYRING_ERASURE] = "keyring.erasure"};
    return names[file];
}

const char *keyring_fault_text(const struct keyring_fault *fault)
{
    static const char *const invalid[] = {
        [KEYRING_MASTER] = "is no master key: 64 hex characters",
        [KEYRING_RING] = "does not open with this master key, or is damaged",
        [KEYRING_ERASURE] = "does not belong to this keyring, or is damaged"};
    if (fault->why.why == REASON_FILE_PERMISSIONS) {
        return "is open to others than its owner, or is no regular file";
    }
    if (fault->why.why == REASON_FILE_UNREADABLE) {
        return access(fault->path, F_OK) != 0 ? "is missing" : "cannot be read";
    }
    return fault->why.why == REASON_KEY_FILE_INVALID ? invalid[fault->file] : "cannot be opened";
}

bool keyring_rotates(enum key_domain domain)
{
    switch (domain) {
    case DOMAIN_IDENTITY:
    case DOMAIN_HEALTH:
    case DOMAIN_SESSION:
    case DOMAIN_DOCUMENT:
    case DOMAIN_SYSTEM:
    case DOMAIN_BANK:
        return true;
    case DOMAIN_BLIND: /* names rows, sessions and a signer that outlive any epoch */
    case DOMAIN_TOKEN:
    case DOMAIN_RECEIPT:
    case DOMAIN_AUDIT:
    case DOMAIN_PEPPER:
    case DOMAIN_ERASURE:
    case DOMAIN_MAX:
        break;
    }
    return false;
}

/* --- changes: the whole file is written again --- */

/* A domain that came after keyrings without it were in use. */
static bool came_later(enum key_domain domain)
{
    return domain == DOMAIN_AUDIT || domain == DOMAIN_PEPPER || domain == DOMAIN_BANK ||
           domain == DOMAIN_ERASURE;
}

static bool has_domain(const Ring *ring, enum key_domain domain)
{
    for (size_t i = 0; i < ring->n_keys; i++) {
        if (ring->keys[i]->domain == (uint32_t)domain) {
            return true;
        }
    }
    return false;
}

struct upgrade {
    Ring *ring;
    const struct wrapping_key *wrapping;
    const char *path;
    size_t added; /* how many domains were missing */
};

static status add_missing(struct upgrade *upgrade, struct arena *arena)
{
    Ring *ring = upgrade->ring;
    DEFER(close_keys) struct seal_keys *fresh = keys_new();
    if (fresh == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(ring_make_room(ring, arena));
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        if (came_later((enum key_domain)domain) && !has_domain(ring, (enum key_domain)domain)) {
            keys_draw(fresh, (enum key_domain)domain, &random_system);
            TRY(ring_add(ring, arena, upgrade->wrapping, fresh, (enum key_domain)domain));
            TRY(domain == DOMAIN_ERASURE ? erasure_file_create(upgrade->path, fresh, false)
                                         : STATUS_OK);
            upgrade->added++;
        }
    }
    return STATUS_OK;
}

status keyring_upgrade(const char *master_path, const char *keyring_path)
{
    DEFER(forget_key) struct wrapping_key wrapping = {{0}};
    DEFER(defer_close) int lock = -1;
    DEFER(arena_fini) struct arena arena;
    struct upgrade upgrade = {.wrapping = &wrapping, .path = keyring_path};
    arena_init(&arena, ARENA_BYTES);
    TRY(wrapping_key_load(master_path, &wrapping));
    TRY(key_file_lock(keyring_path, &lock));
    TRY(ring_read(keyring_path, &arena, &upgrade.ring));
    TRY(add_missing(&upgrade, &arena));
    return upgrade.added > 0 ? ring_write(keyring_path, upgrade.ring, &arena, true) : STATUS_OK;
}

status keyring_rotate(const char *master_path, const char *keyring_path, enum key_domain domain)
{
    DEFER(forget_key) struct wrapping_key wrapping = {{0}};
    DEFER(close_keys) struct seal_keys *keys = NULL;
    DEFER(defer_close) int lock = -1;
    DEFER(arena_fini) struct arena arena;
    Ring *ring;
    arena_init(&arena, ARENA_BYTES);
    TRY(wrapping_key_load(master_path, &wrapping));
    TRY(key_file_lock(keyring_path, &lock));
    TRY(keyring_load(&wrapping, keyring_path, &arena, &keys));
    TRY(ring_read(keyring_path, &arena, &ring));
    if (!keyring_rotates(domain) || keys->current[domain] + 1 >= SEAL_EPOCHS_MAX) {
        return FAIL(KEY_FILE_INVALID);
    }
    keys_draw(keys, domain, &random_system);
    TRY(ring_make_room(ring, &arena));
    TRY(ring_add(ring, &arena, &wrapping, keys, domain));
    return ring_write(keyring_path, ring, &arena, true);
}

/* Takes the row out; the others keep their order. */
static bool ring_remove(Ring *ring, enum key_domain domain, uint32_t epoch)
{
    size_t kept = 0, count = ring->n_keys;
    for (size_t i = 0; i < count; i++) {
        Row *row = ring->keys[i];
        if (row->domain != (uint32_t)domain || row->epoch != epoch) {
            ring->keys[kept++] = row;
        }
    }
    ring->n_keys = kept;
    return kept + 1 == count;
}

status keyring_retire(const char *master_path, const char *keyring_path, enum key_domain domain,
                      uint32_t epoch)
{
    DEFER(forget_key) struct wrapping_key wrapping = {{0}};
    DEFER(close_keys) struct seal_keys *keys = NULL;
    DEFER(defer_close) int lock = -1;
    DEFER(arena_fini) struct arena arena;
    Ring *ring;
    arena_init(&arena, ARENA_BYTES);
    TRY(wrapping_key_load(master_path, &wrapping));
    TRY(key_file_lock(keyring_path, &lock));
    TRY(keyring_load(&wrapping, keyring_path, &arena, &keys));
    TRY(ring_read(keyring_path, &arena, &ring));
    if (!keyring_rotates(domain) || epoch >= keys->current[domain] ||
        !ring_remove(ring, domain, epoch)) {
        return FAIL(KEY_FILE_INVALID);
    }
    return ring_write(keyring_path, ring, &arena, true);
}

/* --- a keyring in use --- */

static void take_new_epochs(const struct seal_keys *from, struct seal_keys *to)
{
    for (size_t domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        uint32_t last = from->current[domain];
        for (uint32_t epoch = to->current[domain] + 1; epoch <= last; epoch++) {
            to->key[domain][epoch] = from->key[domain][epoch];
        }
        if (last > to->current[domain]) {
            to->current[domain] = last; /* after its key, so that nobody seals with none */
        }
    }
}

status keyring_reload(const char *master_path, const char *keyring_path, struct seal_keys *keys)
{
    DEFER(close_keys) struct seal_keys *fresh = NULL;
    TRY(keyring_open(master_path, keyring_path, false, &fresh));
    if (sodium_mprotect_readwrite(keys) != 0) {
        return FAIL(KEY_FILE_INVALID);
    }
    take_new_epochs(fresh, keys);
    (void)sodium_mprotect_readonly(keys);
    return STATUS_OK;
}

status keyring_rewrap(const char *old_master_path, const char *new_master_path,
                      const char *keyring_path)
{
    DEFER(forget_key) struct wrapping_key old_key = {{0}}, new_key = {{0}};
    DEFER(close_keys) struct seal_keys *keys = NULL;
    DEFER(defer_close) int lock = -1;
    DEFER(arena_fini) struct arena arena;
    Ring *ring;
    arena_init(&arena, ARENA_BYTES);
    TRY(key_file_lock(keyring_path, &lock));
    TRY(wrapping_key_load(old_master_path, &old_key));
    TRY(wrapping_key_load(new_master_path, &new_key));
    TRY(keyring_load(&old_key, keyring_path, &arena, &keys));
    TRY(ring_read(keyring_path, &arena, &ring));
    for (size_t i = 0; i < ring->n_keys; i++) {
        Row *row = ring->keys[i];
        wrap(&new_key, &keys->key[row->domain][row->epoch], row);
    }
    return ring_write(keyring_path, ring, &arena, true);
}
