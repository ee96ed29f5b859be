/*
 * token: bearer tokens: 32 bytes that nobody can guess, and the keyed hash by which the store knows them (SEC-B5).
 *
 * Text       "hyt_" (access) or "hyr_" (refresh) and 52 base32 characters.
 * Successor  a refresh makes its new tokens from the old one, the client's rotation id and a stored salt, under DOMAIN_TOKEN's
 *            key: the same wish gets the same tokens again, though no token is stored, and store and keys together make none (SEC-B7).
 * Threads    re-entrant.
 * Reasons    TOKEN_INVALID (not of that shape).
 */
#ifndef HAYAT_AUTH_TOKEN_H
#define HAYAT_AUTH_TOKEN_H

#include "auth/principal.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"

enum {
    TOKEN_BYTES = 32,
    TOKEN_TEXT_LEN = 4 + 52, /* without the NUL */
    TOKEN_SALT_BYTES = 32,
};

enum token_kind { TOKEN_ACCESS, TOKEN_REFRESH };

struct token {
    uint8_t bytes[TOKEN_BYTES];
};

struct token token_new(struct random_source *random);
status token_parse(enum token_kind kind, bytes text, struct token *ret_token);
void token_format(enum token_kind kind, const struct token *token, char out[TOKEN_TEXT_LEN + 1]);
/* What the store keys the token's row by. */
void token_store_key(const struct seal_keys *keys, const struct token *token,
                     uint8_t ret_hash[TOKEN_HASH_BYTES]);

struct token_origin {
    const struct token *old;
    bytes rotation_id;
    bytes salt; /* TOKEN_SALT_BYTES */
};
struct token token_successor(const struct seal_keys *keys, enum token_kind kind,
                             const struct token_origin *origin);

#endif
