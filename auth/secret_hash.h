/*
 * secret_hash: codes and passphrases as stored: Argon2id over a keyed hash (SEC-B1).
 *
 * Layout   version (1) ‖ salt (16) ‖ tag (32).  The tag is Argon2id of keyed-BLAKE2b-256(secret) with the salt; the
 *          key is DOMAIN_PEPPER's, which lives outside the store and never rotates: the store alone cannot even be guessed against.
 * Cost     version 1: two passes over 19 MiB, one lane (RFC 9106 through libsodium): some 20 to 40 ms and 19 MiB each.
 * Threads  re-entrant, but slow: only on the secrets' pool (rpc->aside.pool = ASIDE_SECRETS), never on a queue or the writer's thread,
 *          never inside a transaction (SEC-B2).  Tests and programs beside the server may call it anywhere.
 * Reasons  OVERLOADED (no memory for it).
 */
#ifndef HAYAT_AUTH_SECRET_HASH_H
#define HAYAT_AUTH_SECRET_HASH_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"
#include "storage/seal.h"

enum {
    SECRET_SALT_BYTES = 16,
    SECRET_TAG_BYTES = 32,
    SECRET_HASH_BYTES = 1 + SECRET_SALT_BYTES + SECRET_TAG_BYTES,
};

struct secret_hash {
    uint8_t bytes[SECRET_HASH_BYTES];
};

status secret_hash_make(const struct seal_keys *keys, struct random_source *random, bytes secret,
                        struct secret_hash *out);

/* True when HASH was made of SECRET.  False for a hash that is none, after the same work. */
bool secret_hash_matches(const struct seal_keys *keys, const struct secret_hash *hash,
                         bytes secret);

/* A hash no secret is known for: for spending the same time on people who do not exist (SEC-B3). */
struct secret_hash secret_hash_decoy(void);

/* From a stored field; the decoy when it is not SECRET_HASH_BYTES long. */
struct secret_hash secret_hash_of(bytes stored);

#endif
