#include "service/claim_parts.h"

#include "service/app.h"
#include "service/message.h"
#include "storage/member_store.h"

/* --- rejections and missing items --- */

status claim_context_init(struct claim_context *context, struct rpc *rpc, int64_t decision_day)
{
    context->rpc = rpc;
    context->decision_day = decision_day;
    context->filing_day = 0;
    return reference_rejections(rpc->txn, decision_day, &context->rejections);
}

status claim_context_filing(struct claim_context *context, const struct filing_facts *facts)
{
    struct rpc *rpc = context->rpc;
    const char *code = filing_is_continuous(facts) ? "filing_continuous" : "filing";
    int64_t start = filing_start(facts);
    struct delay_rule rule;
    bool found;
    TRY(reference_delay(rpc->txn, code, start, &rule, &found));
    if (!found) {
        return STATUS_OK;
    }
    struct calendar *calendar = arena_alloc(rpc->arena, sizeof *calendar);
    TRY(arena_check(rpc->arena));
    TRY(reference_calendar(rpc->txn, rpc->app->utc_offset_minutes, start, calendar));
    context->filing_day = filing_last_day(facts, &rule, calendar);
    return STATUS_OK;
}

static Google__Type__Date *respond_by(const struct claim_context *context, enum rejection rejection,
                                      int64_t told_day)
{
    struct respond_facts facts = {
        .told_day = told_day,
        .decision_day = context->decision_day,
        .respond_days = rejection == REJECTION_UNKNOWN
                            ? FIGURE_NONE
                            : context->rejections.respond_days[rejection],
        .filing_day = rejection_is_mended_by_filing(rejection) ? context->filing_day : 0,
    };
    return message_optional_date(context->rpc->arena, rejection_respond_by(&facts));
}

