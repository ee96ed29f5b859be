#include "service/legal_clock.h"

/* With half of all days off, the longest delay ends well before; a calendar without working days must end too. */
enum { DAYS_LOOKED_AT = 4 * DELAY_LIMIT_MAX };

/* RULE AMO-DELAY-VERSION: the rule in force when the clock began counts to its end.  domain 4 */
const struct delay_rule *delay_rule_on(const struct delay_rule *rules, size_t count, int64_t day)
{
    const struct delay_rule *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        bool valid = rules[i].valid_from <= day;
        if (valid && (newest == NULL || rules[i].valid_from >= newest->valid_from)) {
            newest = &rules[i];
        }
    }
    return newest;
}

/* What counts: which part of which days. */
struct counting {
    const struct calendar *calendar;
    enum delay_unit unit;
};

struct span {
    int64_t from, to; /* empty when to ≤ from */
};

static bool counts_every_ms(enum delay_unit unit)
{
    return unit == DELAY_HOURS || unit == DELAY_DAYS || unit == DELAY_MONTHS;
}

/* The part of DAY that counts. */
static struct span counted_of_day(const struct counting *counting, int64_t day)
{
    const struct calendar *calendar = counting->calendar;
    int64_t midnight = calendar_midnight(calendar, day);
    if (!calendar_is_working_day(calendar, day)) {
        return (struct span){midnight, midnight};
    }
    if (counting->unit == DELAY_WORKING_DAYS) {
        return (struct span){midnight, midnight + MS_PER_DAY};
    }
    return (struct span){midnight + calendar->day_start_minute * 60000LL,
                         midnight + calendar->day_end_minute * 60000LL};
}

static struct span clip(struct span a, struct span b)
{
    return (struct span){a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to};
}

/* Takes what counts in RUN off *LEFT; the instant at which nothing is left, or 0. */
static int64_t take(const struct counting *counting, struct span run, int64_t *left)
{
    if (run.to <= run.from) {
        return 0;
    }
    if (counts_every_ms(counting->unit)) {
        if (run.to - run.from >= *left) {
            return run.from + *left;
        }
        *left -= run.to - run.from;
        return 0;
    }
    int64_t day = calendar_day_of(counting->calendar, run.from);
    for (int64_t i = 0; i < DAYS_LOOKED_AT; i++, day++) {
        if (calendar_midnight(counting->calendar, day) >= run.to) {
            return 0;
        }
        struct span part = clip(run, counted_of_day(counting, day));
        if (part.to <= part.from) {
            continue;
        }
        if (part.to - part.from >= *left) {
            return part.from + *left;
        }
        *left -= part.to - part.from;
    }
    return 0;
}

static bool is_of_hours(enum delay_unit unit)
{
    return unit == DELAY_HOURS || unit == DELAY_WORKING_HOURS;
}

static int64_t length_ms(const struct delay_rule *rule, int64_t start_day)
{
    if (rule->unit == DELAY_MONTHS) {
        return (calendar_add_months(start_day, rule->limit) - start_day) * MS_PER_DAY;
    }
    return (int64_t)rule->limit * (is_of_hours(rule->unit) ? MS_PER_HOUR : MS_PER_DAY);
}

/* RULE AMO-DELAY-PAUSE: a clock stops while the fund waits for the member.  domain 4 */
static int64_t due_ms(const struct delay_rule *rule, const struct calendar *calendar,
                      const struct clock_facts *facts)
{
    struct counting counting = {calendar, rule->unit};
    int64_t start_day = calendar_day_of(calendar, facts->start_ms);
    int64_t left = length_ms(rule, start_day);
    /* RULE AMO-DELAY-START: the day on which it begins is not counted in a delay of days.  domain 4 */
    int64_t from = is_of_hours(rule->unit) ? facts->start_ms
                                           : calendar_midnight(calendar, start_day + 1);
    for (size_t i = 0; i < facts->pause_count && i < PAUSES_MAX; i++) {
        const struct clock_pause *pause = &facts->pauses[i];
        int64_t due = take(&counting, (struct span){from, pause->start_ms}, &left);
        if (due != 0 || pause->end_ms == 0) {
            return due;
        }
        from = pause->end_ms > from ? pause->end_ms : from;
    }
    return take(&counting, (struct span){from, INT64_MAX / 2}, &left);
}

static bool is_paused(const struct clock_facts *facts)
{
    return facts->stop_ms == 0 && facts->pause_count > 0 &&
           facts->pauses[facts->pause_count - 1].end_ms == 0;
}

struct clock_state legal_clock_at(const struct delay_rule *rule, const struct calendar *calendar,
                                  const struct clock_facts *facts, int64_t now_ms)
{
    struct clock_state state = {.due_ms = due_ms(rule, calendar, facts),
                                .paused = is_paused(facts)};
    int64_t until = facts->stop_ms != 0 ? facts->stop_ms : now_ms;
    state.overdue = state.due_ms != 0 && until > state.due_ms;
    return state;
}
