#include "service/coverage_rules.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "service/calendar_rules.h"

/* An unbroken part of a person's rights, and why it is over when it is. */
struct span {
    int64_t from, last;
    enum coverage_reason while_open, when_over;
};

enum { SPANS_MAX = 2 * PERIODS_MAX };

struct spans {
    size_t count;
    struct span spans[SPANS_MAX];
};

/* --- words --- */

enum rights_basis rights_basis_of(const char *code)
{
    static const char *const codes[] = {"EMPLOYEE", "PENSIONER", "SPOUSE",   "CHILD",   "STUDENT",
                                        "DISABLED", "SURVIVOR",  "DIVORCED", "JOB_LOSS"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (strcmp(codes[i], code) == 0) {
            return (enum rights_basis)i;
        }
    }
    return BASIS_OTHER;
}

enum rights_end rights_end_of(const char *code)
{
    if (strcmp(code, "job_loss") == 0) {
        return END_JOB_LOSS;
    }
    if (strcmp(code, "divorce") == 0) {
        return END_DIVORCE;
    }
    return strcmp(code, "death") == 0 ? END_DEATH : END_OTHER;
}

/* --- the law's cases --- */

static enum coverage_reason reason_of(enum rights_basis basis)
{
    static const enum coverage_reason reasons[] = {
        [BASIS_EMPLOYEE] = COVERAGE_EMPLOYEE, [BASIS_PENSIONER] = COVERAGE_PENSIONER,
        [BASIS_SPOUSE] = COVERAGE_SPOUSE,     [BASIS_CHILD] = COVERAGE_CHILD,
        [BASIS_STUDENT] = COVERAGE_STUDENT,   [BASIS_DISABLED] = COVERAGE_DISABLED,
        [BASIS_SURVIVOR] = COVERAGE_SURVIVOR, [BASIS_DIVORCED] = COVERAGE_DIVORCED,
        [BASIS_JOB_LOSS] = COVERAGE_JOB_LOSS, [BASIS_OTHER] = COVERAGE_OTHER_GROUND,
    };
    return reasons[basis];
}

/* RULE AMO-QUALIFYING: an employee's care is covered after a qualifying period.  domain 4 */
static int64_t first_covered(const struct rights_period *period,
                             const struct coverage_figures *figures)
{
    if (period->open != DAY_NONE) {
        return period->open;
    }
    bool qualifies = period->basis == BASIS_EMPLOYEE && figures->qualifying_months > 0;
    return qualifies ? calendar_add_months(period->from, figures->qualifying_months) : period->from;
}

/* RULE AMO-AGE: children to an age, students to a higher one, the disabled without limit.  domain 4 */
static int64_t age_limit(enum rights_basis basis, int64_t birth,
                         const struct coverage_figures *figures)
{
    int32_t months = basis == BASIS_CHILD     ? figures->child_months
                     : basis == BASIS_STUDENT ? figures->student_months
                                              : FIGURE_NONE;
    if (months < 0 || birth == DAY_NONE) {
        return DAY_FOREVER;
    }
    int64_t reached = months % 12 == 0 ? calendar_birthday(birth, months / 12)
                                       : calendar_add_months(birth, months);
    return reached - 1;
}

/* RULE AMO-KEPT: rights are kept for a while after a job's loss, a divorce, a death.  domain 4 */
static int64_t kept_from(int64_t day, int32_t months)
{
    return months < 0 ? DAY_FOREVER : calendar_add_months(day, months) - 1;
}

/* A period of a ground that itself is a keeping of rights. */
static int64_t ground_limit(const struct rights_period *period,
                            const struct coverage_figures *figures)
{
    switch (period->basis) {
    case BASIS_JOB_LOSS:
        return kept_from(period->from, figures->kept_job_loss_months);
    case BASIS_DIVORCED:
        return kept_from(period->from, figures->kept_divorce_months);
    case BASIS_SURVIVOR:
        return kept_from(period->from, figures->kept_survivor_months);
    case BASIS_EMPLOYEE:
    case BASIS_PENSIONER:
    case BASIS_SPOUSE:
    case BASIS_CHILD:
    case BASIS_STUDENT:
    case BASIS_DISABLED:
    case BASIS_OTHER:
        break;
    }
    return DAY_FOREVER;
}

