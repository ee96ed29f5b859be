#include "service/bank_change_rules.h"

#include "base/limits.h"

/* RULE BANK-1 */
bool bank_change_may(bank_change_state from, bank_change_state to)
{
    switch (from) {
    case BANK_CHANGE(UNSPECIFIED): /* a new one */
        return to == BANK_CHANGE(PROPOSED);
    case BANK_CHANGE(PROPOSED):
        return to == BANK_CHANGE(COOLING) || to == BANK_CHANGE(CANCELLED) ||
               to == BANK_CHANGE(EXPIRED);
    case BANK_CHANGE(COOLING):
        return to == BANK_CHANGE(CHECKING) || to == BANK_CHANGE(CANCELLED) ||
               to == BANK_CHANGE(REFUSED);
    case BANK_CHANGE(CHECKING):
        return to == BANK_CHANGE(ACTIVE) || to == BANK_CHANGE(REJECTED) ||
               to == BANK_CHANGE(IN_REVIEW) || to == BANK_CHANGE(CANCELLED) ||
               to == BANK_CHANGE(REFUSED);
    case BANK_CHANGE(IN_REVIEW):
        return to == BANK_CHANGE(ACTIVE) || to == BANK_CHANGE(REJECTED) ||
               to == BANK_CHANGE(CANCELLED) || to == BANK_CHANGE(REFUSED);
    case BANK_CHANGE(ACTIVE):
    case BANK_CHANGE(REFUSED):
    case BANK_CHANGE(CANCELLED):
    case BANK_CHANGE(REJECTED):
    case BANK_CHANGE(EXPIRED):
    case _HAYAT__STORE__V1__BANK_CHANGE_STATE_IS_INT_SIZE:
        break;
    }
    return false;
}

bool bank_change_is_open(bank_change_state state)
{
    return bank_change_may(state, BANK_CHANGE(REFUSED));
}

static bool is_trusted(const struct bank_signer *signer)
{
    return signer->has_device && !signer->by_sms &&
           signer->device_age_ms >= LIMIT_BANK_YOUNG_DEVICE_MS;
}

/* SEC-C1 */
int64_t bank_cooling_ms(const struct bank_signer *signer)
{
    return is_trusted(signer) ? LIMIT_BANK_COOLING_MS : LIMIT_BANK_COOLING_LONG_MS;
}

/* SEC-C3 */
uint32_t bank_persons_needed(const struct bank_signer *signer)
{
    return is_trusted(signer) ? 1 : 2;
}

/* SEC-C3 */
bank_change_state bank_state_after(bank_answer answer, uint32_t check_count)
{
    switch (answer) {
    case BANK_ANSWER(MATCH):
        return BANK_CHANGE(ACTIVE);
    case BANK_ANSWER(NO_MATCH):
        return BANK_CHANGE(REJECTED);
    case BANK_ANSWER(CLOSE_MATCH):
    case BANK_ANSWER(NOT_POSSIBLE):
    case BANK_ANSWER(SILENT):
        return BANK_CHANGE(IN_REVIEW);
    case BANK_ANSWER(UNSPECIFIED): /* slow, silent or unreadable is never yes */
    case _HAYAT__STORE__V1__BANK_ANSWER_IS_INT_SIZE:
        break;
    }
    return check_count < LIMIT_BANK_TRIES ? BANK_CHANGE(CHECKING) : BANK_CHANGE(IN_REVIEW);
}

int64_t bank_retry_ms(uint32_t check_count, uint64_t dice)
{
    int64_t wait_ms = LIMIT_BANK_RETRY_MS;
    for (uint32_t i = 1; i < check_count && wait_ms < LIMIT_BANK_RETRY_MAX_MS; i++) {
        wait_ms *= 2;
    }
    wait_ms = wait_ms < LIMIT_BANK_RETRY_MAX_MS ? wait_ms : LIMIT_BANK_RETRY_MAX_MS;
    return wait_ms / 2 + (int64_t)(dice % (uint64_t)wait_ms);
}
