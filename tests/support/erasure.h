/* erasure: a member asks to be erased, and takes it back, as their app does; for tests.  Texts live in the harness's arena. */
#ifndef HAYAT_TESTS_ERASURE_H
#define HAYAT_TESTS_ERASURE_H

#include "hayat/v1/privacy.pb-c.h"
#include "tests/support/harness.h"

#define PRIVACY(name) "/hayat.v1.PrivacyService/" name

/* Confirmed by SECRET, the device's, when the server asks for that. */
struct harness_reply erasure_ask(struct harness *h, const char *access, const uint8_t *secret);
/* The wish of one that must go well. */
const Hayat__V1__Rectification *erasure_asked(struct harness *h, const char *access,
                                              const uint8_t *secret);
struct harness_reply erasure_withdraw(struct harness *h, const char *access, const char *wish);

#endif
