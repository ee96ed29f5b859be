#include "service/campaign.h"

#include <stdlib.h>
#include <string.h>

#include "storage/change_feed.h"
#include "storage/reference_store.h"

#define KIND(name) HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_##name

typedef Hayat__Store__V1__StoredReferenceSet reference_set;

static struct campaign of_record(const Hayat__Store__V1__StoredCampaign *record)
{
    return (struct campaign){record->year, record->open_days, record->due_days,
                             record->grace_end_days};
}

struct search {
    struct campaign_choice choice;
    int64_t today;
};

static bool see_campaign(void *ctx, const Hayat__Store__V1__StoredCampaign *record)
{
    struct search *search = ctx;
    const struct campaign campaign = of_record(record);
    return campaign_choose(&search->choice, &campaign, search->today);
}

static status choose(struct txn *txn, int64_t today, struct campaign_choice *ret_choice)
{
    struct search search = {.today = today};
    TRY(campaign_store_back(txn, see_campaign, &search));
    *ret_choice = search.choice;
    return STATUS_OK;
}

/* Campaigns are read once for each day and change of theirs, not once for each pensioner's call. */
status campaign_on(struct txn *txn, int64_t today, struct campaign *ret_campaign)
{
    static const struct owner nobody;
    static _Thread_local struct { /* this thread's last answer */
        struct change_mark mark;
        int64_t today;
        struct campaign_choice choice;
    } known;
    if (known.today != today || !change_mark_holds(&known.mark, txn, nobody)) {
        struct campaign_choice choice;
        TRY(choose(txn, today, &choice));
        known.mark = change_mark_of(txn);
        known.today = today;
        known.choice = choice;
    }
    if (!known.choice.found) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    *ret_campaign = known.choice.campaign;
    return STATUS_OK;
}

status campaign_of_year(struct txn *txn, int32_t year, struct campaign *ret_campaign)
{
    Hayat__Store__V1__StoredCampaign *record;
    status found = campaign_store_get(txn, year, &record);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    TRY(found);
    *ret_campaign = of_record(record);
    return STATUS_OK;
}

/* --- windows --- */

/* NULL when there is none. */
static status set_on(struct txn *txn, Hayat__Store__V1__ReferenceKind kind, int64_t day,
                     const reference_set **ret_set)
{
    reference_set *set = NULL;
    status found = reference_store_on(txn, kind, day, &set);
    *ret_set = set;
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

/* How closely a window fits: both 3, country 2, scheme 1, neither 0; below 0: not at all. */
static int closeness(const Hayat__Store__V1__StoredCampaignWindow *window, int32_t year,
                     const Hayat__Store__V1__StoredPension *pension)
{
    bool any_country = window->country_code[0] == '\0', any_scheme = window->scheme_code[0] == '\0';
    bool fits = strtol(window->year, NULL, 10) == year &&
                (any_country || strcmp(window->country_code, pension->country_code) == 0) &&
                (any_scheme || strcmp(window->scheme_code, pension->scheme_code) == 0);
    return fits ? (any_country ? 0 : 2) + (any_scheme ? 0 : 1) : -1;
}

status campaign_window(struct txn *txn, const struct campaign *campaign,
                       const Hayat__Store__V1__StoredPension *pension, struct campaign *ret_window,
                       const char **ret_version)
{
    const reference_set *set;
    int best = -1;
    TRY(set_on(txn, KIND(CAMPAIGN_WINDOW), campaign->open_days, &set));
    *ret_window = *campaign;
    *ret_version = "";
    for (size_t i = 0; set != NULL && i < set->n_windows; i++) {
        const Hayat__Store__V1__StoredCampaignWindow *window = set->windows[i];
        int fits = closeness(window, campaign->year, pension);
        if (fits > best) {
            best = fits;
            *ret_window = (struct campaign){campaign->year, window->open_days, window->due_days,
                                            window->grace_end_days};
            *ret_version = set->version;
        }
    }
    return STATUS_OK;
}

/* --- reminders --- */

static void take_rules(const reference_set *set, const char *country, struct reminder_plan *plan)
{
    for (size_t i = 0; i < set->n_reminders && plan->count < LIMIT_REMINDER_RULES; i++) {
        if (strcmp(set->reminders[i]->country_code, country) == 0) {
            plan->rules[plan->count++] = set->reminders[i];
        }
    }
}

status campaign_reminders(struct txn *txn, int64_t day, const char *country,
                          struct reminder_plan *ret_plan)
{
    const reference_set *set;
    ret_plan->count = 0;
    TRY(set_on(txn, KIND(REMINDER_PLAN), day, &set));
    if (set != NULL) {
        take_rules(set, country, ret_plan);
    }
    if (set != NULL && ret_plan->count == 0) {
        take_rules(set, "", ret_plan);
    }
    return STATUS_OK;
}
