/*
 * bank_change_rules: what may become of a change of account, and when.
 *
 *              ┌────────────────────────── cancel ──┬───────────────┬────────────────┐
 *              │            ┌───────────── refuse ──┼───────────────┼──────────────┐ │
 *   PROPOSED ──┴─confirm──> COOLING ──its end──> CHECKING ──unclear, silent──> IN_REVIEW ──no──> REJECTED
 *      │                                            │  └─────NO_MATCH─────────────│──────────────^
 *      └─15 min, or another proposal─> EXPIRED      └──MATCH──> ACTIVE <──yes─────┘
 *
 *   cancel → CANCELLED and refuse → REFUSED from COOLING, CHECKING and IN_REVIEW; cancel also from PROPOSED.
 *   ACTIVE, REFUSED, CANCELLED, REJECTED and EXPIRED are ends.                             RULE BANK-1, SEC-C1 to SEC-C3
 *
 * Pure functions; re-entrant.  Units: milliseconds.
 */
#ifndef HAYAT_SERVICE_BANK_CHANGE_RULES_H
#define HAYAT_SERVICE_BANK_CHANGE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "hayat/store/v1/bank.pb-c.h"

#define BANK_CHANGE(name) HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_##name
#define BANK_ANSWER(name) HAYAT__STORE__V1__BANK_ANSWER__BANK_ANSWER_##name

typedef Hayat__Store__V1__BankChangeState bank_change_state;
typedef Hayat__Store__V1__BankAnswer bank_answer;

/* Whether FROM may be followed by TO. */
bool bank_change_may(bank_change_state from, bank_change_state to);
/* Neither proposed only nor ended: it keeps another from being proposed. */
bool bank_change_is_open(bank_change_state state);

/* What is known of the key that confirmed. */
struct bank_signer {
    bool has_device; /* false for a session by passphrase */
    bool by_sms;     /* the device was enrolled by SMS */
    int64_t device_age_ms;
};

/* SEC-C1 */
int64_t bank_cooling_ms(const struct bank_signer *signer);
/* How many agents must agree when a person decides: two when an SMS was enough to enrol, when no device vouches, or when it is young: then
   it may be the phone of an agent who gave the code out, and who is neither of them (RULE TASK-1). */
uint32_t bank_persons_needed(const struct bank_signer *signer);

/* What the bank's answer leads to; CHECKING when it must be asked again (SEC-C3: only MATCH activates by itself). */
bank_change_state bank_state_after(bank_answer answer, uint32_t check_count);

/* How long to wait after CHECK_COUNT questions without an answer; DICE is random. */
int64_t bank_retry_ms(uint32_t check_count, uint64_t dice);

#endif
