#include "tools/hayatctl/demo_member.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "tools/hayatctl/demo_dice.h"
#include "tools/hayatctl/demo_places.h"

enum {
    DAYS_PER_YEAR = 365,
    ADULT_AGE = 18,
    CHILD_AGE_LIMIT = 26, /* RULE AMO rights: students stay covered up to 26 */
    FIRST_REGISTRATION = 990000001,
    SCRAMBLE_RANGE = 1000000,
    SCRAMBLE_FACTOR = 611953, /* coprime to the range: a bijection of the member's index */
};

/* The eight mutuelles of the public sector, by weight in percent. */
static const struct {
    const char *code;
    uint32_t percent;
} mutuelles[] = {
    {"MGEN", 34}, {"MGPAPM", 22}, {"OMFAM", 12}, {"POLICE", 10},
    {"FA", 9},    {"DOUANES", 5}, {"POSTES", 5}, {"MODEP", 3},
};

static const char *const cine_letters[DEMO_PERSONS_MAX] = {"ZZ", "XX", "ZX", "XZ",
                                                           "WZ", "ZW", "QX"};

static struct date days_before(struct date date, int64_t days)
{
    return date_from_days(date_to_days(date) - days);
}

static struct date later_of(struct date a, struct date b)
{
    return date_compare(a, b) > 0 ? a : b;
}

/* A date of birth that makes somebody AGE years old today. */
static struct date birth_at_age(struct dice *dice, struct date today, int32_t age)
{
    return days_before(today, (int64_t)age * DAYS_PER_YEAR + age / 4 + dice_between(dice, 5, 355));
}

int32_t demo_age(struct date birth, struct date on)
{
    bool birthday_past = on.month > birth.month || (on.month == birth.month && on.day >= birth.day);
    return on.year - birth.year - (birthday_past ? 0 : 1);
}

/* --- who lives abroad --- */

static uint32_t abroad_count(const struct demo_fund *fund)
{
    if (fund->abroad > 0) {
        return fund->abroad;
    }
    uint32_t share = fund->members * 8 / 1000; /* 8 % pensioners, a tenth of them abroad */
    uint32_t least = fund->members < DEMO_ABROAD_MIN ? fund->members : DEMO_ABROAD_MIN;
    return share > least ? share : least;
}

/* The members are cut into as many ranges as people abroad; each range has exactly one. */
static uint32_t abroad_in_range(const struct demo_fund *fund, uint64_t range)
{
    uint64_t ranges = abroad_count(fund);
    uint64_t start = range * fund->members / ranges;
    uint64_t end = (range + 1) * fund->members / ranges;
    struct dice dice = dice_for(fund->seed, DICE_ABROAD, range);
    return (uint32_t)(start + dice_below(&dice, (uint32_t)(end - start)));
}

bool demo_lives_abroad(const struct demo_fund *fund, uint32_t index)
{
    uint64_t ranges = abroad_count(fund);
    uint64_t guess = index * ranges / fund->members;
    for (uint64_t range = guess; range <= guess + 1 && range < ranges; range++) {
        if (abroad_in_range(fund, range) == index) {
            return true;
        }
    }
    return false;
}

uint32_t demo_hero_index(const struct demo_fund *fund)
{
    return abroad_in_range(fund, 0);
}

/* --- persons --- */

static int32_t pick_photo(struct dice *dice, bool female, int32_t age)
{
    int32_t group = age < ADULT_AGE ? 0 : age < 55 ? 1 : 2;
    int32_t per_group = DEMO_PHOTOS / 6;
    return (group * 2 + (female ? 1 : 0)) * per_group + dice_between(dice, 0, per_group - 1);
}

static const struct name_pair *pick_given(struct dice *dice, bool female)
{
    return female ? &demo_female_names[dice_below(dice, (uint32_t)demo_female_name_count)]
                  : &demo_male_names[dice_below(dice, (uint32_t)demo_male_name_count)];
}

static const struct name_pair *pick_family(struct dice *dice)
{
    return &demo_family_names[dice_below(dice, (uint32_t)demo_family_name_count)];
}

