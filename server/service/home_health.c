#include "service/home_health.h"

#include "base/clock.h"
#include "service/home_texts.h"
#include "service/message.h"
#include "service/splice.h"
#include "storage/summary_pages.h"

#define CLAIM(name) HAYAT__V1__CLAIM_STATE__CLAIM_STATE_##name
#define AUTHORIZATION(name) HAYAT__V1__PRIOR_AUTHORIZATION_STATE__PRIOR_AUTHORIZATION_STATE_##name

enum { TAG_CLAIMS = 6, TAG_AUTHORIZATIONS = 7 }; /* of GetHomeResponse */

void home_due_add(struct home_due *due, Hayat__V1__DueItem *item, int64_t day)
{
    size_t at = due->count;
    if (at == HOME_DUE_MAX) {
        return;
    }
    for (; at > 0 && due->days[at - 1] > day; at--) {
        due->items[at] = due->items[at - 1];
        due->days[at] = due->days[at - 1];
    }
    due->items[at] = item;
    due->days[at] = day;
    due->count++;
}

struct search {
    struct home_newest *newest;
    bool (*is_shown)(uint8_t state);
    uint8_t waiting_state;
};

static bool visit(void *ctx, const struct summary *summary)
{
    const struct search *search = ctx;
    struct home_newest *newest = search->newest;
    if (newest->looked_at++ == LIMIT_HOME_LOOKED_AT) {
        return false;
    }
    if (newest->shown_count < LIMIT_HOME_CLAIMS && search->is_shown(summary->state)) {
        newest->shown[newest->shown_count++] = summary->wire;
    }
    if (newest->waiting_count < LIMIT_HOME_DUE && summary->state == search->waiting_state) {
        newest->waiting[newest->waiting_count++] = summary->view;
    }
    return true;
}

static bool any_claim(uint8_t state)
{
    (void)state;
    return true;
}

static bool pending_authorization(uint8_t state)
{
    return state == AUTHORIZATION(RECEIVED) || state == AUTHORIZATION(IN_REVIEW) ||
           state == AUTHORIZATION(MORE_INFORMATION_NEEDED);
}

status home_newest_claims(struct txn *txn, struct owner owner, struct home_newest *ret_newest)
{
    struct search search = {ret_newest, any_claim, CLAIM(MORE_INFORMATION_NEEDED)};
    *ret_newest = (struct home_newest){.tag = TAG_CLAIMS};
    struct summary_list list = {TABLE_claim_page, owner};
    return summary_pages_walk(txn, list, NULL, visit, &search);
}

status home_newest_authorizations(struct txn *txn, struct owner owner,
                                  struct home_newest *ret_newest)
{
    struct search search = {ret_newest, pending_authorization,
                            AUTHORIZATION(MORE_INFORMATION_NEEDED)};
    *ret_newest = (struct home_newest){.tag = TAG_AUTHORIZATIONS};
    struct summary_list list = {TABLE_prior_authorization_page, owner};
    return summary_pages_walk(txn, list, NULL, visit, &search);
}

void home_newest_splice(Hayat__V1__GetHomeResponse *response, const struct home_newest *newest)
{
    for (size_t i = 0; i < newest->shown_count; i++) {
        splice_item(&response->base, newest->tag, newest->shown[i]);
    }
}

/* --- what waits --- */

struct waiting {
    Hayat__V1__DueKind kind;
    char *object_id, *number;
    const Google__Type__Date *respond_by;
};

static status add_waiting(struct rpc *rpc, const struct waiting *waiting, int64_t today,
                          struct home_due *due)
{
    Hayat__V1__DueItem *item = message_new(rpc->arena, &hayat__v1__due_item__descriptor);
    if (item == NULL) {
        return FAIL(ARENA_FULL);
    }
    const Google__Type__Date *by = waiting->respond_by;
    int64_t day = by == NULL ? INT64_MAX
                             : date_to_days((struct date){by->year, by->month, by->day});
    item->kind = waiting->kind;
    item->object_id = waiting->object_id;
    item->due_date = by == NULL ? NULL : message_date(rpc->arena, day);
    item->overdue = day < today;
    bool is_claim = waiting->kind == HAYAT__V1__DUE_KIND__DUE_KIND_CLAIM_INFORMATION;
    item->text = home_text_waiting(rpc->arena, rpc->language, is_claim, waiting->number, day);
    home_due_add(due, item, day);
    return arena_check(rpc->arena);
}

static status waiting_claims(struct rpc *rpc, const struct home_newest *newest, int64_t today,
                             struct home_due *due)
{
    for (size_t i = 0; i < newest->waiting_count; i++) {
        const Hayat__V1__ClaimSummary *claim = hayat__v1__claim_summary__unpack(
            &rpc->arena->allocator, newest->waiting[i].len, newest->waiting[i].ptr);
        if (claim == NULL) {
            return FAIL(STORE_CORRUPT);
        }
        struct waiting waiting = {HAYAT__V1__DUE_KIND__DUE_KIND_CLAIM_INFORMATION, claim->claim_id,
                                  claim->file_number, claim->respond_by_date};
        TRY(add_waiting(rpc, &waiting, today, due));
    }
    return STATUS_OK;
}

static status waiting_authorizations(struct rpc *rpc, const struct home_newest *newest,
                                     int64_t today, struct home_due *due)
{
    for (size_t i = 0; i < newest->waiting_count; i++) {
        const Hayat__V1__PriorAuthorizationSummary *summary =
            hayat__v1__prior_authorization_summary__unpack(
                &rpc->arena->allocator, newest->waiting[i].len, newest->waiting[i].ptr);
        if (summary == NULL) {
            return FAIL(STORE_CORRUPT);
        }
        struct waiting waiting = {HAYAT__V1__DUE_KIND__DUE_KIND_PRIOR_AUTHORIZATION_INFORMATION,
                                  summary->prior_authorization_id, summary->authorization_number,
                                  summary->respond_by_date};
        TRY(add_waiting(rpc, &waiting, today, due));
    }
    return STATUS_OK;
}

status home_waiting_fill(struct rpc *rpc, const struct home_newest *claims,
                         const struct home_newest *authorizations, int64_t today,
                         struct home_due *due)
{
    TRY(waiting_claims(rpc, claims, today, due));
    return waiting_authorizations(rpc, authorizations, today, due);
}
