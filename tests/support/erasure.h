/* erasure: a member asks to be erased, and takes it back, as their app does, and persons claim the task; for tests.  Texts live in the harness's
   arena. */
#ifndef HAYAT_TESTS_ERASURE_H
#define HAYAT_TESTS_ERASURE_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "hayat/v1/privacy.pb-c.h"
#include "tests/support/harness.h"

#define PRIVACY(name) "/hayat.v1.PrivacyService/" name

/* Confirmed by SECRET, the device's, when the server asks for that. */
struct harness_reply erasure_ask(struct harness *h, const char *access, const uint8_t *secret);
/* The wish of one that must go well. */
const Hayat__V1__Rectification *erasure_asked(struct harness *h, const char *access,
                                              const uint8_t *secret);
struct harness_reply erasure_withdraw(struct harness *h, const char *access, const char *wish);
/* The newest wish of any kind; NULL when there is none. */
const Hayat__V1__Rectification *erasure_newest(struct harness *h, const char *access);

/* The next wish to decide on. */
struct harness_reply erasure_claim(struct harness *h, const struct harness_caller *who);
/* The task of one that must go well. */
const Hayat__Backoffice__V1__Task *erasure_claimed(struct harness *h,
                                                   const struct harness_caller *who);

#endif
