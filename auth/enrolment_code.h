/*
 * enrolment_code: the codes that prove an enrolment, made once and shown once (SEC-B1).
 *
 * Text     12 characters of Crockford's base32 (60 bits) by post and at the agency, written "K7QM-2XRD-9HTV"; 8 digits by
 *          SMS.  As typed it may be in either case, with spaces and hyphens, with o for 0 and i or l for 1.
 * Binding  a code is hashed together with what it is good for, so that it opens nothing else: by post and SMS the pending
 *          enrolment, the device's key and the address version; at the agency the member.
 * Stored   as auth/secret_hash.h says; the text is in the letter, the message or the agent's reply alone.  Wipe it.
 * Life     by post and agency LIMIT_CODE_MS, abroad LIMIT_CODE_ABROAD_MS; by SMS LIMIT_CODE_SMS_MS; in steady time
 *          (storage/db.h).  Single use; LIMIT_CODE_TRIES a pending enrolment.
 * Threads  re-entrant.  Those marked slow are for the secrets' pool: never in a transaction (SEC-B2).
 *
 * At the agency (AgencyService.IssueEnrolmentCode): first run of the WRITE handler goes aside on ASIDE_SECRETS, which calls
 * agency_code_make; the second run calls agency_code_file and answers with code.text.  A new code ends the older one.
 */
#ifndef HAYAT_AUTH_ENROLMENT_CODE_H
#define HAYAT_AUTH_ENROLMENT_CODE_H

#include <stdbool.h>

#include "auth/device_key.h"
#include "auth/secret_hash.h"
#include "base/id.h"
#include "base/random.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "storage/table.h"

enum {
    CODE_LETTERS = 12,
    CODE_DIGITS = 8,
    CODE_TEXT_LEN = CODE_LETTERS + 2, /* with its hyphens, without the NUL */
    THUMBPRINT_BYTES = 32,
};

/* As it is written and typed. */
struct enrolment_code {
    char text[CODE_TEXT_LEN + 1];
};

/* Random, from RANDOM: digits for SMS, letters else. */
struct enrolment_code enrolment_code_draw(struct random_source *random,
                                          Hayat__Store__V1__EnrolmentChannel channel);

/* What a code is good for. */
struct code_binding {
    Hayat__Store__V1__EnrolmentChannel channel;
    struct owner owner;                   /* AGENCY only */
    struct id enrolment;                  /* POST and SMS only, as the rest */
    uint8_t thumbprint[THUMBPRINT_BYTES]; /* of the device's key */
    uint32_t address_version;
};

/* BLAKE2b-256 of algorithm and key. */
void device_key_thumbprint(const struct device_key *key, uint8_t out[THUMBPRINT_BYTES]);

/* Slow. */
status enrolment_code_hash(const struct seal_keys *keys, struct random_source *random,
                           const struct code_binding *binding, const struct enrolment_code *code,
                           struct secret_hash *ret_hash);
/* Slow, whatever TYPED is: a text that is no code takes as long and matches nothing. */
bool enrolment_code_matches(const struct seal_keys *keys, const struct code_binding *binding,
                            const struct secret_hash *hash, bytes typed);

/* --- at the agency --- */

struct agency_code {
    struct owner owner;
    struct enrolment_code code;
    struct secret_hash hash;
};

/* Slow. */
status agency_code_make(const struct seal_keys *keys, struct random_source *random,
                        struct owner owner, struct agency_code *ret_code);
/* In the writer's transaction; NOT_FOUND when there is no such member.  *ret_expire_ms is wall-clock time, to print. */
status agency_code_file(struct txn *txn, const struct agency_code *code, int64_t *ret_expire_ms);

/* How long a code sent by that channel to a member of that country lives. */
int64_t enrolment_code_life_ms(Hayat__Store__V1__EnrolmentChannel channel,
                               const char *country_code);

#endif
