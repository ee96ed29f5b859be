#include "tools/courier/round.h"

#include <stdio.h>

typedef Hayat__Backoffice__V1__OutboxItem outbox_item;
typedef Hayat__Backoffice__V1__OutboxResult outbox_result;

#define CONTENT(name) HAYAT__BACKOFFICE__V1__OUTBOX_ITEM__CONTENT_##name
#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name

/* --- an item as its carrier needs it --- */

static int64_t ms_of(const Google__Protobuf__Timestamp *time)
{
    return time == NULL ? 0 : time->seconds * 1000 + time->nanos / 1000000;
}

static enum language language_of(const char *code)
{
    if (strcmp(code, "ar") == 0) {
        return LANGUAGE_AR;
    }
    return strcmp(code, "en") == 0 ? LANGUAGE_EN : LANGUAGE_FR;
}

static char *full_name(struct arena *arena, const char *given, const char *family)
{
    const char *space = given[0] != '\0' && family[0] != '\0' ? " " : "";
    return arena_printf(arena, "%s%s%s", given, space, family);
}

static void fill_recipient(const Hayat__Backoffice__V1__OutboxRecipient *recipient,
                           struct arena *arena, struct outbound_message *message)
{
    message->language = language_of(recipient->language_code);
    message->phone_number = recipient->phone_number;
    message->email_address = recipient->email_address;
    message->push_token = recipient->push_token;
    message->address = recipient->address;
    message->name = message->name_ar = "";
    if (recipient->name != NULL) {
        message->name = full_name(arena, recipient->name->given_name, recipient->name->family_name);
        message->name_ar = full_name(arena, recipient->name->given_name_ar,
                                     recipient->name->family_name_ar);
    }
}

static void fill_event(const outbox_item *item, struct outbound_message *message)
{
    message->what = MESSAGE_EVENT;
    message->event_kind = item->event->kind;
    message->payload = bytes_of(item->event->payload.data, item->event->payload.len);
    message->create_ms = ms_of(item->create_time);
}

static void fill_code(const outbox_item *item, struct outbound_message *message)
{
    message->what = MESSAGE_CODE;
    message->code = item->code->code;
    message->expire_ms = ms_of(item->code->expire_time);
    message->enrolment_id = item->code->enrolment_id;
    message->try_count = item->code->try_count;
}

/* What is to be sent to a person; false for anything else. */
static bool fill_personal(const outbox_item *item, struct outbound_message *message)
{
    switch (item->content_case) {
    case CONTENT(CODE):
        fill_code(item, message);
        return true;
    case CONTENT(NOTICE):
        message->what = MESSAGE_NOTICE;
        message->notice_kind = (uint32_t)item->notice->kind;
        message->code = item->notice->refusal_code;
        return true;
    case CONTENT(NEWS):
        message->what = MESSAGE_NEWS;
        message->title = item->news->title;
        message->body = item->news->body;
        return true;
    case CONTENT(WAKE):
        message->what = MESSAGE_WAKE;
        return true;
    case CONTENT(EVENT):
    case CONTENT(NOTHING):
    case HAYAT__BACKOFFICE__V1__OUTBOX_ITEM__CONTENT__NOT_SET:
    case _HAYAT__BACKOFFICE__V1__OUTBOX_ITEM__CONTENT__CASE_IS_INT_SIZE:
        break;
    }
    return false;
}

/* False for an item that is no message. */
static bool make_message(const struct route *route, const outbox_item *item, struct arena *arena,
                         struct outbound_message *message)
{
    *message = (struct outbound_message){.id = item->outbox_id,
                                         .attempt = (uint32_t)item->attempt,
                                         .now_ms = clock_wall_ms(route->clock)};
    if (item->content_case == CONTENT(EVENT)) {
        fill_event(item, message);
        return true;
    }
    if (item->recipient == NULL) {
        return false;
    }
    fill_recipient(item->recipient, arena, message);
    return fill_personal(item, message);
}

/* --- what becomes of it --- */

static void set(struct arena *arena, const struct route *route, const struct report *report,
                outbox_result *ret_result)
{
    ret_result->outcome = report->verdict == VERDICT_DELIVERED ? OUTCOME(DELIVERED)
                                                               : OUTCOME(FAILED);
    ret_result->channel = arena_str(arena, bytes_str(route->carrier->name));
    ret_result->evidence = arena_str(arena, bytes_str(report->evidence));
    ret_result->recipient_gone = report->gone;
    ret_result->report_expected = report->report_expected;
}

