#include "tools/hayatctl/demo_rights.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "service/rib_rules.h"
#include "tools/hayatctl/demo_dice.h"

enum {
    QUALIFYING_DAYS = 90, /* three months */
    KEPT_DAYS = 182,      /* six months after a job is lost */
    STUDENT_AGE = 21,
    CHILD_END_AGE = 21,
    STUDENT_END_AGE = 26,
    INPE_FIRST = 990000100, /* invented: 9 digits beginning with 99 */
    CLINIC_FIRST = 990000900,
    GRANTED_DAYS = 90,
};

static struct date days_after(struct date date, int64_t days)
{
    return date_from_days(date_to_days(date) + days);
}

static struct dice dice_of(const struct demo_fund *fund, const struct demo_member *member,
                           uint32_t seq)
{
    return dice_for(fund->seed, DICE_RIGHTS, (uint64_t)member->index * DEMO_PERSONS_MAX + seq);
}

/* The last day of the year of life that ends at AGE. */
static struct date birthday_eve(struct date birth, int32_t age)
{
    struct date day = {birth.year + age, birth.month, birth.day};
    if (!date_valid(day)) {
        day.day = 28; /* a 29 February */
    }
    return days_after(day, -1);
}

/* --- rights --- */

static void holder_period(struct dice *dice, const struct demo_fund *fund,
                          const struct demo_member *member, struct demo_period *period)
{
    bool retired = member->pension_count > 0;
    period->basis = retired ? "PENSIONER" : "EMPLOYEE";
    period->from_date = retired ? member->pensions[0].start_date
                                : days_after(fund->today, -dice_between(dice, 40, 9000));
    period->open_date = retired ? period->from_date
                                : days_after(period->from_date, QUALIFYING_DAYS);
    if (!retired && member->index != demo_hero_index(fund) && dice_chance(dice, 4)) {
        struct date lost = days_after(fund->today, -dice_between(dice, 0, 400));
        if (date_compare(lost, period->open_date) > 0) {
            period->to_date = days_after(lost, KEPT_DAYS);
            period->end_reason = "job_loss";
        }
    }
}

static void child_period(const struct demo_fund *fund, const struct demo_person *person,
                         struct demo_period *period)
{
    bool student = demo_age(person->birth_date, fund->today) >= STUDENT_AGE;
    period->basis = student ? "STUDENT" : "CHILD";
    period->from_date = person->birth_date;
    period->to_date = birthday_eve(person->birth_date, student ? STUDENT_END_AGE : CHILD_END_AGE);
    period->end_reason = student ? "student_age" : "child_age";
}

void demo_period_make(const struct demo_fund *fund, const struct demo_member *member, uint32_t seq,
                      struct demo_period *ret)
{
    const struct demo_person *person = &member->persons[seq];
    struct dice dice = dice_of(fund, member, seq);
    *ret = (struct demo_period){.end_reason = ""};
    switch (person->relationship) {
    case DEMO_HOLDER:
        holder_period(&dice, fund, member, ret);
        break;
    case DEMO_SPOUSE:
        ret->basis = "SPOUSE";
        ret->from_date = days_after(fund->today, -dice_between(&dice, 400, 6000));
        break;
    case DEMO_CHILD:
        child_period(fund, person, ret);
        break;
    }
}

/* --- exemptions --- */

bool demo_is_exempt(const struct demo_fund *fund, const struct demo_member *member, uint32_t seq)
{
    struct dice dice = dice_of(fund, member, seq + DEMO_PERSONS_MAX * 2);
    return dice_chance(&dice, member->persons[seq].relationship == DEMO_CHILD ? 2 : 9);
}

void demo_exemption_make(const struct demo_fund *fund, const struct demo_member *member,
                         uint32_t seq, struct demo_exemption *ret)
{
    static const char *const conditions[] = {"diabetes", "hypertension", "asthma", "glaucoma",
                                             "chronic_renal_failure"};
    struct dice dice = dice_of(fund, member, seq + DEMO_PERSONS_MAX * 3);
    ret->condition = conditions[dice_below(&dice, ARRAY_LEN(conditions))];
    ret->from_date = days_after(fund->today, -dice_between(&dice, 800, 1500));
    ret->renews = dice_chance(&dice, 60);
    ret->to_date = days_after(fund->today, dice_between(&dice, 20, 900));
}

/* --- the account --- */

bool demo_account_make(const struct demo_fund *fund, const struct demo_member *member,
                       struct demo_account *ret)
{
    static const char *const banks[] = {"007", "011", "021", "101", "230", "350"};
    struct dice dice = dice_for(fund->seed, DICE_ACCOUNTS, member->index);
    bool none = dice_chance(&dice, 5) && member->index != demo_hero_index(fund);
    (void)snprintf(ret->rib, sizeof ret->rib, "%s9990000000%s00",
                   banks[dice_below(&dice, ARRAY_LEN(banks))], member->registration_number);
    (void)snprintf(ret->rib + RIB_DIGITS - 2, 3, "%02u", rib_key(ret->rib));
    ret->since_date = days_after(fund->today, -dice_between(&dice, 400, 6000));
    return !none;
}

/* --- prior authorisations --- */

struct care {
    const char *act_code, *letter_key;
    int32_t coefficient_min, coefficient_max;
    int64_t unit_centimes;
};

