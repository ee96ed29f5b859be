/*
 * passphrase_sign_in: the route of CreateSession for people without an enrolled device at hand (SEC-B6).
 *
 * What is done does not depend on who exists (SEC-B3): an unknown number has a decoy's hash and a decoy's code key, costs the same
 * Argon2id on the secrets' pool (SEC-B2), takes the same attempts and hears the same refusal.  Attempts count by network, by member and
 * network, and, far above what a person does, by member; live sessions and the device's route know nothing of them (SEC-B4).
 *
 * Runs in CreateSession's transactions; goes aside once.
 * Reasons  SIGN_IN_REFUSED (number, passphrase or code: no difference is told) · DEVICE_KEY_INVALID (the session's key) · RATE_LIMITED ·
 *          OVERLOADED.
 */
#ifndef HAYAT_SERVICE_PASSPHRASE_SIGN_IN_H
#define HAYAT_SERVICE_PASSPHRASE_SIGN_IN_H

#include "hayat/v1/session.pb-c.h"
#include "service/rpc.h"

status passphrase_sign_in(struct rpc *rpc, const Hayat__V1__PassphraseProof *proof,
                          Hayat__V1__CreateSessionResponse *response);

#endif