/* The card of 2022: issued after its start and after the birth. */
static void issue_card(struct dice *dice, const struct demo_fund *fund, struct demo_person *person)
{
    struct date first = later_of((struct date){2022, 11, 1}, person->birth_date);
    int64_t span = date_to_days(fund->today) - date_to_days(first);
    int64_t offset = span > 1 ? dice_between(dice, 1, (int32_t)(span < 1200 ? span : 1200)) : 0;
    person->card_issue_date = date_from_days(date_to_days(first) + offset);
    person->card_suspended = dice_below(dice, 200) == 0;
    int32_t age = demo_age(person->birth_date, fund->today);
    static const uint32_t photo_percent_of[] = {
        [DEMO_HOLDER] = 92, [DEMO_SPOUSE] = 50, [DEMO_CHILD] = 25};
    uint32_t photo_percent = photo_percent_of[person->relationship];
    person->photo = dice_chance(dice, photo_percent) ? pick_photo(dice, person->female, age) : -1;
}

static struct demo_person *add_person(const struct demo_fund *fund, struct dice *dice,
                                      struct demo_member *member, struct demo_person person)
{
    assert(member->person_count < DEMO_PERSONS_MAX);
    uint32_t seq = member->person_count++;
    if (demo_age(person.birth_date, fund->today) >= ADULT_AGE) {
        uint32_t digits = (uint32_t)((uint64_t)member->index * SCRAMBLE_FACTOR % SCRAMBLE_RANGE);
        (void)snprintf(person.cine, sizeof(person.cine), "%s%06u", cine_letters[seq], digits);
    }
    person.given = pick_given(dice, person.female);
    issue_card(dice, fund, &person);
    member->persons[seq] = person;
    return &member->persons[seq];
}

static void add_spouse(const struct demo_fund *fund, struct dice *dice, struct demo_member *member)
{
    const struct demo_person *holder = &member->persons[0];
    int32_t age = demo_age(holder->birth_date, fund->today) + dice_between(dice, -8, 2) +
                  (holder->female ? 5 : 0);
    struct demo_person spouse = {
        .relationship = DEMO_SPOUSE,
        .female = !holder->female,
        .family = pick_family(dice),
        .birth_date = birth_at_age(dice, fund->today, age < 20 ? 20 : age),
    };
    (void)add_person(fund, dice, member, spouse);
}

static int32_t youngest_parent_age(const struct demo_fund *fund, const struct demo_member *member)
{
    int32_t age = demo_age(member->persons[0].birth_date, fund->today);
    if (member->person_count > 1) {
        int32_t other = demo_age(member->persons[1].birth_date, fund->today);
        age = other < age ? other : age;
    }
    return age;
}

/* Children carry the father's family name. */
static void add_children(const struct demo_fund *fund, struct dice *dice,
                         struct demo_member *member, uint32_t wanted)
{
    int32_t parent = youngest_parent_age(fund, member);
    int32_t oldest = parent - ADULT_AGE - 2 < CHILD_AGE_LIMIT - 1 ? parent - ADULT_AGE - 2
                                                                  : CHILD_AGE_LIMIT - 1;
    int32_t youngest = parent - 44 > 0 ? parent - 44 : 0;
    const struct demo_person *father = member->persons[0].female && member->person_count > 1
                                           ? &member->persons[1]
                                           : &member->persons[0];
    int32_t age = oldest;
    for (uint32_t i = 0; i < wanted && age >= youngest && age >= 0; i++) {
        int32_t low = age - 4 > youngest ? age - 4 : youngest;
        age = dice_between(dice, low, age);
        struct demo_person child = {
            .relationship = DEMO_CHILD,
            .female = dice_chance(dice, 49),
            .family = father->family,
            .birth_date = birth_at_age(dice, fund->today, age),
        };
        (void)add_person(fund, dice, member, child);
        age -= 2;
    }
}

static uint32_t wanted_children(struct dice *dice)
{
    static const uint32_t percent[] = {14, 22, 30, 20, 9, 5};
    uint32_t roll = dice_below(dice, 100);
    uint32_t count = 0;
    for (uint32_t sum = percent[0]; count < ARRAY_LEN(percent) - 1 && roll >= sum;
         sum += percent[count]) {
        count++;
    }
    return count;
}

