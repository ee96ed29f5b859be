/*
 * enrolment_person: who somebody says they are, against what the fund knows; and the budget of what may be sent to them.
 *
 * The same look-ups and the same writes for everybody (SEC-B3): who is not known, or said something wrong, is a stranger under a
 * name of its own, made of all that was said, so that a stranger's tries spend nothing of a member's.
 *
 * Threads  in a transaction; the budget in a WRITE one.
 * Reasons  those of storage.
 */
#ifndef HAYAT_SERVICE_ENROLMENT_PERSON_H
#define HAYAT_SERVICE_ENROLMENT_PERSON_H

#include "auth/secret_hash.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

#define ENROLMENT_CHANNEL(name) HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_##name

/* What somebody said of themselves. */
struct claimed_person {
    bytes registration_number, cine_number;
    int64_t birth_days;
};

struct person {
    struct owner owner; /* a stranger's is nobody's */
    uint32_t address_version;
    const Hayat__Store__V1__StoredMember *member; /* NULL for a stranger */
};

status person_find(struct txn *txn, const struct claimed_person *claimed,
                   struct person *ret_person);
/* The member that is OWNER, or the stranger. */
status person_of(struct txn *txn, struct owner owner, struct person *ret_person);

/* Takes one message of the person's budget (SEC-B4); *ret_sendable when it is not spent and there is somewhere to send it. */
status person_take_message(struct txn *txn, const struct person *person,
                           Hayat__Store__V1__EnrolmentChannel channel, bool *ret_sendable);

#endif