status claim_parts_rejections(const struct claim_context *context,
                              Hayat__Store__V1__StoredRejection *const *stored, size_t count,
                              Hayat__V1__RejectionReason ***ret_rejections)
{
    struct arena *arena = context->rpc->arena;
    enum language language = context->rpc->language;
    Hayat__V1__RejectionReason **reasons = arena_array(arena, count, sizeof(void *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < count; i++) {
        Hayat__V1__RejectionReason *reason = message_new(arena,
                                                         &hayat__v1__rejection_reason__descriptor);
        if (reason == NULL) {
            return FAIL(ARENA_FULL);
        }
        enum rejection rejection = rejection_of(stored[i]->reason_code);
        reason->code = stored[i]->reason_code;
        reason->text = message_text(arena, rejection_text(rejection, language));
        reason->next_step = message_text(arena, rejection_next_step(rejection, language));
        reason->respond_by_date = respond_by(context, rejection, stored[i]->respond_by_days);
        reason->note = stored[i]->note;
        reasons[i] = reason;
    }
    *ret_rejections = reasons;
    return arena_check(arena);
}

status claim_parts_missing(const struct claim_context *context,
                           Hayat__Store__V1__StoredMissingItem *const *stored, size_t count,
                           Hayat__V1__MissingItem ***ret_items)
{
    struct arena *arena = context->rpc->arena;
    enum language language = context->rpc->language;
    Hayat__V1__MissingItem **items = arena_array(arena, count, sizeof(void *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < count; i++) {
        Hayat__V1__MissingItem *item = message_new(arena, &hayat__v1__missing_item__descriptor);
        if (item == NULL) {
            return FAIL(ARENA_FULL);
        }
        enum rejection rejection = rejection_of(stored[i]->item_code);
        item->code = stored[i]->item_code;
        item->text = message_text(arena, rejection_text(rejection, language));
        item->next_step = message_text(arena, rejection_next_step(rejection, language));
        item->respond_by_date = respond_by(context, rejection, stored[i]->respond_by_days);
        items[i] = item;
    }
    *ret_items = items;
    return arena_check(arena);
}

/* --- the timeline --- */

status claim_parts_changes(struct timeline *timeline,
                           Hayat__Store__V1__StoredStateChange *const *changes, size_t count)
{
    if (count > LIMIT_STATE_CHANGES) {
        return FAIL(STORE_CORRUPT);
    }
    timeline->derived_count = 0;
    timeline->count = count;
    for (size_t i = 0; i < count; i++) {
        timeline->changes[i] = changes[i];
    }
    return STATUS_OK;
}

int64_t claim_parts_first(const struct timeline *timeline, uint32_t state)
{
    int64_t first = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        int64_t time = timeline->changes[i]->time_ms;
        if (timeline->changes[i]->state == state && (first == 0 || time < first)) {
            first = time;
        }
    }
    return first;
}

void claim_parts_derive(struct timeline *timeline, uint32_t state, int64_t time_ms)
{
    if (time_ms == 0 || claim_parts_first(timeline, state) != 0) {
        return;
    }
    Hayat__Store__V1__StoredStateChange *change = &timeline->derived[timeline->derived_count++];
    hayat__store__v1__stored_state_change__init(change);
    change->state = state;
    change->time_ms = time_ms;
    timeline->changes[timeline->count++] = change;
}

/* In place, oldest first; what came at the same time stays in the feed's order. */
static void sort_events(Hayat__V1__TimelineEvent **events, const int64_t *times_in, size_t count)
{
    int64_t times[LIMIT_STATE_CHANGES + DERIVED_MAX];
    for (size_t i = 0; i < count; i++) {
        Hayat__V1__TimelineEvent *event = events[i];
        size_t at = i;
        for (; at > 0 && times[at - 1] > times_in[i]; at--) {
            events[at] = events[at - 1];
            times[at] = times[at - 1];
        }
        events[at] = event;
        times[at] = times_in[i];
    }
}

status claim_parts_timeline(struct rpc *rpc, const struct timeline *timeline,
                            event_text_of *text_of, Hayat__V1__TimelineEvent ***ret_events)
{
    int64_t times[LIMIT_STATE_CHANGES + DERIVED_MAX];
    Hayat__V1__TimelineEvent **events = arena_array(rpc->arena, timeline->count, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < timeline->count; i++) {
        const Hayat__Store__V1__StoredStateChange *change = timeline->changes[i];
        struct event_text text = text_of(change->state, rpc->language);
        events[i] = message_new(rpc->arena, &hayat__v1__timeline_event__descriptor);
        TRY(arena_check(rpc->arena));
        events[i]->time = message_time(rpc->arena, change->time_ms);
        events[i]->code = message_text(rpc->arena, text.code);
        events[i]->text = message_text(rpc->arena, text.text);
        times[i] = change->time_ms;
    }
    sort_events(events, times, timeline->count);
    *ret_events = events;
    return arena_check(rpc->arena);
}

/* --- the legal clock --- */

int64_t claim_parts_noon(const struct rpc *rpc, int64_t day)
{
    const struct calendar civil = {.utc_offset_minutes = rpc->app->utc_offset_minutes};
    return day == 0 ? 0 : calendar_midnight(&civil, day) + MS_PER_DAY / 2;
}

static void add_pause(struct clock_facts *facts, const Hayat__Store__V1__StoredPause *pause)
{
    size_t at = facts->pause_count++;
    for (; at > 0 && facts->pauses[at - 1].start_ms > pause->start_ms; at--) {
        facts->pauses[at] = facts->pauses[at - 1];
    }
    facts->pauses[at] = (struct clock_pause){pause->start_ms, pause->end_ms};
}

static struct clock_facts facts_of(const struct clock_request *request)
{
    struct clock_facts facts = {.start_ms = request->start_ms, .stop_ms = request->stop_ms};
    for (size_t i = 0; i < request->pause_count && i < PAUSES_MAX; i++) {
        add_pause(&facts, request->pauses[i]);
    }
    return facts;
}

static status pause_messages(struct arena *arena, const struct clock_facts *facts,
                             Hayat__V1__LegalClock *clock)
{
    clock->pauses = arena_array(arena, facts->pause_count, sizeof(void *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < facts->pause_count; i++) {
        Hayat__V1__ClockPause *pause = message_new(arena, &hayat__v1__clock_pause__descriptor);
        if (pause == NULL) {
            return FAIL(ARENA_FULL);
        }
        pause->start_time = message_time(arena, facts->pauses[i].start_ms);
        pause->end_time = message_optional_time(arena, facts->pauses[i].end_ms);
        clock->pauses[clock->n_pauses++] = pause;
    }
    return STATUS_OK;
}

static status clock_message(struct rpc *rpc, const struct delay_rule *rule,
                            const struct clock_facts *facts, Hayat__V1__LegalClock **ret_clock)
{
    struct arena *arena = rpc->arena;
    struct calendar calendar;
    int64_t today = calendar_day_of(
        &(struct calendar){.utc_offset_minutes = rpc->app->utc_offset_minutes}, rpc->now_ms);
    TRY(reference_calendar(rpc->txn, rpc->app->utc_offset_minutes, today, &calendar));
    struct clock_state state = legal_clock_at(rule, &calendar, facts, rpc->now_ms);
    Hayat__V1__LegalClock *clock = message_new(arena, &hayat__v1__legal_clock__descriptor);
    if (clock == NULL) {
        return FAIL(ARENA_FULL);
    }
    clock->rule_version = message_text(arena, rule->version);
    clock->limit = rule->limit;
    clock->unit = (Hayat__V1__DelayUnit)(rule->unit + 1);
    clock->start_time = message_time(arena, facts->start_ms);
    clock->due_time = message_optional_time(arena, state.due_ms);
    clock->stop_time = message_optional_time(arena, facts->stop_ms);
    clock->paused = state.paused;
    clock->overdue = state.overdue;
    TRY(pause_messages(arena, facts, clock));
    clock->text = legal_clock_text(arena, rpc->language, &state, facts->stop_ms != 0,
                                   calendar_day_of(&calendar, state.due_ms - 1));
    *ret_clock = clock;
    return arena_check(arena);
}

status claim_parts_clock(struct rpc *rpc, const struct clock_request *request,
                         Hayat__V1__LegalClock **ret_clock)
{
    struct delay_rule rule;
    bool found;
    const struct calendar civil = {.utc_offset_minutes = rpc->app->utc_offset_minutes};
    *ret_clock = NULL;
    if (request->start_ms == 0) {
        return STATUS_OK;
    }
    int64_t day = calendar_day_of(&civil, request->start_ms);
    TRY(reference_delay(rpc->txn, request->delay_code, day, &rule, &found));
    if (!found) {
        return STATUS_OK;
    }
    struct clock_facts facts = facts_of(request);
    return clock_message(rpc, &rule, &facts, ret_clock);
}

/* --- who --- */

status claim_parts_beneficiary(struct txn *txn, struct owner owner, uint32_t seq, struct id *ret_id)
{
    Hayat__Store__V1__StoredBeneficiary *beneficiary;
    status found = member_store_get_beneficiary(txn, owner, seq, &beneficiary);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(STORE_CORRUPT); /* the feed takes no claim of somebody it does not know */
    }
    TRY(found);
    return id_of_binary(beneficiary->beneficiary_id, ret_id) ? STATUS_OK : FAIL(STORE_CORRUPT);
}
