/*
 * coverage_rules: whether a person is covered on a day, until when, why, and what to do next.
 *
 * Pure functions of facts, figures and a day.  The figures (how long a qualifying period is, how long rights are kept, age
 * limits) are reference data with a version; a figure that is not on file (below 0) limits nothing.
 *
 * Units    days are civil days since 1970-01-01 in Morocco; DAY_NONE is no day.
 */
#ifndef HAYAT_SERVICE_COVERAGE_RULES_H
#define HAYAT_SERVICE_COVERAGE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define DAY_NONE INT64_MIN
#define DAY_FOREVER INT64_MAX

enum { PERIODS_MAX = 32, FIGURE_NONE = -1, RULES_VERSION_MAX = 64 };

/* In the order of the law's cases; codes as the feed tells them. */
enum rights_basis {
    BASIS_EMPLOYEE,
    BASIS_PENSIONER,
    BASIS_SPOUSE,
    BASIS_CHILD,
    BASIS_STUDENT,
    BASIS_DISABLED,
    BASIS_SURVIVOR,
    BASIS_DIVORCED,
    BASIS_JOB_LOSS,
    BASIS_OTHER,
};
enum rights_basis rights_basis_of(const char *code);

/* What keeps rights open for a while after a period's end. */
enum rights_end { END_OTHER, END_JOB_LOSS, END_DIVORCE, END_DEATH };
enum rights_end rights_end_of(const char *code);

struct rights_period {
    enum rights_basis basis;
    enum rights_end end;
    int64_t from; /* the first day of the relation */
    int64_t open; /* the first covered day, when the fund told it; else DAY_NONE */
    int64_t to;   /* the last covered day, or DAY_NONE */
};

struct coverage_figures {
    char version[RULES_VERSION_MAX]; /* "" when none is on file */
    int32_t qualifying_months;
    int32_t kept_job_loss_months, kept_divorce_months, kept_survivor_months;
    int32_t child_months, student_months; /* ages */
};

struct coverage_person {
    bool is_holder;
    int64_t birth; /* or DAY_NONE */
    size_t period_count;
    struct rights_period periods[PERIODS_MAX];
};

enum coverage_reason {
#define COVERAGE_REASON(name, ...) COVERAGE_##name,
#include "service/coverage_reasons.def"
#undef COVERAGE_REASON
    COVERAGE_REASONS
};

struct coverage {
    bool open;
    enum coverage_reason reason;
    int64_t since; /* first day of the unbroken time; DAY_NONE when closed and never open before */
    int64_t
        last; /* last covered day: DAY_FOREVER when no end is known; DAY_NONE when there was none */
    int64_t opens; /* when closed: the next day on which it opens, or DAY_NONE */
};

/* HOLDER is the insured person's own facts: a dependant is covered while they are. */
struct coverage coverage_on(const struct coverage_person *person,
                            const struct coverage_person *holder,
                            const struct coverage_figures *figures, int64_t day);

/* The last day up to which coverage_on says the same as on DAY; DAY_FOREVER when it never changes. */
int64_t coverage_same_until(const struct coverage_person *person,
                            const struct coverage_person *holder,
                            const struct coverage_figures *figures, int64_t day);

/* Constants. */
const char *coverage_reason_code(enum coverage_reason reason);
const char *coverage_reason_text(enum coverage_reason reason, enum language language);
const char *coverage_reason_next_step(enum coverage_reason reason, enum language language);

/* --- exemptions from the ticket modérateur --- */

struct exemption_facts {
    int64_t from, to; /* to: DAY_NONE when no end is known */
    bool renews;
};

enum exemption_state { EXEMPTION_AHEAD, EXEMPTION_IN_FORCE, EXEMPTION_ENDED };

struct exemption_view {
    enum exemption_state state;
    int64_t to; /* renewals that happened by DAY counted in; DAY_NONE when no end is known */
};

struct exemption_view exemption_on(const struct exemption_facts *facts, int64_t day);

#endif