static void make_family(const struct demo_fund *fund, struct dice *dice, struct demo_member *member,
                        bool hero)
{
    bool pensioner = member->pension_count > 0;
    int32_t age = hero ? 63 : pensioner ? dice_between(dice, 60, 88) : dice_between(dice, 23, 62);
    struct demo_person holder = {
        .relationship = DEMO_HOLDER,
        .female = !hero && dice_chance(dice, pensioner ? 35 : 44),
        .family = pick_family(dice),
        .birth_date = birth_at_age(dice, fund->today, age),
    };
    if (hero) { /* README.md enrols this person: the same on whatever day the fund is invented */
        holder.birth_date = (struct date){1963, 8, 10};
    }
    (void)add_person(fund, dice, member, holder);
    uint32_t married_percent = age < 28 ? 25 : pensioner ? 62 : 74;
    if (hero) {
        add_spouse(fund, dice, member);
        member->persons[1].birth_date = birth_at_age(dice, fund->today, 52);
        add_children(fund, dice, member, 2);
        member->persons[0].card_suspended = false;
        member->persons[0].photo = pick_photo(dice, false, age);
    } else if (dice_chance(dice, married_percent)) {
        add_spouse(fund, dice, member);
        add_children(fund, dice, member, wanted_children(dice));
    } else if (age > 30 && dice_chance(dice, 20)) {
        add_children(fund, dice, member, dice_below(dice, 3));
    }
}

/* --- the rest of the member --- */

static const char *pick_mutuelle(struct dice *dice)
{
    uint32_t roll = dice_below(dice, 100);
    size_t i = 0;
    for (uint32_t sum = mutuelles[0].percent; i < ARRAY_LEN(mutuelles) - 1 && roll >= sum;
         sum += mutuelles[i].percent) {
        i++;
    }
    return mutuelles[i].code;
}

static void add_pensions(struct dice *dice, struct demo_member *member)
{
    static const char *const schemes[] = {"CIVIL", "CIVIL", "CIVIL", "MILITARY", "SURVIVOR"};
    member->pension_count = dice_chance(dice, 6) ? 2 : 1;
    for (uint32_t i = 0; i < member->pension_count; i++) {
        struct demo_pension *pension = &member->pensions[i];
        (void)snprintf(pension->number, sizeof(pension->number), "P%02u%07u", 98 + i,
                       member->index + 1);
        pension->scheme_code = i == 0 ? schemes[dice_below(dice, ARRAY_LEN(schemes))]
                                      : "SUPPLEMENT";
    }
}

/* Pensions start at about sixty, and not after today. */
static void date_pensions(const struct demo_fund *fund, struct demo_member *member)
{
    struct date start = member->persons[0].birth_date;
    start = (struct date){start.year + 60, start.month, 1};
    struct date latest = {fund->today.year, fund->today.month, 1};
    for (uint32_t i = 0; i < member->pension_count; i++) {
        member->pensions[i].start_date = date_compare(start, latest) < 0 ? start : latest;
    }
}

static void make_contact(const struct demo_fund *fund, struct dice *dice,
                         struct demo_member *member, bool abroad)
{
    const struct demo_country *country = abroad ? demo_country_pick(dice) : demo_country_home();
    member->country_code = country->code;
    member->language = abroad ? (dice_chance(dice, 50)   ? "fr"
                                 : dice_chance(dice, 60) ? "ar"
                                                         : "en")
                              : (dice_chance(dice, 55) ? "ar" : "fr");
    demo_address(dice, country, member->address, sizeof(member->address));
    demo_phone(dice, country, member->phone_number, sizeof(member->phone_number));
    member->update_date = days_before(fund->today, dice_between(dice, 1, 900));
}

void demo_member_make(const struct demo_fund *fund, uint32_t index, struct demo_member *ret)
{
    assert(index < fund->members && fund->members <= DEMO_MEMBERS_MAX);
    bool abroad = demo_lives_abroad(fund, index);
    bool hero = abroad && index == demo_hero_index(fund);
    struct dice dice = dice_for(fund->seed, DICE_MEMBER, index);
    memset(ret, 0, sizeof(*ret));
    ret->index = index;
    (void)snprintf(ret->registration_number, sizeof(ret->registration_number), "%09u",
                   (uint32_t)FIRST_REGISTRATION + index);
    (void)snprintf(ret->affiliation_number, sizeof(ret->affiliation_number), "A99%06u",
                   (uint32_t)(((uint64_t)index * SCRAMBLE_FACTOR + 424243) % SCRAMBLE_RANGE));
    ret->mutuelle_code = pick_mutuelle(&dice);
    if (abroad || dice_below(&dice, 1000) < 72) {
        add_pensions(&dice, ret);
    }
    make_contact(fund, &dice, ret, abroad);
    if (hero || index % 4 != 3) { /* most people's numbers were filed in person */
        ret->phone_filed_date = ret->update_date;
    }
    make_family(fund, &dice, ret, hero);
    date_pensions(fund, ret);
}