static const struct care cares[] = {
    {"CHIR", "K", 40, 200, 2250},
    {"IRM", "Z", 80, 160, 1000},
    {"SCAN", "Z", 60, 120, 1000},
    {"DIAL", "K", 13, 39, 2250},
};

uint32_t demo_authorization_count(const struct demo_fund *fund, const struct demo_member *member)
{
    struct dice dice = dice_for(fund->seed, DICE_AUTHORIZATIONS, member->index);
    if (member->index == demo_hero_index(fund)) {
        return DEMO_AUTHORIZATIONS_MAX;
    }
    return dice_chance(&dice, 25) ? 1 + dice_below(&dice, DEMO_AUTHORIZATIONS_MAX) : 0;
}

static void decide_line(struct dice *dice, bool decided, struct demo_authorization_line *line)
{
    line->decision = "PENDING";
    line->rejection_reason = "";
    if (!decided) {
        line->member_share_centimes = line->requested_centimes / 10;
        return;
    }
    uint32_t roll = dice_below(dice, 100);
    line->decision = roll < 80 ? "GRANTED" : roll < 92 ? "PARTLY_GRANTED" : "REFUSED";
    line->granted_centimes = roll < 80   ? line->requested_centimes
                             : roll < 92 ? line->requested_centimes * 7 / 10
                                         : 0;
    line->rejection_reason = roll < 92 ? "" : "act_not_in_nomenclature";
    line->member_share_centimes = line->requested_centimes - line->granted_centimes * 9 / 10;
}

static void make_line(struct dice *dice, bool decided, struct demo_authorization_line *line)
{
    const struct care *care = &cares[dice_below(dice, ARRAY_LEN(cares))];
    int32_t units = dice_between(dice, care->coefficient_min, care->coefficient_max);
    *line = (struct demo_authorization_line){
        .act_code = care->act_code,
        .letter_key = care->letter_key,
        .coefficient_thousandths = units * 1000,
        .requested_centimes = units * care->unit_centimes,
    };
    decide_line(dice, decided, line);
}

static const char *state_of_lines(const struct demo_authorization *authorization)
{
    uint32_t granted = 0, refused = 0;
    for (uint32_t i = 0; i < authorization->line_count; i++) {
        granted += strcmp(authorization->lines[i].decision, "GRANTED") == 0 ? 1 : 0;
        refused += strcmp(authorization->lines[i].decision, "REFUSED") == 0 ? 1 : 0;
    }
    return granted == authorization->line_count   ? "GRANTED"
           : refused == authorization->line_count ? "REFUSED"
                                                  : "PARTLY_GRANTED";
}

static void settle(struct dice *dice, const struct demo_fund *fund, bool decided,
                   struct demo_authorization *ret)
{
    if (!decided) {
        bool asks = dice_chance(dice, 30);
        ret->state = asks ? "MORE_INFORMATION_NEEDED" : "IN_REVIEW";
        ret->missing_items = asks ? "missing_prescription;xray_missing" : "";
        if (asks) {
            ret->respond_by_date = days_after(ret->request_date, 30);
        }
        return;
    }
    ret->decision_date = days_after(ret->request_date, dice_between(dice, 1, 3));
    ret->decision_minute = 540 + dice_below(dice, 400);
    ret->state = state_of_lines(ret);
    if (strcmp(ret->state, "REFUSED") != 0) {
        ret->valid_until_date = days_after(ret->decision_date, GRANTED_DAYS);
        if (date_compare(ret->valid_until_date, fund->today) < 0) {
            ret->state = "EXPIRED";
        }
    }
}

void demo_authorization_make(const struct demo_fund *fund, const struct demo_member *member,
                             uint32_t position, struct demo_authorization *ret)
{
    uint64_t stream = (uint64_t)member->index * DEMO_AUTHORIZATIONS_MAX + position +
                      DEMO_MEMBERS_MAX;
    struct dice dice = dice_for(fund->seed, DICE_AUTHORIZATIONS, stream);
    memset(ret, 0, sizeof(*ret));
    /* The main person's last one waits. */
    bool waits = member->index == demo_hero_index(fund) && position + 1 == DEMO_AUTHORIZATIONS_MAX;
    int32_t age = waits ? 1 : dice_between(&dice, 0, 300);
    bool decided = age > 4;
    (void)snprintf(ret->number, sizeof(ret->number), "PEC99%07u-%u", member->index + 1,
                   position + 1);
    ret->beneficiary_seq = dice_below(&dice, member->person_count);
    ret->kind = "standard";
    ret->missing_items = "";
    ret->requester_inpe = (uint32_t)INPE_FIRST + dice_below(&dice, 700);
    ret->establishment_inpe = (uint32_t)CLINIC_FIRST + dice_below(&dice, 90);
    ret->request_date = days_after(fund->today, -age);
    ret->request_minute = 480 + dice_below(&dice, 500);
    ret->planned_care_date = days_after(ret->request_date, dice_between(&dice, 5, 40));
    ret->line_count = 1 + dice_below(&dice, DEMO_AUTHORIZATION_LINES_MAX);
    for (uint32_t i = 0; i < ret->line_count; i++) {
        make_line(&dice, decided, &ret->lines[i]);
        ret->requested_centimes += ret->lines[i].requested_centimes;
        ret->granted_centimes += ret->lines[i].granted_centimes;
        ret->member_share_centimes += ret->lines[i].member_share_centimes;
    }
    settle(&dice, fund, decided, ret);
}
