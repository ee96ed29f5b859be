/*
 * applicant: somebody who enrols a device, for tests: an invented member with an address and a number filed in person, an Ed25519
 * key, and what the fund sends them.
 *
 * Memory   texts and replies live in h->arena.
 * Everything fails by cmocka assertions, but for what a call answers.
 */
#ifndef HAYAT_TESTS_APPLICANT_H
#define HAYAT_TESTS_APPLICANT_H

#include "hayat/store/v1/delivery.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "hayat/v1/enrolment.pb-c.h"
#include "tests/support/harness.h"

#define ENROLMENT_METHOD(name) "/hayat.v1.EnrolmentService/" name
#define BY(name) HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_##name

struct applicant {
    const char *registration_number, *cine_number;
    int64_t birth_days;
    struct owner owner;
    uint8_t public_key[32], secret_key[64];
    char enrolment_id[ID_TEXT_MAX]; /* of the last start that went well */
};

/* Of nobody yet, with a fresh key. */
struct applicant applicant(struct harness *h, const char *registration_number);
/* The fund's records of the applicant: MA, address version 1. */
void applicant_file(struct harness *h, const struct applicant *a);
/* The same, as CHANGE left them. */
typedef void member_change(Hayat__Store__V1__StoredMember *member);
void applicant_file_changed(struct harness *h, const struct applicant *a, member_change *change);
void applicant_new_key(struct applicant *a);

/* A good request to start, signed. */
Hayat__V1__StartEnrolmentRequest *applicant_request(struct harness *h, struct applicant *a,
                                                    Hayat__V1__EnrolmentChannel channel);
struct harness_reply applicant_start(struct harness *h, struct applicant *a,
                                     Hayat__V1__EnrolmentChannel channel);
struct harness_reply applicant_confirm(struct harness *h, const struct applicant *a,
                                       const char *code);
struct harness_reply applicant_resend(struct harness *h, const struct applicant *a);

/* The newest row of the outbox; its payload's length too. */
struct sent {
    uint64_t sequence;
    size_t payload_len;
    struct owner owner;
    Hayat__Store__V1__StoredMessage *message;
};
struct sent applicant_last_sent(struct harness *h);
/* The newest code that was really sent to the applicant; fails when there is none. */
const char *applicant_code(struct harness *h, const struct applicant *a);

/* "dev_…" of a confirmation that went well. */
const char *applicant_device(const struct harness_reply *reply);
/* A session of that device; fails unless it can sign in. */
const char *applicant_sign_in(struct harness *h, const struct applicant *a, const char *device_id);

#endif
