/*
 * demo_rights: the invented rights, exemptions, prior authorisations and account of one member.  Pure functions of (fund, member).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_RIGHTS_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_RIGHTS_H

#include "tools/hayatctl/demo_member.h"

struct demo_period {
    const char *basis;
    struct date from_date, open_date, to_date; /* year 0: none */
    const char *end_reason;                    /* empty while it does not end */
};

/* The person's one period of rights. */
void demo_period_make(const struct demo_fund *fund, const struct demo_member *member, uint32_t seq,
                      struct demo_period *ret);

struct demo_exemption {
    const char *condition;
    struct date from_date, to_date;
    bool renews;
};

/* Whether the person is exempt for a long-term illness. */
bool demo_is_exempt(const struct demo_fund *fund, const struct demo_member *member, uint32_t seq);
void demo_exemption_make(const struct demo_fund *fund, const struct demo_member *member,
                         uint32_t seq, struct demo_exemption *ret);

/* The account a member is paid on: of the branch 999, which no bank has, and of the member's registration number. */
struct demo_account {
    char rib[25];
    struct date since_date;
};

/* False: one in twenty has none on file. */
bool demo_account_make(const struct demo_fund *fund, const struct demo_member *member,
                       struct demo_account *ret);

enum { DEMO_AUTHORIZATIONS_MAX = 2, DEMO_AUTHORIZATION_LINES_MAX = 3 };

struct demo_authorization_line {
    const char *act_code, *letter_key, *decision, *rejection_reason;
    int32_t coefficient_thousandths;
    int64_t requested_centimes, granted_centimes, member_share_centimes;
};

struct demo_authorization {
    char number[28];
    uint32_t beneficiary_seq;
    const char *state, *kind, *missing_items;
    uint32_t requester_inpe, establishment_inpe;
    struct date request_date, decision_date, planned_care_date, valid_until_date, respond_by_date;
    uint32_t request_minute, decision_minute; /* of their days */
    int64_t requested_centimes, granted_centimes, member_share_centimes;
    struct demo_authorization_line lines[DEMO_AUTHORIZATION_LINES_MAX];
    uint32_t line_count;
};

uint32_t demo_authorization_count(const struct demo_fund *fund, const struct demo_member *member);
void demo_authorization_make(const struct demo_fund *fund, const struct demo_member *member,
                             uint32_t position, struct demo_authorization *ret);

#endif
