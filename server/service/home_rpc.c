#include "gen/handlers.h"

#include "base/clock.h"
#include "service/card_message.h"
#include "service/card_view.h"
#include "service/coverage_load.h"
#include "service/coverage_message.h"
#include "service/home_health.h"
#include "service/home_texts.h"
#include "service/message.h"
#include "service/obligation.h"
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

static status coverage_summary(struct rpc *rpc, const struct family_coverage *family, size_t index,
                               int64_t today, Hayat__V1__CoverageSummary **ret_summary)
{
    Hayat__V1__CoverageSummary *summary = message_new(rpc->arena,
                                                      &hayat__v1__coverage_summary__descriptor);
    if (summary == NULL) {
        return FAIL(ARENA_FULL);
    }
    struct coverage coverage = family_coverage_on(family, index, today);
    summary->beneficiary_id = message_id(rpc->arena, "ben",
                                         family->people.rows[index].record->beneficiary_id);
    summary->state = coverage_state(&coverage);
    summary->last_covered_date = coverage_date(rpc->arena, coverage.last);
    summary->opens_date = coverage_date(rpc->arena, coverage.opens);
    summary->reason_code = (char *)(uintptr_t)coverage_reason_code(coverage.reason);
    *ret_summary = summary;
    return arena_check(rpc->arena);
}

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
    TRY(coverage_summary(screen->rpc, family, index, screen->today, &coverage));
    size_t size = size_in(&coverage->base);
    if (is_dependant) {
        TRY(beneficiary_message(screen->rpc, family->people.rows[index].record, &person));
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

status home_get_home(struct rpc *rpc, const Hayat__V1__GetHomeRequest *request,
                     Hayat__V1__GetHomeResponse *response)
{
    (void)request;
    struct home_due due = {.count = 0};
    int64_t today = obligation_today(rpc);
    TRY(fill_card(rpc, response));
    TRY(add_obligation(rpc, &due));
    TRY(home_health_fill(rpc, response, today, &due));
    TRY(take_due(rpc, &due, response));
    response->server_time = message_time(rpc->arena, rpc->now_ms);
    TRY(arena_check(rpc->arena));
    return fill_family(rpc, today, response);
}
