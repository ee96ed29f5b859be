/*
 * audit_head: a head of the audit chain under the fund's signature (SEC-F1).  Pure.
 *
 * Signed, with Ed25519:  "hayat audit head v1" ‖ 0x00 ‖ sequence (u64) ‖ time in ms (u64) ‖ head (32), big-endian.
 * As a line, in the exported file and in syslog, fields apart by one space:
 *
 *     hayat-audit-head v1 KEY_ID SEQUENCE TIME_MS HEAD SIGNATURE
 *
 * KEY_ID is the first 8 bytes of BLAKE2b-256(public key); bytes are lower-case hex, numbers decimal.  Whoever has the public
 * key and an old line can tell that nothing up to it was changed since.
 *
 * Memory   a signer holds a secret: audit_signer_fini wipes it.
 * Threads  re-entrant.
 */
#ifndef HAYAT_STORAGE_AUDIT_HEAD_H
#define HAYAT_STORAGE_AUDIT_HEAD_H

#include <stdbool.h>

#include "storage/audit_entry.h"
#include "storage/seal.h"

enum {
    AUDIT_SIGNATURE_BYTES = 64,
    AUDIT_PUBLIC_KEY_BYTES = 32,
    AUDIT_KEY_ID_LEN = 16,
    AUDIT_LINE_MAX = 320, /* with its newline and NUL */
};

struct audit_head {
    uint64_t sequence;
    int64_t time_ms;
    struct audit_hash hash;
    uint8_t signature[AUDIT_SIGNATURE_BYTES];
};

struct audit_signer {
    uint8_t public_key[AUDIT_PUBLIC_KEY_BYTES];
    uint8_t secret_key[64]; /* libsodium's Ed25519 secret key */
    char key_id[AUDIT_KEY_ID_LEN + 1];
};

/* The Ed25519 key whose seed is the key of DOMAIN_AUDIT. */
void audit_signer_init(struct audit_signer *signer, const struct seal_keys *keys);
void audit_signer_fini(struct audit_signer *signer);
void audit_key_id(const uint8_t *public_key, char out[AUDIT_KEY_ID_LEN + 1]);

/* Fills head->signature. */
void audit_head_sign(const struct audit_signer *signer, struct audit_head *head);
bool audit_head_is_signed(const uint8_t *public_key, const struct audit_head *head);

/* The line with its newline; returns its length. */
size_t audit_head_format(const struct audit_head *head, const char *key_id,
                         char out[AUDIT_LINE_MAX]);
/* False unless LINE, without its newline, is such a line; the signature is not looked at. */
bool audit_head_parse(bytes line, struct audit_head *ret_head);

#endif