static enum coverage_reason over_by_limit(enum rights_basis basis)
{
    switch (basis) {
    case BASIS_CHILD:
        return COVERAGE_CHILD_AGE;
    case BASIS_STUDENT:
        return COVERAGE_STUDENT_AGE;
    case BASIS_JOB_LOSS:
        return COVERAGE_KEPT_JOB_LOSS_OVER;
    case BASIS_DIVORCED:
        return COVERAGE_KEPT_DIVORCE_OVER;
    case BASIS_SURVIVOR:
        return COVERAGE_KEPT_SURVIVOR_OVER;
    case BASIS_EMPLOYEE:
    case BASIS_PENSIONER:
    case BASIS_SPOUSE:
    case BASIS_DISABLED:
    case BASIS_OTHER:
        break;
    }
    return COVERAGE_ENDED;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void add_span(struct spans *spans, struct span span)
{
    if (span.from <= span.last) {
        spans->spans[spans->count++] = span;
    }
}

static struct span own_span(const struct rights_period *period, int64_t birth,
                            const struct coverage_figures *figures)
{
    int64_t limit = earlier(age_limit(period->basis, birth, figures),
                            ground_limit(period, figures));
    int64_t told = period->to == DAY_NONE ? DAY_FOREVER : period->to;
    return (struct span){
        .from = first_covered(period, figures),
        .last = earlier(told, limit),
        .while_open = reason_of(period->basis),
        .when_over = limit <= told ? over_by_limit(period->basis) : COVERAGE_ENDED,
    };
}

/* What is kept after a period that ended with a reason to keep it; only what was open is kept. */
static void add_kept(struct spans *spans, const struct rights_period *period,
                     const struct coverage_figures *figures)
{
    static const enum rights_basis grounds[] = {[END_JOB_LOSS] = BASIS_JOB_LOSS,
                                                [END_DIVORCE] = BASIS_DIVORCED,
                                                [END_DEATH] = BASIS_SURVIVOR};
    if (period->end == END_OTHER || period->to == DAY_NONE) {
        return;
    }
    struct rights_period kept = {
        .basis = grounds[period->end], .from = period->to + 1, .open = DAY_NONE, .to = DAY_NONE};
    if (ground_limit(&kept, figures) != DAY_FOREVER) { /* without a figure, nothing is promised */
        add_span(spans, own_span(&kept, DAY_NONE, figures));
    }
}

static struct spans spans_of(const struct coverage_person *person,
                             const struct coverage_figures *figures)
{
    struct spans spans = {.count = 0};
    for (size_t i = 0; i < person->period_count && i < PERIODS_MAX; i++) {
        const struct rights_period *period = &person->periods[i];
        size_t before = spans.count;
        add_span(&spans, own_span(period, person->birth, figures));
        if (spans.count > before) {
            add_kept(&spans, period, figures);
        }
    }
    return spans;
}

/* --- one person's rights by themselves --- */

/* The span that covers DAY, the one that lasts longest; NULL when none does. */
static const struct span *covering(const struct spans *spans, int64_t day)
{
    const struct span *best = NULL;
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->spans[i];
        bool covers = span->from <= day && day <= span->last;
        if (covers && (best == NULL || span->last > best->last)) {
            best = span;
        }
    }
    return best;
}

