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

/* What the newest summaries of one kind tell. */
struct newest {
    bool (*is_shown)(uint8_t state);
    uint8_t waiting_state;
    size_t looked_at, shown_count, waiting_count;
    bytes shown[LIMIT_HOME_CLAIMS]; /* wire bytes */
    bytes waiting[LIMIT_HOME_DUE];  /* views */
};

static bool visit(void *ctx, const struct summary *summary)
{
    struct newest *newest = ctx;
    if (newest->looked_at++ == LIMIT_HOME_LOOKED_AT) {
        return false;
    }
    if (newest->shown_count < LIMIT_HOME_CLAIMS && newest->is_shown(summary->state)) {
        newest->shown[newest->shown_count++] = summary->wire;
    }
    if (newest->waiting_count < LIMIT_HOME_DUE && summary->state == newest->waiting_state) {
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

static void splice_shown(ProtobufCMessage *response, uint32_t tag, const struct newest *newest)
{
    for (size_t i = 0; i < newest->shown_count; i++) {
        splice_item(response, tag, newest->shown[i]);
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

static status waiting_claims(struct rpc *rpc, const struct newest *newest, int64_t today,
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

static status waiting_authorizations(struct rpc *rpc, const struct newest *newest, int64_t today,
                                     struct home_due *due)
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

status home_health_fill(struct rpc *rpc, Hayat__V1__GetHomeResponse *response, int64_t today,
                        struct home_due *due)
{
    struct newest claims = {.is_shown = any_claim, .waiting_state = CLAIM(MORE_INFORMATION_NEEDED)};
    struct newest authorizations = {.is_shown = pending_authorization,
                                    .waiting_state = AUTHORIZATION(MORE_INFORMATION_NEEDED)};
    struct summary_list list = {TABLE_claim_page, rpc->principal->owner};
    TRY(summary_pages_walk(rpc->txn, list, NULL, visit, &claims));
    list.table = TABLE_prior_authorization_page;
    TRY(summary_pages_walk(rpc->txn, list, NULL, visit, &authorizations));
    TRY(splice_room(rpc->arena, &response->base, claims.shown_count + authorizations.shown_count));
    splice_shown(&response->base, TAG_CLAIMS, &claims);
    splice_shown(&response->base, TAG_AUTHORIZATIONS, &authorizations);
    TRY(waiting_claims(rpc, &claims, today, due));
    return waiting_authorizations(rpc, &authorizations, today, due);
}
