#include "service/filing_rules.h"

bool filing_is_continuous(const struct filing_facts *facts)
{
    return facts->last_care_day > facts->first_care_day;
}

int64_t filing_start(const struct filing_facts *facts)
{
    return filing_is_continuous(facts) ? facts->last_care_day : facts->first_care_day;
}

/* RULE AMO-FILING: within two months of the first act, or sixty days after a continuous treatment ends.  domain 4 */
int64_t filing_last_day(const struct filing_facts *facts, const struct delay_rule *rule,
                        const struct calendar *calendar)
{
    int64_t start = filing_start(facts);
    if (start == 0) {
        return 0;
    }
    const struct clock_facts clock = {.start_ms = calendar_midnight(calendar, start)};
    struct clock_state state = legal_clock_at(rule, calendar, &clock, clock.start_ms);
    return calendar_day_of(calendar, state.due_ms - 1); /* it is due when the day ends */
}
