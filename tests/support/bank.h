/*
 * bank: a member with an account, for tests of changing it: invented numbers, the steps of a change, what the job would do.
 *
 * Memory   texts and messages live in h->arena.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_BANK_H
#define HAYAT_TESTS_BANK_H

#include "hayat/v1/bank_account.pb-c.h"
#include "service/bank_change.h"
#include "service/notice.h"
#include "tests/support/fund.h"
#include "tests/support/member_session.h"

#define BANK_METHOD(name) "/hayat.v1.BankAccountService/" name

/* What the harness's invented holder is called. */
#define BANK_HOLDER "Fictif Essai-0"

/* A valid RIB of bank 999 that NUMBER tells from others. */
void bank_rib(uint64_t number, char out[RIB_DIGITS + 1]);
const char *bank_rib_text(struct harness *h, uint64_t number);

struct bank_member {
    struct harness_member member;
    struct member_session session;
    const char *phone_number, *address;
};

/* With a phone number, an address and the account NUMBER (0: none yet); the device is AGE_DAYS old. */
struct bank_member bank_member(struct harness *h, const char *registration_number, uint64_t account,
                               int64_t age_days);
/* Marks the member's device as enrolled by SMS. */
void bank_enrolled_by_sms(struct harness *h, const struct bank_member *m);
/* A new session of the same device, as after the old one ended. */
void bank_sign_in(struct harness *h, struct bank_member *m);
/* Time goes by; sessions end in the meantime, and the device signs in again. */
void bank_pass(struct harness *h, struct bank_member *m, int64_t ms);

struct harness_reply bank_propose(struct harness *h, const struct bank_member *m, uint64_t account);
/* The change of a proposal that must go well. */
Hayat__V1__BankAccountChange *bank_proposed(struct harness *h, const struct bank_member *m,
                                            uint64_t account);
/* Step-up and all. */
struct harness_reply bank_confirm(struct harness *h, const struct bank_member *m,
                                  const Hayat__V1__BankAccountChange *change);
/* A change that is confirmed; its id. */
const char *bank_cooling(struct harness *h, const struct bank_member *m, uint64_t account);
struct harness_reply bank_cancel(struct harness *h, const struct bank_member *m,
                                 const char *change_id);
struct harness_reply bank_refuse(struct harness *h, const char *code);
Hayat__V1__BankAccountChange *bank_get(struct harness *h, const struct bank_member *m,
                                       const char *change_id);
Hayat__V1__BankAccountChangeState bank_state(struct harness *h, const struct bank_member *m,
                                             const char *change_id);
/* As it is stored. */
bank_change_row *bank_stored(struct harness *h, const struct bank_member *m, const char *change_id);
/* "" when there is none. */
const char *bank_active_rib(struct harness *h, const struct bank_member *m);

/* The newest refusal code on its way to the member; NULL when there is none. */
const char *bank_refusal_code(struct harness *h, const struct bank_member *m);
/* How many notices of KIND wait for the member. */
size_t bank_notices(struct harness *h, const struct bank_member *m, enum notice_kind kind);

/* What the job does with all that is due; returns how many questions the bank was asked. */
size_t bank_run_due(struct harness *h);
/* The bank answers, or persons decide; the status is the step's. */
status bank_answer_with(struct harness *h, const struct bank_member *m, const char *change_id,
                        bank_answer what);
status bank_decide(struct harness *h, const struct bank_member *m, const char *change_id,
                   bool approved);

#endif
