/*
 * statement_verify: checks a statement's file with nothing but its signature and the fund's public key.  Knows no store:
 * clients link it.
 *
 * The signature is Ed25519 over  "hayat statement v1" ‖ 0x00 ‖ payload; the payload holds the file's size and SHA-256.
 *
 * Memory  outputs live in the arena.
 * Reasons STATEMENT_INVALID (any difference, whatever it is) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_STATEMENT_VERIFY_H
#define HAYAT_SERVICE_STATEMENT_VERIFY_H

#include "hayat/v1/statement.pb-c.h"
#include "service/receipt_verify.h"

enum { STATEMENT_SHA256_BYTES = 32 };

#define STATEMENT_KIND "hayat.statement.v1"
#define STATEMENT_CONTEXT "hayat statement v1"

/* The signature alone; the file is compared by statement_matches. */
status statement_verify(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                        const Hayat__V1__SignedStatement *statement, struct arena *arena,
                        Hayat__V1__StatementPayload **ret_payload);
/* What is signed without looking at the signature: for a client that has no key yet. */
status statement_payload(const Hayat__V1__SignedStatement *statement, struct arena *arena,
                         Hayat__V1__StatementPayload **ret_payload);
/* A file of that size and SHA-256 is the one the payload tells of. */
bool statement_matches(const Hayat__V1__StatementPayload *payload, uint64_t size_bytes,
                       const uint8_t sha256[STATEMENT_SHA256_BYTES]);

#endif
