#include "gen/handlers.h"

#include "base/array.h"
#include "base/clock.h"
#include "service/card_message.h"
#include "service/card_view.h"
#include "service/coverage_load.h"
#include "service/coverage_message.h"
#include "service/home_health.h"
#include "service/home_texts.h"
#include "service/home_view.h"
#include "service/message.h"
#include "service/obligation.h"
#include "service/reference.h"
#include "service/splice.h"

enum { TAG_CARD = 1, FIELD_OVERHEAD = 4 /* a tag and a length below 2 MiB */ };

static status fill_card(struct rpc *rpc, Hayat__V1__GetHomeResponse *response)
{
    Hayat__Store__V1__StoredCard *card;
    status found = card_store_get(rpc->txn, rpc->principal->owner, SEQ_HOLDER, &card);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* absent until one is issued */
    }
    TRY(found);
    struct card_row row = {SEQ_HOLDER, card};
    if (card->view.len == 0) {
        return card_message(rpc, &row, &response->card);
    }
    TRY(splice_room(rpc->arena, &response->base, 1));
    response->base.n_unknown_fields = 1;
    return card_view_field(rpc->arena, TAG_CARD, card->view, &response->base.unknown_fields[0]);
}

/* --- what is due --- */

static status add_certificate(struct rpc *rpc, const struct campaign *campaign, bool overdue,
                              struct home_due *due)
{
    Hayat__V1__DueItem *item = message_new(rpc->arena, &hayat__v1__due_item__descriptor);
    if (item == NULL) {
        return FAIL(ARENA_FULL);
    }
    item->kind = HAYAT__V1__DUE_KIND__DUE_KIND_LIFE_CERTIFICATE;
    item->due_date = message_date(rpc->arena, campaign->due_days);
    item->overdue = overdue;
    item->text = home_text_life_certificate(rpc->arena, rpc->language, campaign->year,
                                            date_from_days(campaign->due_days), overdue);
    home_due_add(due, item, campaign->due_days);
    return arena_check(rpc->arena);
}

static status add_obligation(struct rpc *rpc, struct home_due *due)
{
    struct obligation obligation;
    bool overdue;
    status loaded = obligation_load(rpc, &obligation);
    if (loaded.why == REASON_NOT_A_PENSIONER || loaded.why == REASON_CAMPAIGN_NOT_OPEN) {
        return STATUS_OK;
    }
    TRY(loaded);
    bool is_due = campaign_is_due(&obligation.campaign, obligation.today, obligation.fulfilled,
                                  &overdue);
    return is_due ? add_certificate(rpc, &obligation.campaign, overdue, due) : STATUS_OK;
}