/* The unbroken time around a covered DAY, through spans that adjoin. */
static void unbroken(const struct spans *spans, int64_t day, int64_t *ret_since, int64_t *ret_last)
{
    int64_t since = day, last = day;
    for (const struct span *span; last != DAY_FOREVER;) {
        span = covering(spans, last);
        if (span != NULL && span->last > last) {
            last = span->last;
        } else if (covering(spans, last + 1) != NULL) {
            last++;
        } else {
            break;
        }
    }
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < spans->count; i++) {
            const struct span *span = &spans->spans[i];
            bool adjoins = span->from < since &&
                           (span->last == DAY_FOREVER || span->last + 1 >= since);
            if (adjoins) {
                since = span->from;
                moved = true;
            }
        }
    }
    *ret_since = since;
    *ret_last = last;
}

/* --- together --- */

static bool depends_on_holder(const struct coverage_person *person, enum coverage_reason reason)
{
    bool own_right = reason == COVERAGE_SURVIVOR || reason == COVERAGE_DIVORCED ||
                     reason == COVERAGE_JOB_LOSS;
    return !person->is_holder && !own_right;
}

struct facts {
    const struct coverage_person *person;
    struct spans own, holder;
};

/* RULE AMO-DEPENDANT: a dependant is covered while the insured person is, but for rights kept in their own name.
   domain 4 */
static bool covered(const struct facts *facts, int64_t day)
{
    const struct span *span = covering(&facts->own, day);
    return span != NULL && (!depends_on_holder(facts->person, span->while_open) ||
                            covering(&facts->holder, day) != NULL);
}

static int64_t next_opening(const struct facts *facts, int64_t day)
{
    int64_t next = DAY_FOREVER;
    const struct spans *both[] = {&facts->own, &facts->holder};
    for (size_t b = 0; b < ARRAY_LEN(both); b++) {
        for (size_t i = 0; i < both[b]->count; i++) {
            int64_t from = both[b]->spans[i].from;
            if (from > day && from < next && covered(facts, from)) {
                next = from;
            }
        }
    }
    return next == DAY_FOREVER ? DAY_NONE : next;
}

static struct coverage open_coverage(const struct facts *facts, int64_t day)
{
    const struct span *span = covering(&facts->own, day);
    assert(span != NULL); /* the caller knows that the day is covered */
    struct coverage coverage = {.open = true, .reason = span->while_open, .opens = DAY_NONE};
    unbroken(&facts->own, day, &coverage.since, &coverage.last);
    if (depends_on_holder(facts->person, span->while_open)) {
        int64_t since, last;
        unbroken(&facts->holder, day, &since, &last);
        coverage.since = later(coverage.since, since);
        coverage.last = earlier(coverage.last, last);
    }
    return coverage;
}

static bool is_qualifying(const struct coverage_person *person, int64_t day, int64_t opens)
{
    for (size_t i = 0; i < person->period_count; i++) {
        const struct rights_period *period = &person->periods[i];
        if (period->from <= day && day < opens && period->basis == BASIS_EMPLOYEE &&
            (period->to == DAY_NONE || period->to >= opens)) {
            return true;
        }
    }
    return false;
}

static const struct span *last_before(const struct spans *spans, int64_t day)
{
    const struct span *latest = NULL;
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->spans[i];
        if (span->last < day && (latest == NULL || span->last > latest->last)) {
            latest = span;
        }
    }
    return latest;
}

static enum coverage_reason why_closed(const struct facts *facts, int64_t day, int64_t opens)
{
    if (covering(&facts->own, day) != NULL) {
        return COVERAGE_HOLDER_CLOSED;
    }
    if (opens != DAY_NONE) {
        return is_qualifying(facts->person, day, opens) ? COVERAGE_QUALIFYING_PERIOD
                                                        : COVERAGE_AHEAD;
    }
    const struct span *latest = last_before(&facts->own, day);
    return latest == NULL ? COVERAGE_NO_RIGHTS : latest->when_over;
}