static void postpone(int64_t ms, outbox_result *ret_result)
{
    ret_result->outcome = OUTCOME(POSTPONED);
    ret_result->retry_seconds = (int32_t)((ms + 999) / 1000);
}

/* The carrier could not, or not this one: later, or never when the message has grown too old. */
static void fail_for_now(struct route *route, const outbox_item *item, const struct report *report,
                         struct arena *arena, outbox_result *ret_result)
{
    if (report->verdict == VERDICT_RETRY) {
        breaker_failure(&route->breaker, clock_mono_us(route->clock), route->random);
    } else {
        breaker_success(&route->breaker);
    }
    int64_t age_ms = clock_wall_ms(route->clock) - ms_of(item->create_time);
    if (retry_gives_up(age_ms, route->give_up_ms)) {
        set(arena, route, report, ret_result);
    } else {
        postpone(retry_after_ms((uint32_t)item->attempt, route->retry_ms, route->random),
                 ret_result);
    }
}

static status carry(struct route *route, const outbox_item *item, struct arena *arena,
                    outbox_result *ret_result)
{
    struct report report;
    struct outbound_message message;
    if (carried_find(route->carried, item->outbox_id, &report)) {
        set(arena, route, &report, ret_result);
        return STATUS_OK;
    }
    int64_t wait_ms = breaker_wait_ms(&route->breaker, clock_mono_us(route->clock));
    if (wait_ms > 0) {
        postpone(wait_ms, ret_result);
        return STATUS_OK;
    }
    if (!make_message(route, item, arena, &message)) {
        ret_result->outcome = OUTCOME(DISCARDED);
        return STATUS_OK;
    }
    TRY(arena_check(arena));
    route->carrier->carry(route->carrier, &message, &report);
    if (report.verdict == VERDICT_RETRY || report.verdict == VERDICT_LATER) {
        fail_for_now(route, item, &report, arena, ret_result);
        return STATUS_OK;
    }
    breaker_success(&route->breaker);
    set(arena, route, &report, ret_result);
    status s = carried_put(route->carried, item->outbox_id, &report);
    return s.why == REASON_FILE_UNWRITABLE ? STATUS_OK
                                           : s; /* a full disk costs a repetition at most */
}

static status end_one(struct route *route, const outbox_item *item, struct arena *arena,
                      outbox_result *ret_result)
{
    hayat__backoffice__v1__outbox_result__init(ret_result);
    ret_result->outbox_id = item->outbox_id;
    if (item->content_case == CONTENT(NOTHING)) {
        ret_result->outcome = OUTCOME(DISCARDED);
        return STATUS_OK;
    }
    return carry(route, item, arena, ret_result);
}

status round_run(struct route *route, const Hayat__Backoffice__V1__WatchOutboxResponse *items,
                 int64_t end_us, struct arena *arena,
                 Hayat__Backoffice__V1__AckOutboxRequest *ret_request)
{
    hayat__backoffice__v1__ack_outbox_request__init(ret_request);
    outbox_result *results = arena_array(arena, items->n_items, sizeof *results);
    ret_request->results = arena_array(arena, items->n_items, sizeof *ret_request->results);
    TRY(arena_check(arena));
    for (size_t i = 0; i < items->n_items && clock_mono_us(route->clock) < end_us; i++) {
        TRY(end_one(route, items->items[i], arena, &results[i]));
        ret_request->results[i] = &results[i];
        ret_request->n_results = i + 1;
    }
    return arena_check(arena);
}

void round_forget(struct route *route, const Hayat__Backoffice__V1__AckOutboxRequest *request)
{
    for (size_t i = 0; i < request->n_results; i++) {
        carried_forget(route->carried, request->results[i]->outbox_id);
    }
}

struct round_counts round_count(const Hayat__Backoffice__V1__AckOutboxRequest *request)
{
    struct round_counts counts = {0};
    for (size_t i = 0; i < request->n_results; i++) {
        Hayat__Backoffice__V1__OutboxOutcome outcome = request->results[i]->outcome;
        counts.delivered += outcome == OUTCOME(DELIVERED);
        counts.failed += outcome == OUTCOME(FAILED);
        counts.discarded += outcome == OUTCOME(DISCARDED);
        counts.postponed += outcome == OUTCOME(POSTPONED);
    }
    return counts;
}
