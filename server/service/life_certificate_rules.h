/*
 * life_certificate_rules: when a certificate may be filed, whether it is in time, and what it lacks.
 *
 * Pure functions of values and a date.  Days are civil days since 1970-01-01 in Morocco: the member abroad and the
 * fund count by the same calendar.  Sources: the fund's domain notes, section 5.
 */
#ifndef HAYAT_SERVICE_LIFE_CERTIFICATE_RULES_H
#define HAYAT_SERVICE_LIFE_CERTIFICATE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hayat/v1/life_certificate.pb-c.h"

enum { ITEMS_MAX = 8 };

/* A campaign's window, as the fund sets it: open ≤ due ≤ grace end. */
struct campaign {
    int32_t year;
    int64_t open_days, due_days, grace_end_days;
};

enum campaign_phase {
    CAMPAIGN_AHEAD, /* not open yet */
    CAMPAIGN_IN_TIME,
    CAMPAIGN_IN_GRACE,
    CAMPAIGN_LATE,
};

enum campaign_phase campaign_phase(const struct campaign *campaign, int64_t today);
/* The campaign to file for: the newest that has opened, else the next to open. */
struct campaign_choice {
    bool found;
    struct campaign campaign;
};
/* Begins as {false}; is given the campaigns, however many are fed ahead, newest first, until it returns false. */
bool campaign_choose(struct campaign_choice *choice, const struct campaign *next, int64_t today);
bool campaign_takes_filings(const struct campaign *campaign, int64_t today);
bool campaign_in_time(const struct campaign *campaign, int64_t filed_day);
/* Whether a due item is shown, and whether it is overdue. */
bool campaign_is_due(const struct campaign *campaign, int64_t today, bool fulfilled,
                     bool *ret_overdue);

struct item_list {
    size_t count;
    Hayat__V1__DocumentItem items[ITEMS_MAX];
};

bool item_list_has(const struct item_list *list, Hayat__V1__DocumentItem item);
/* Once; what is no item is not added. */
void item_list_add(struct item_list *list, Hayat__V1__DocumentItem item);

/* Whether it is proven by papers, sent or handed in at an agency. */
bool route_on_paper(Hayat__V1__ProofRoute route);
/* Whether a member can begin it: by papers, or by a video. */
bool route_for_members(Hayat__V1__ProofRoute route);
bool item_known(Hayat__V1__DocumentItem item);
/* Everything a certificate by that route lacks, given what is complete. */
struct item_list items_missing(Hayat__V1__ProofRoute route, const struct item_list *present);
/* "FORM"; a constant. */
const char *item_name(Hayat__V1__DocumentItem item);

#endif
