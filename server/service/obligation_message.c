#include "service/obligation_message.h"

#include "base/array.h"
#include "service/message.h"

#define ROUTE(name) HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_##name
#define ITEM(name) HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_##name

enum { LANGUAGES = 3 };

/* --- reminders --- */

static status reminder_message(struct rpc *rpc, const Hayat__Store__V1__StoredReminder *row,
                               Hayat__V1__ObligationReminder **ret_message)
{
    Hayat__V1__ObligationReminder *message = message_new(
        rpc->arena, &hayat__v1__obligation_reminder__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->channel = (Hayat__V1__ReminderChannel)row->channel;
    message->outcome = (Hayat__V1__ReminderOutcome)row->outcome;
    message->send_time = message_time(rpc->arena, row->send_ms);
    message->settle_time = message_optional_time(rpc->arena, row->settle_ms);
    *ret_message = message;
    return arena_check(rpc->arena);
}

status obligation_fill_reminders(struct rpc *rpc, const obligation_row *row,
                                 Hayat__V1__Obligation *message)
{
    message->reminders = arena_array(rpc->arena, row->n_reminders,
                                     sizeof(Hayat__V1__ObligationReminder *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < row->n_reminders; i++) {
        TRY(reminder_message(rpc, row->reminders[i], &message->reminders[i]));
        message->n_reminders = i + 1;
    }
    return STATUS_OK;
}

status obligation_row_message(struct rpc *rpc, const obligation_row *row,
                              Hayat__V1__Obligation **ret_message)
{
    Hayat__V1__Obligation *message = message_new(rpc->arena, &hayat__v1__obligation__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->year = row->year;
    message->open_date = message_date(rpc->arena, row->open_days);
    message->due_date = message_date(rpc->arena, row->due_days);
    message->grace_end_date = message_date(rpc->arena, row->grace_end_days);
    message->country_code = row->country_code;
    message->pension_number = row->pension_number;
    message->state = (Hayat__V1__ObligationState)row->state;
    *ret_message = message;
    return obligation_fill_reminders(rpc, row, message);
}

/* --- checklists --- */

struct words {
    int number; /* of a route, or of an item */
    const char *text[LANGUAGES];
};

static const struct words routes[] = {
#define CHECKLIST_ROUTE(name, en, fr, ar) {ROUTE(name), {en, fr, ar}},
#include "service/checklist.def"
};

static const struct words items[] = {
#define CHECKLIST_ITEM(name, en, fr, ar) {ITEM(name), {en, fr, ar}},
#include "service/checklist.def"
};

static char *text_of(struct rpc *rpc, const struct words *words)
{
    return message_text(rpc->arena, words->text[rpc->language]);
}

static status item_message(struct rpc *rpc, Hayat__V1__DocumentItem item,
                           Hayat__V1__ChecklistItem **ret_message)
{
    Hayat__V1__ChecklistItem *message = message_new(rpc->arena,
                                                    &hayat__v1__checklist_item__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->item = item;
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        if (items[i].number == (int)item) {
            message->text = text_of(rpc, &items[i]);
        }
    }
    *ret_message = message;
    return arena_check(rpc->arena);
}

static status route_message(struct rpc *rpc, const struct words *words,
                            Hayat__V1__RouteChecklist **ret_message)
{
    const struct item_list nothing = {.count = 0};
    struct item_list needed = items_missing((Hayat__V1__ProofRoute)words->number, &nothing);
    Hayat__V1__RouteChecklist *message = message_new(rpc->arena,
                                                     &hayat__v1__route_checklist__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->route = (Hayat__V1__ProofRoute)words->number;
    message->text = text_of(rpc, words);
    message->items = arena_array(rpc->arena, needed.count, sizeof(Hayat__V1__ChecklistItem *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < needed.count; i++) {
        TRY(item_message(rpc, needed.items[i], &message->items[i]));
        message->n_items = i + 1;
    }
    *ret_message = message;
    return STATUS_OK;
}

status obligation_fill_routes(struct rpc *rpc, Hayat__V1__Obligation *message)
{
    message->routes = arena_array(rpc->arena, ARRAY_LEN(routes),
                                  sizeof(Hayat__V1__RouteChecklist *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        TRY(route_message(rpc, &routes[i], &message->routes[i]));
        message->n_routes = i + 1;
    }
    return STATUS_OK;
}