static struct coverage closed_coverage(const struct facts *facts, int64_t day)
{
    struct coverage coverage = {.since = DAY_NONE, .last = DAY_NONE};
    coverage.opens = next_opening(facts, day);
    coverage.reason = why_closed(facts, day, coverage.opens);
    const struct span *latest = last_before(
        coverage.reason == COVERAGE_HOLDER_CLOSED ? &facts->holder : &facts->own, day);
    if (latest != NULL && covered(facts, latest->last)) {
        coverage.since = open_coverage(facts, latest->last).since;
        coverage.last = latest->last;
    }
    return coverage;
}

struct coverage coverage_on(const struct coverage_person *person,
                            const struct coverage_person *holder,
                            const struct coverage_figures *figures, int64_t day)
{
    struct facts facts = {
        .person = person, .own = spans_of(person, figures), .holder = spans_of(holder, figures)};
    return covered(&facts, day) ? open_coverage(&facts, day) : closed_coverage(&facts, day);
}

/* --- until when it stays so --- */

/* Of two days after DAY the first; DAY_FOREVER is after all. */
static int64_t next_of(int64_t next, int64_t other, int64_t day)
{
    return other > day && other < next ? other : next;
}

/* Whatever is said of a day asks only whether it is before, within or past a span. */
static int64_t next_edge(const struct spans *spans, int64_t day)
{
    int64_t next = DAY_FOREVER;
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *span = &spans->spans[i];
        next = next_of(next, span->from, day);
        if (span->last != DAY_FOREVER) {
            next = next_of(next, span->last + 1, day);
        }
    }
    return next;
}

int64_t coverage_same_until(const struct coverage_person *person,
                            const struct coverage_person *holder,
                            const struct coverage_figures *figures, int64_t day)
{
    struct spans own = spans_of(person, figures), holders = spans_of(holder, figures);
    int64_t next = earlier(next_edge(&own, day), next_edge(&holders, day));
    for (size_t i = 0; i < person->period_count; i++) {
        next = next_of(next, person->periods[i].from, day); /* a qualifying period begins */
    }
    return next == DAY_FOREVER ? DAY_FOREVER : next - 1;
}

/* --- texts --- */

static const struct {
    const char *code, *text[3], *next_step[3];
} reasons[] = {
#define COVERAGE_REASON(name, code, en, fr, ar, next_en, next_fr, next_ar)                         \
    [COVERAGE_##                                                                                   \
        name] = {code,                                                                             \
                 {[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar},                     \
                 {[LANGUAGE_EN] = next_en, [LANGUAGE_FR] = next_fr, [LANGUAGE_AR] = next_ar}},
#include "service/coverage_reasons.def"
#undef COVERAGE_REASON
};

const char *coverage_reason_code(enum coverage_reason reason)
{
    return reasons[reason].code;
}

const char *coverage_reason_text(enum coverage_reason reason, enum language language)
{
    return reasons[reason].text[language];
}

const char *coverage_reason_next_step(enum coverage_reason reason, enum language language)
{
    return reasons[reason].next_step[language];
}

/* --- exemptions --- */

/* RULE AMO-EXEMPTION-RENEWAL: some exemptions renew by themselves, each time for as long as they were first granted.
   domain 4 */
static int64_t renewed_to(const struct exemption_facts *facts, int64_t day)
{
    int64_t length = facts->to - facts->from + 1;
    if (!facts->renews || length <= 0 || day <= facts->to) {
        return facts->to;
    }
    int64_t times = (day - facts->to + length - 1) / length;
    return facts->to + times * length;
}

struct exemption_view exemption_on(const struct exemption_facts *facts, int64_t day)
{
    if (facts->to == DAY_NONE) {
        return (struct exemption_view){day < facts->from ? EXEMPTION_AHEAD : EXEMPTION_IN_FORCE,
                                       DAY_NONE};
    }
    int64_t to = renewed_to(facts, day);
    if (day < facts->from) {
        return (struct exemption_view){EXEMPTION_AHEAD, to};
    }
    return (struct exemption_view){day <= to ? EXEMPTION_IN_FORCE : EXEMPTION_ENDED, to};
}
