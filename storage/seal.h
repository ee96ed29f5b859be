/*
 * seal: values that only their right reader, in their right place, can open (SEC-D1, SEC-A4).
 *
 * A cell is  version (1) ‖ key epoch (u32) ‖ nonce (24) ‖ ciphertext ‖ tag (16),
 * XChaCha20-Poly1305 (storage/xchacha.h). The associated data is  version ‖ table ‖ key length ‖ key ‖
 * owner ‖ record type ‖ chunk index ‖ chunk count ‖ epoch: a value moved, re-owned, renumbered or
 * rolled to another epoch does not open.  The tag is also the checksum: LMDB has none.
 *
 * Memory  sealing writes into memory the caller gives; keys live in sodium_malloc memory owned by
 *         the keyring.
 * Threads re-entrant; a struct seal_keys only gains epochs once loaded.
 * Errors  STORE_CORRUPT for anything that does not open, whatever the cause.
 */
#ifndef HAYAT_STORAGE_SEAL_H
#define HAYAT_STORAGE_SEAL_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"

enum {
    SEAL_KEY_BYTES = 32,
    SEAL_NONCE_BYTES = 24,
    SEAL_TAG_BYTES = 16,
    SEAL_OVERHEAD = 1 + 4 + SEAL_NONCE_BYTES + SEAL_TAG_BYTES,
    OWNER_BYTES = 16,
    WRAPPED_KEY_BYTES = SEAL_KEY_BYTES + SEAL_OVERHEAD,
};

/* Which data key; numbers are stored: never reuse one. */
enum key_domain {
    DOMAIN_IDENTITY = 1,
    DOMAIN_HEALTH = 2,
    DOMAIN_SESSION = 3,
    DOMAIN_DOCUMENT = 4,
    DOMAIN_SYSTEM = 5,
    DOMAIN_BLIND = 6,    /* keyed hashes that make stored keys; never rotates */
    DOMAIN_TOKEN = 7,    /* keyed hashes of bearer tokens */
    DOMAIN_RECEIPT = 8,  /* seed of the Ed25519 key that signs receipts */
    DOMAIN_AUDIT = 9,    /* seed of the Ed25519 key that signs the audit chain's heads */
    DOMAIN_PEPPER = 10,  /* keyed hash under every Argon2id of a code or passphrase (SEC-B1) */
    DOMAIN_BANK = 11,    /* the accounts members are paid on */
    DOMAIN_ERASURE = 12, /* seals the file of storage/erasure_keys.h; never rotates */
    DOMAIN_MAX = 13,
};

/* "identity"; a constant. */
const char *seal_domain_name(enum key_domain domain);

/* Who a record belongs to: keyed-BLAKE2b-128 of the registration number; all zero for nobody. */
struct owner {
    uint8_t bytes[OWNER_BYTES];
};

struct seal_key {
    uint8_t bytes[SEAL_KEY_BYTES];
};

enum { SEAL_EPOCHS_MAX = 16 };

/* The data keys by domain and epoch; epoch 0 does not exist, current[d] seals new cells.  Epochs may be added while the
   keys are in use (keyring_reload): a key is there before its epoch becomes current. */
struct erasure_keys; /* storage/erasure_keys.h */

struct seal_keys {
    _Atomic uint32_t current[DOMAIN_MAX];
    struct seal_key key[DOMAIN_MAX][SEAL_EPOCHS_MAX];
    struct erasure_keys *
        erasure; /* the other half of documents' keys; NULL only where a test has no documents of its own */
};

/* Everything a cell is bound to. */
struct seal_place {
    uint32_t table;
    uint32_t record_type;
    bytes key;
    struct owner owner;
    uint32_t chunk_index, chunk_count; /* 0, 0 when it is no chunk */
    uint32_t epoch;                    /* of the key that seals it */
};

/* Writes plain.len + SEAL_OVERHEAD bytes to OUT. */
void seal_cell(const struct seal_key *key, const struct seal_place *place,
               struct random_source *random, bytes plain, uint8_t *out);
/* Writes cell.len - SEAL_OVERHEAD bytes to OUT, or STORE_CORRUPT and nothing. */
status open_cell(const struct seal_key *key, const struct seal_place *place, bytes cell,
                 uint8_t *out);
/* The epoch written in a cell; STORE_CORRUPT when it is too short or of another version. */
status seal_cell_epoch(bytes cell, uint32_t *ret_epoch);

/* keyed-BLAKE2b of LABEL ‖ 0x00 ‖ INPUT with the blinding key: OUT_LEN is 16 to 64 (SEC-D2). */
void seal_blind(const struct seal_keys *keys, const char *label, bytes input, uint8_t *out,
                size_t out_len);
struct owner owner_of_registration(const struct seal_keys *keys, bytes registration_number);

#endif
