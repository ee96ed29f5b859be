#include "service/life_certificate_rules.h"

#include "base/array.h"

#define ITEM(name) HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_##name
#define ROUTE(name) HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_##name

/* RULE LC-1: a campaign has a day it opens, a due day and a last day of grace, each counted in.  domain 5 */
enum campaign_phase campaign_phase(const struct campaign *campaign, int64_t today)
{
    if (today < campaign->open_days) {
        return CAMPAIGN_AHEAD;
    }
    if (today <= campaign->due_days) {
        return CAMPAIGN_IN_TIME;
    }
    return today <= campaign->grace_end_days ? CAMPAIGN_IN_GRACE : CAMPAIGN_LATE;
}

/* RULE LC-2: "filing late reinstates": a campaign takes filings from its opening on, for good; the newest that has
   opened is the one that counts.  domain 5 */
bool campaign_takes_filings(const struct campaign *campaign, int64_t today)
{
    return campaign_phase(campaign, today) != CAMPAIGN_AHEAD;
}

bool campaign_choose(struct campaign_choice *choice, const struct campaign *next, int64_t today)
{
    *choice = (struct campaign_choice){
        true, *next}; /* newest first: of those ahead the last one seen opens soonest */
    return !campaign_takes_filings(next, today);
}

/* RULE LC-3: in time means filed by the due day itself; grace delays consequences, it does not make a filing in time.
   domain 5 */
bool campaign_in_time(const struct campaign *campaign, int64_t filed_day)
{
    return filed_day <= campaign->due_days;
}

bool campaign_is_due(const struct campaign *campaign, int64_t today, bool fulfilled,
                     bool *ret_overdue)
{
    enum campaign_phase phase = campaign_phase(campaign, today);
    *ret_overdue = phase == CAMPAIGN_IN_GRACE || phase == CAMPAIGN_LATE;
    return !fulfilled && phase != CAMPAIGN_AHEAD;
}

/* RULE LC-4: the routes by paper need the form.  A witness is no authority, so that route also needs an identity document; the
   authority's stamp vouches for identity by itself.  A video stands for the form and needs an identity document to compare with; the
   registry's word needs nothing.  domain 5 (routes of proof); which items is ours */
struct requirement {
    Hayat__V1__ProofRoute route;
    Hayat__V1__DocumentItem item;
};

static const struct requirement requirements[] = {
    {ROUTE(AUTHORITY_FORM), ITEM(FORM)},     {ROUTE(WITNESSED_FORM), ITEM(FORM)},
    {ROUTE(WITNESSED_FORM), ITEM(IDENTITY)}, {ROUTE(LIVENESS_VIDEO), ITEM(LIVENESS_VIDEO)},
    {ROUTE(LIVENESS_VIDEO), ITEM(IDENTITY)},
};

bool route_on_paper(Hayat__V1__ProofRoute route)
{
    return route == ROUTE(AUTHORITY_FORM) || route == ROUTE(WITNESSED_FORM);
}

bool route_for_members(Hayat__V1__ProofRoute route)
{
    return route_on_paper(route) || route == ROUTE(LIVENESS_VIDEO);
}

bool item_known(Hayat__V1__DocumentItem item)
{
    return item_name(item)[0] != '?';
}

bool item_list_has(const struct item_list *list, Hayat__V1__DocumentItem item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == item) {
            return true;
        }
    }
    return false;
}

void item_list_add(struct item_list *list, Hayat__V1__DocumentItem item)
{
    if (item_known(item) && list->count < ITEMS_MAX && !item_list_has(list, item)) {
        list->items[list->count++] = item;
    }
}

/* RULE LC-5: what is missing is told all at once.  domain 5 (the pensioner refused three times) */
struct item_list items_missing(Hayat__V1__ProofRoute route, const struct item_list *present)
{
    struct item_list missing = {.count = 0};
    for (size_t i = 0; i < ARRAY_LEN(requirements); i++) {
        if (requirements[i].route == route && !item_list_has(present, requirements[i].item)) {
            missing.items[missing.count++] = requirements[i].item;
        }
    }
    return missing;
}

const char *item_name(Hayat__V1__DocumentItem item)
{
    switch (item) {
    case ITEM(FORM):
        return "FORM";
    case ITEM(IDENTITY):
        return "IDENTITY";
    case ITEM(OTHER):
        return "OTHER";
    case ITEM(LIVENESS_VIDEO):
        return "LIVENESS_VIDEO";
    case ITEM(WITNESS_IDENTITY):
        return "WITNESS_IDENTITY";
    case ITEM(UNSPECIFIED):
    case _HAYAT__V1__DOCUMENT_ITEM_IS_INT_SIZE:
        break;
    }
    return "?";
}
