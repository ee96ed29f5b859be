/*
 * enrolment: what StartEnrolment, ConfirmEnrolment and ResendCode have in common.
 *
 *   StartEnrolment ──▶ waits ──ConfirmEnrolment, right code──▶ confirmed (the same confirmation is answered again)
 *                      │  ▲ └── ResendCode: another code, the one before it is void
 *      wrong code: one of LIMIT_CODE_TRIES
 *                      ▼
 *     tries spent · expired · address changed · member gone: ENROLMENT_ENDED
 *
 * Each handler runs twice: first cheap checks in a transaction, then, aside, the device's signature and Argon2id (SEC-B2), then the
 * act in another transaction, which looks at everything again (SEC-A5).
 *
 * Memory   everything lives in the call's arena and is wiped with it.
 * Reasons  ENROLMENT_ENDED (also for an id that never was) · SIGNATURE_INVALID · those of storage.
 */
#ifndef HAYAT_SERVICE_ENROLMENT_H
#define HAYAT_SERVICE_ENROLMENT_H

#include "auth/device_key.h"
#include "auth/enrolment_code.h"
#include "service/enrolment_person.h"
#include "service/rpc.h"

/* A pending enrolment whose tries are not spent and whose time is not over. */
struct pending {
    struct id id;
    Hayat__Store__V1__StoredEnrolment *row;
    struct owner owner;
    struct device_key key;
    bool confirmed;
};

status pending_load(struct rpc *rpc, const char *enrolment_id, struct pending *ret_pending);

/* What its code is bound to, with the address as it was when the code was made. */
struct code_binding pending_binding(const struct pending *pending);

/* A code's message to PERSON, or, unless SENDABLE, one that looks alike and is never sent. */
struct code_sending {
    struct id enrolment;
    const struct person *person;
    const struct enrolment_code *code;
    Hayat__Store__V1__EnrolmentChannel channel;
    bool sendable;
};
status enrolment_send(struct rpc *rpc, const struct code_sending *sending);

/* How long a code sent so lives. */
int64_t person_code_life_ms(const struct person *person,
                            Hayat__Store__V1__EnrolmentChannel channel);

/* Goes aside for STEP; nothing is to be closed, the arena is wiped. */
status enrolment_aside(struct rpc *rpc, enum aside_pool pool, void *state,
                       status (*step)(struct rpc *rpc, void *state, bool *ret_more));

#endif
