#include "service/feed_reference.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "storage/reference_store.h"

typedef Hayat__Store__V1__StoredReferenceSet reference_set;

/* The list of the set's kind, as pointers and a count inside the set. */
struct list {
    void **items;
    size_t count;
    const ProtobufCMessageDescriptor *type;
    size_t names; /* how many string fields, from the first, name an item in its set */
    size_t items_at, count_at;
};

#define LIST(set, field, count_field, message, name_fields)                                        \
    (struct list)                                                                                  \
    {                                                                                              \
        (void **)(void *)(set)->field, (set)->count_field,                                         \
            &hayat__store__v1__stored_##message##__descriptor, (name_fields),                      \
            offsetof(reference_set, field), offsetof(reference_set, count_field)                   \
    }

static struct list list_of(const reference_set *set)
{
    switch (set->kind) {
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_TARIFF:
        return LIST(set, tariffs, n_tariffs, tariff, 2);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RATE:
        return LIST(set, rates, n_rates, rate, 2);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_REJECTION:
        return LIST(set, rejection_rules, n_rejection_rules, rejection_rule, 1);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_DELAY:
        return LIST(set, delays, n_delays, delay, 1);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_CALENDAR:
        return LIST(set, calendar, n_calendar, calendar_row, 2);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_BANK_CODE:
        return LIST(set, bank_codes, n_bank_codes, bank_code, 1);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_CAMPAIGN_WINDOW:
        return LIST(set, windows, n_windows, campaign_window, 3);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_REMINDER_PLAN:
        return LIST(set, reminders, n_reminders, reminder_rule, 2);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RETENTION:
        return LIST(set, retention_periods, n_retention_periods, retention_period, 1);
    case HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_UNSPECIFIED:
    case _HAYAT__STORE__V1__REFERENCE_KIND_IS_INT_SIZE:
        break;
    }
    return (struct list){0};
}

static const char *name_at(const ProtobufCMessageDescriptor *type, const void *item, size_t field)
{
    const char *text;
    memcpy(&text, (const uint8_t *)item + type->fields[field].offset, sizeof text);
    return text;
}

static bool same_names(const struct list *list, const void *a, const void *b)
{
    for (size_t i = 0; i < list->names; i++) {
        if (strcmp(name_at(list->type, a, i), name_at(list->type, b, i)) != 0) {
            return false;
        }
    }
    return true;
}

static void set_list(reference_set *set, const struct list *list, void **items, size_t count)
{
    memcpy((uint8_t *)set + list->items_at, &items, sizeof items);
    memcpy((uint8_t *)set + list->count_at, &count, sizeof count);
}

static status refuse(struct feed_session *session, enum feed_fault fault, const char *column,
                     enum feed_outcome *ret_outcome)
{
    session->error = (struct feed_error){fault, column};
    *ret_outcome = FEED_REFUSED;
    return STATUS_OK;
}

/* ITEM in its place in the set. */
static status join(struct feed_session *session, reference_set *set, void *item,
                   enum feed_outcome *ret_outcome)
{
    struct list list = list_of(set);
    for (size_t i = 0; i < list.count; i++) {
        if (same_names(&list, list.items[i], item)) {
            bool same;
            TRY(feed_same_record(session->txn, list.items[i], item, &same));
            list.items[i] = item;
            *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
            return same ? STATUS_OK : reference_store_put(session->txn, set);
        }
    }
    if (list.count >= LIMIT_REFERENCE_ROWS) {
        return refuse(session, FEED_FAULT_TOO_MANY, "", ret_outcome);
    }
    void **longer = arena_array(txn_arena(session->txn), list.count + 1, sizeof *longer);
    if (longer == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (list.count > 0) {
        memcpy(longer, list.items, list.count * sizeof *longer);
    }
    longer[list.count] = item;
    set_list(set, &list, longer, list.count + 1);
    *ret_outcome = FEED_ACCEPTED;
    return reference_store_put(session->txn, set);
}

status feed_reference_apply(struct feed_session *session, const struct feed_row *row,
                            enum feed_outcome *ret_outcome)
{
    const reference_set *given = &row->record.reference;
    struct list one = list_of(given);
    assert(one.count == 1);
    reference_set *set;
    status found = reference_store_get(session->txn, given->kind, given->valid_from_days, &set);
    if (found.why == REASON_NOT_FOUND) {
        *ret_outcome = FEED_ACCEPTED;
        return reference_store_put(session->txn, given);
    }
    TRY(found);
    if (strcmp(set->version, given->version) != 0 || strcmp(set->source, given->source) != 0) {
        return refuse(session, FEED_FAULT_VERSION, "valid_from_date", ret_outcome);
    }
    return join(session, set, one.items[0], ret_outcome);
}