static status take_due(struct rpc *rpc, const struct home_due *due,
                       Hayat__V1__GetHomeResponse *response)
{
    response->due_items = arena_array(rpc->arena, due->count, sizeof(Hayat__V1__DueItem *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < due->count; i++) {
        response->due_items[i] = due->items[i];
    }
    response->n_due_items = due->count;
    return STATUS_OK;
}

/* --- the family and its rights, as far as they fit --- */

static size_t size_in(const ProtobufCMessage *message)
{
    return FIELD_OVERHEAD + protobuf_c_message_get_packed_size(message);
}

struct screen {
    struct rpc *rpc;
    Hayat__V1__GetHomeResponse *response;
    int64_t today;
    size_t room; /* bytes left */
};

/* One person, when there is room left. */
static status fill_person(struct screen *screen, const struct family_coverage *family, size_t index)
{
    Hayat__V1__GetHomeResponse *response = screen->response;
    Hayat__V1__CoverageSummary *coverage;
    Hayat__V1__Beneficiary *person = NULL;
    bool is_dependant = family->people.rows[index].seq != SEQ_HOLDER;
    TRY(coverage_summary(screen->rpc->arena, family, index, screen->today, &coverage));
    size_t size = size_in(&coverage->base);
    if (is_dependant) {
        TRY(beneficiary_message(screen->rpc->arena, family->people.rows[index].record, &person));
        size += size_in(&person->base);
    }
    if (size > screen->room) {
        screen->room = 0; /* nobody after it either: the order stays */
        return STATUS_OK;
    }
    screen->room -= size;
    response->coverages[response->n_coverages++] = coverage;
    if (is_dependant) {
        response->dependants[response->n_dependants++] = person;
    }
    return STATUS_OK;
}

static status fill_family(struct rpc *rpc, int64_t today, Hayat__V1__GetHomeResponse *response)
{
    struct family_coverage *family = arena_alloc(rpc->arena, sizeof *family);
    TRY(arena_check(rpc->arena));
    TRY(family_coverage_load(rpc->txn, rpc->principal->owner, today, family));
    size_t count = family->people.count;
    response->dependants = arena_array(rpc->arena, count, sizeof(Hayat__V1__Beneficiary *));
    response->coverages = arena_array(rpc->arena, count, sizeof(Hayat__V1__CoverageSummary *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        response->dependant_count += family->people.rows[i].seq != SEQ_HOLDER ? 1 : 0;
    }
    size_t used = protobuf_c_message_get_packed_size(&response->base);
    struct screen screen = {rpc, response, today,
                            used < LIMIT_HOME_BYTES ? LIMIT_HOME_BYTES - used : 0};
    for (size_t i = 0; i < count && screen.room > 0; i++) {
        TRY(fill_person(&screen, family, i));
    }
    return STATUS_OK;
}

/* From the records themselves. */
static status fill_screen(struct rpc *rpc, int64_t today, const struct home_newest *claims,
                          const struct home_newest *authorizations,
                          Hayat__V1__GetHomeResponse *response)
{
    TRY(fill_card(rpc, response));
    TRY(splice_room(rpc->arena, &response->base,
                    claims->shown_count + authorizations->shown_count));
    home_newest_splice(response, claims);
    home_newest_splice(response, authorizations);
    return fill_family(rpc, today, response);
}

/* --- as it is stored --- */

/* NULL: there is no view, or it does not know today's rights. */
static status find_view(struct rpc *rpc, int64_t today, home_row **ret_view, bytes *ret_coverages)
{
    struct coverage_figures figures;
    home_row *view;
    *ret_view = NULL;
    status found = home_store_get(rpc->txn, rpc->principal->owner, &view);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    TRY(reference_coverage(rpc->txn, today, &figures));
    *ret_view = home_view_coverages(view, &figures, today, ret_coverages) ? view : NULL;
    return STATUS_OK;
}

static void take_waiting(const ProtobufCBinaryData *list, size_t count, struct home_newest *newest)
{
    *newest = (struct home_newest){.waiting_count = count < LIMIT_HOME_DUE ? count
                                                                           : LIMIT_HOME_DUE};
    for (size_t i = 0; i < newest->waiting_count; i++) {
        newest->waiting[i] = bytes_of_binary(list[i]);
    }
}

static status splice_view(struct rpc *rpc, const home_row *view, bytes coverages,
                          Hayat__V1__GetHomeResponse *response, bool *ret_fits)
{
    const bytes runs[] = {bytes_of_binary(view->card), bytes_of_binary(view->people), coverages,
                          bytes_of_binary(view->claims), bytes_of_binary(view->authorizations)};
    size_t size = protobuf_c_message_get_packed_size(&response->base);
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        size += runs[i].len;
    }
    *ret_fits = size <= LIMIT_HOME_BYTES;
    if (!*ret_fits) {
        return STATUS_OK;
    }
    TRY(splice_room(rpc->arena, &response->base, ARRAY_LEN(runs)));
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        if (runs[i].len > 0) {
            splice_item(&response->base, runs[i].ptr[0] >> 3, runs[i]);
        }
    }
    return STATUS_OK;
}

/* --- the call --- */

static status fill_due(struct rpc *rpc, const struct home_newest *claims,
                       const struct home_newest *authorizations, bool no_pension,
                       Hayat__V1__GetHomeResponse *response)
{
    struct home_due due = {.count = 0};
    TRY(no_pension ? STATUS_OK : add_obligation(rpc, &due));
    TRY(home_waiting_fill(rpc, claims, authorizations, obligation_today(rpc), &due));
    return take_due(rpc, &due, response);
}

/* What the view waits for, or what the records do. */
static status find_newest(struct rpc *rpc, const home_row *view, struct home_newest *claims,
                          struct home_newest *authorizations)
{
    if (view != NULL) {
        take_waiting(view->waiting_claims, view->n_waiting_claims, claims);
        take_waiting(view->waiting_authorizations, view->n_waiting_authorizations, authorizations);
        return STATUS_OK;
    }
    TRY(home_newest_claims(rpc->txn, rpc->principal->owner, claims));
    return home_newest_authorizations(rpc->txn, rpc->principal->owner, authorizations);
}

status home_get_home(struct rpc *rpc, const Hayat__V1__GetHomeRequest *request,
                     Hayat__V1__GetHomeResponse *response)
{
    (void)request;
    int64_t today = obligation_today(rpc);
    struct home_newest claims = {.tag = 0}, authorizations = {.tag = 0};
    home_row *view;
    bytes coverages;
    bool fits = false;
    TRY(find_view(rpc, today, &view, &coverages));
    TRY(find_newest(rpc, view, &claims, &authorizations));
    TRY(fill_due(rpc, &claims, &authorizations, view != NULL && view->no_pension, response));
    response->server_time = message_time(rpc->arena, rpc->now_ms);
    TRY(arena_check(rpc->arena));
    if (view != NULL) {
        TRY(splice_view(rpc, view, coverages, response, &fits));
        if (fits) {
            return STATUS_OK;
        }
        TRY(find_newest(rpc, NULL, &claims, &authorizations)); /* a large family: what fits */
    }
    return fill_screen(rpc, today, &claims, &authorizations, response);
}
