/*
 * certificate_review_rules: by when a life certificate is decided on, how many persons that takes, and what their decision must say.
 *
 * Pure functions of values.  Source: the fund's domain notes, section 5 (a pensioner was refused three times, each time for another thing).
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_REVIEW_RULES_H
#define HAYAT_SERVICE_CERTIFICATE_REVIEW_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "hayat/v1/life_certificate.pb-c.h"

struct review_facts {
    Hayat__V1__ProofRoute route;
    bool in_time; /* it was filed so */
    bool on_paper;
    bool by_sms;    /* filed with a device that was enrolled by text message */
    bool no_device; /* ... by a session that no device vouches for: a passphrase's */
};

int64_t review_due_in_ms(const struct review_facts *facts);
/* A witness signed it, and no agent saw it on paper. */
bool review_is_witnessed(const struct review_facts *facts);
bool review_is_by_video(const struct review_facts *facts);
uint32_t review_persons_to_accept(const struct review_facts *facts);
/* DUE_PASSED: the campaign's due day is over as they decide. */
uint32_t review_persons_to_refuse(bool due_passed);

#endif
