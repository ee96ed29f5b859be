/*
 * demo_member: one invented member of the fund: the holder, the dependants, the cards and the
 * pensions.
 *
 * A pure function of (seed, number of members, today, index): nothing is remembered from one member
 * to the next. What is invented shows: registration numbers are 990000001 and up, CINE letters are
 * pairs of Q, W, X and Z, phone numbers are +212 600 000 xxx or the ranges that France and North
 * America keep for fiction, streets are examples.
 *
 * Invariants
 *   1 persons[0] is the holder; a spouse, when there is one, is persons[1]; children follow,
 *     oldest first.
 *   2 A parent is at least 18 years older than each child; no dependent child is 26 or older.
 *   3 CINE numbers are unique in a fund of up to DEMO_MEMBERS_MAX members; minors have none.
 *   4 At least DEMO_ABROAD_MIN members (or all, in a smaller fund) are pensioners who live abroad.
 *   5 The first member who lives abroad (demo_hero_index) has a spouse, two children, an active
 *     card with a photo and claims: the demonstration's main person.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_MEMBER_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "tools/hayatctl/demo_names.h"

enum {
    DEMO_MEMBERS_MAX = 1000000,
    DEMO_ABROAD_MIN = 20,
    DEMO_PERSONS_MAX = 7, /* holder, spouse, five children */
    DEMO_PENSIONS_MAX = 2,
    DEMO_CLAIMS_MAX = 64,
    DEMO_PHOTOS = 240, /* distinct pictures, shared among the members: 40 per sex and age group */
};

struct demo_fund {
    uint64_t seed;
    uint32_t members; /* 1 … DEMO_MEMBERS_MAX */
    struct date today;
    uint32_t abroad;            /* so many are pensioners who live abroad; 0: as people are */
    uint32_t claims_per_member; /* of each, up to DEMO_CLAIMS_MAX; 0: as people are, none to ten */
    uint32_t photo_members;     /* the cards of so many have photos; 0: of all */
};

enum demo_relationship { DEMO_HOLDER, DEMO_SPOUSE, DEMO_CHILD };

struct demo_person {
    enum demo_relationship relationship;
    bool female;
    const struct name_pair *given, *family;
    struct date birth_date;
    char cine[9]; /* empty for minors */
    struct date card_issue_date;
    bool card_suspended;
    int32_t photo; /* 0 … DEMO_PHOTOS-1, or -1 */
};

struct demo_pension {
    char number[16];
    const char *scheme_code;
    struct date start_date;
};

struct demo_member {
    uint32_t index;
    char registration_number[10];
    char affiliation_number[10];
    const char *mutuelle_code;
    const char *country_code;
    const char *language;
    char phone_number[20];
    char address[128];
    struct date update_date;
    struct date phone_filed_date; /* year 0: the number was not filed in person */
    struct demo_person persons[DEMO_PERSONS_MAX];
    uint32_t person_count;
    struct demo_pension pensions[DEMO_PENSIONS_MAX];
    uint32_t pension_count; /* 0: still working */
};

void demo_member_make(const struct demo_fund *fund, uint32_t index, struct demo_member *ret);
/* Whether that member is a pensioner who lives abroad. */
bool demo_lives_abroad(const struct demo_fund *fund, uint32_t index);
uint32_t demo_hero_index(const struct demo_fund *fund);
/* Whole years between the dates. */
int32_t demo_age(struct date birth, struct date on);

#endif
