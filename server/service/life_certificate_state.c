#include "service/life_certificate_state.h"

#include "base/array.h"
#include "base/limits.h"

/* --- certificates --- */

struct certificate_step {
    certificate_state from, to;
};

/* The drawing in the header, line by line. */
static const struct certificate_step certificate_steps[] = {
    {CERTIFICATE(UNSPECIFIED), CERTIFICATE(DRAFT)},
    {CERTIFICATE(UNSPECIFIED), CERTIFICATE(SUBMITTED)}, /* papers */
    {CERTIFICATE(UNSPECIFIED), CERTIFICATE(ACCEPTED)},  /* the registry */
    {CERTIFICATE(DRAFT), CERTIFICATE(SUBMITTED)},
    {CERTIFICATE(SUBMITTED), CERTIFICATE(IN_REVIEW)},
    {CERTIFICATE(SUBMITTED), CERTIFICATE(ACCEPTED)}, /* the registry */
    {CERTIFICATE(IN_REVIEW), CERTIFICATE(ACCEPTED)},
    {CERTIFICATE(IN_REVIEW), CERTIFICATE(REFUSED)},
    {CERTIFICATE(IN_REVIEW), CERTIFICATE(MORE_NEEDED)},
    {CERTIFICATE(MORE_NEEDED), CERTIFICATE(SUBMITTED)},
    {CERTIFICATE(MORE_NEEDED), CERTIFICATE(ACCEPTED)}, /* the registry */
};

bool certificate_may(certificate_state from, certificate_state to)
{
    for (size_t i = 0; i < ARRAY_LEN(certificate_steps); i++) {
        if (certificate_steps[i].from == from && certificate_steps[i].to == to) {
            return true;
        }
    }
    return false;
}

bool certificate_is_open(certificate_state state)
{
    return state == CERTIFICATE(DRAFT) || state == CERTIFICATE(MORE_NEEDED);
}

bool certificate_is_filed(certificate_state state)
{
    return state == CERTIFICATE(SUBMITTED) || state == CERTIFICATE(IN_REVIEW) ||
           state == CERTIFICATE(ACCEPTED);
}

bool certificate_was_filed(certificate_state state)
{
    return state != CERTIFICATE(UNSPECIFIED) && state != CERTIFICATE(DRAFT);
}

/* --- obligations --- */

struct ranked {
    certificate_state state;
    obligation_state obligation;
};

/* The later one counts. */
static const struct ranked ranks[] = {
    {CERTIFICATE(UNSPECIFIED), OBLIGATION(DUE)},
    {CERTIFICATE(REFUSED), OBLIGATION(REFUSED)},
    {CERTIFICATE(DRAFT), OBLIGATION(DRAFT)},
    {CERTIFICATE(MORE_NEEDED), OBLIGATION(MORE_NEEDED)},
    {CERTIFICATE(SUBMITTED), OBLIGATION(SUBMITTED)},
    {CERTIFICATE(IN_REVIEW), OBLIGATION(IN_REVIEW)},
    {CERTIFICATE(ACCEPTED), OBLIGATION(ACCEPTED)},
};

int certificate_rank(certificate_state state)
{
    for (size_t i = 0; i < ARRAY_LEN(ranks); i++) {
        if (ranks[i].state == state) {
            return (int)i;
        }
    }
    return 0;
}

obligation_state obligation_state_of(certificate_state best, obligation_suspension suspension)
{
    switch (suspension) {
    case SUSPENSION(PROPOSED):
        return OBLIGATION(SUSPENSION_PROPOSED);
    case SUSPENSION(SUSPENDED):
        return OBLIGATION(SUSPENDED);
    case SUSPENSION(LIFTED):
        return OBLIGATION(REINSTATED);
    case SUSPENSION(UNSPECIFIED):
    case _HAYAT__STORE__V1__OBLIGATION_SUSPENSION_IS_INT_SIZE:
        break;
    }
    return ranks[certificate_rank(best)].obligation;
}

/* Whether certificates alone make an obligation so. */
static bool is_of_certificates(obligation_state state)
{
    return state >= OBLIGATION(DUE) && state <= OBLIGATION(REFUSED);
}

bool obligation_is_open(obligation_state state)
{
    return state == OBLIGATION(DRAFT) || state == OBLIGATION(SUBMITTED) ||
           state == OBLIGATION(IN_REVIEW) || state == OBLIGATION(MORE_NEEDED);
}

/* With several certificates in one year any of them may be the one that counts next, but none takes back an acceptance. */
bool obligation_may(obligation_state from, obligation_state to)
{
    if (from == OBLIGATION(UNSPECIFIED) || from == OBLIGATION(SUSPENSION_PROPOSED)) {
        return is_of_certificates(to) ||
               (from == OBLIGATION(SUSPENSION_PROPOSED) && to == OBLIGATION(SUSPENDED));
    }
    if (from == OBLIGATION(SUSPENDED)) {
        return to == OBLIGATION(REINSTATED);
    }
    if (to == OBLIGATION(SUSPENSION_PROPOSED)) {
        return from == OBLIGATION(DUE) || from == OBLIGATION(REFUSED);
    }
    return is_of_certificates(from) && from != OBLIGATION(ACCEPTED) && is_of_certificates(to) &&
           to != OBLIGATION(DUE) && to != from;
}

/* --- suspensions --- */

/* RULE LC-7 */
enum suspension_lack suspension_lacks(const struct suspension_facts *facts)
{
    obligation_state state = obligation_state_of(facts->best, SUSPENSION(UNSPECIFIED));
    bool silent = state == OBLIGATION(DUE) || state == OBLIGATION(REFUSED);
    if (!silent || facts->unbound || facts->upload_open) {
        return LACK_OF_SILENCE;
    }
    if (facts->today <= facts->grace_end || facts->steady_waited_ms < facts->steady_needed_ms) {
        return LACK_OF_TIME;
    }
    if (facts->reminders < LIMIT_SUSPENSION_REMINDERS || facts->unreminded) {
        return LACK_OF_REMINDERS;
    }
    if (facts->reminder_waited_ms < LIMIT_SUSPENSION_WAIT_MS) {
        return LACK_OF_TIME;
    }
    return facts->two_ways ? LACK_OF_NOTHING : LACK_OF_A_WAY;
}

bool suspension_conditions(const struct suspension_facts *facts)
{
    return suspension_lacks(facts) == LACK_OF_NOTHING;
}

bool suspension_conditions_but_upload(const struct suspension_facts *facts)
{
    struct suspension_facts without = *facts;
    without.upload_open = false;
    return suspension_conditions(&without);
}

bool obligation_may_propose(const struct suspension_facts *facts)
{
    return facts->suspension == SUSPENSION(UNSPECIFIED) && !facts->held_back &&
           suspension_conditions(facts);
}
