#include "service/feed_items.h"

#include <string.h>

static bool is_authorization(enum feed_kind kind)
{
    return kind == FEED_PRIOR_AUTHORIZATIONS || kind == FEED_PRIOR_AUTHORIZATION_LINES;
}

static int compare_bytes(bytes a, bytes b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, shorter);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Claims, their lines and their payments are one class, prior authorisations another. */
static int class_of(enum feed_kind kind)
{
    if (!feed_kind_is_part(kind)) {
        return (int)kind;
    }
    return is_authorization(kind) ? FEED_KIND_COUNT + 1 : FEED_KIND_COUNT;
}

int feed_item_compare(const struct feed_item *a, const struct feed_item *b)
{
    int class_a = class_of(a->row.kind), class_b = class_of(b->row.kind);
    if (class_a != class_b) {
        return class_a < class_b ? -1 : 1;
    }
    if (!feed_kind_is_part(a->row.kind)) {
        return 0;
    }
    int order = compare_bytes(a->row.number, b->row.number);
    if (order != 0) {
        return order;
    }
    if (a->row.kind != b->row.kind) {
        return a->row.kind < b->row.kind ? -1 : 1;
    }
    return (a->line_number > b->line_number) - (a->line_number < b->line_number);
}

/* --- units --- */

bool feed_beneficiary_id(const struct beneficiary_list *people, uint32_t seq, struct id *ret_id)
{
    for (size_t i = 0; i < people->count; i++) {
        const Hayat__Store__V1__StoredBeneficiary *person = people->rows[i].record;
        if (people->rows[i].seq == seq && person->beneficiary_id.len == ID_BYTES) {
            memcpy(ret_id->bytes, person->beneficiary_id.data, ID_BYTES);
            return true;
        }
    }
    return false;
}

void feed_unit_end(struct feed_unit *unit, enum feed_outcome outcome)
{
    for (size_t i = 0; i < unit->count; i++) {
        unit->items[i]->outcome = outcome;
    }
}

void feed_unit_refuse(struct feed_unit *unit, struct feed_item *item, enum feed_fault fault,
                      const char *column)
{
    feed_unit_end(unit, FEED_REFUSED);
    if (item->error.fault == FEED_FAULT_NONE) {
        item->error = (struct feed_error){fault, column};
    }
    for (size_t i = 0; i < unit->count; i++) {
        if (unit->items[i]->error.fault == FEED_FAULT_NONE) {
            unit->items[i]->error = (struct feed_error){FEED_FAULT_COMPANION, ""};
        }
    }
}

status feed_states_add(struct arena *arena, struct feed_states old, uint32_t state, int64_t time_ms,
                       struct feed_states *ret_states)
{
    if (old.count > 0 && old.list[old.count - 1]->state == state) {
        *ret_states = old;
        return STATUS_OK;
    }
    size_t forgotten = old.count < LIMIT_STATE_CHANGES ? 0 : old.count - LIMIT_STATE_CHANGES + 1;
    size_t kept = old.count - forgotten;
    Hayat__Store__V1__StoredStateChange *change = arena_alloc(arena, sizeof *change);
    Hayat__Store__V1__StoredStateChange **list = arena_array(arena, kept + 1, sizeof *list);
    if (change == NULL || list == NULL) {
        return FAIL(ARENA_FULL);
    }
    hayat__store__v1__stored_state_change__init(change);
    change->state = state;
    change->time_ms = time_ms;
    if (kept > 0) {
        memcpy(list, old.list + forgotten, kept * sizeof *list);
    }
    list[kept] = change;
    *ret_states = (struct feed_states){list, kept + 1};
    return STATUS_OK;
}

static void blame(struct feed_item *item, const char *column)
{
    if (item->error.fault == FEED_FAULT_NONE) {
        item->error = (struct feed_error){FEED_FAULT_TWICE, column};
    }
}

static void add_header(struct feed_unit *unit, struct feed_item *item)
{
    if (unit->header != NULL) {
        blame(item, "");
        return;
    }
    unit->header = item;
}

static void add_line(struct feed_unit *unit, struct feed_item **at)
{
    if (unit->line_count > 0 && at[-1]->line_number == at[0]->line_number) {
        blame(*at, "line_number");
    }
    unit->lines = unit->line_count == 0 ? at : unit->lines;
    unit->line_count++;
}

static bool is_header(enum feed_kind kind)
{
    return kind == FEED_CLAIMS || kind == FEED_PRIOR_AUTHORIZATIONS;
}

/* Sets the unit's parts, which are in order; true when every row of it parsed and none is there twice. */
static bool sort_unit(struct feed_unit *unit)
{
    struct feed_item *bad = NULL;
    for (size_t i = 0; i < unit->count; i++) {
        struct feed_item *item = unit->items[i];
        if (is_header(item->row.kind)) {
            add_header(unit, item);
        } else if (item->row.kind == FEED_PAYMENTS) {
            unit->payments = unit->payment_count == 0 ? &unit->items[i] : unit->payments;
            unit->payment_count++;
        } else {
            add_line(unit, &unit->items[i]);
        }
        bad = bad == NULL && item->error.fault != FEED_FAULT_NONE ? item : bad;
    }
    if (bad != NULL) {
        feed_unit_refuse(unit, bad, bad->error.fault, bad->error.column);
    }
    return bad == NULL;
}

/* What a member's units need, read once. */
struct gathering {
    struct feed_session *session;
    struct owner owner;
    struct beneficiary_list *people;
    struct claim_put *claims;
    struct prior_authorization_put *authorizations;
    size_t claim_count, authorization_count;
};

static status apply_unit(struct gathering *g, struct feed_unit *unit)
{
    if (!sort_unit(unit)) {
        return STATUS_OK;
    }
    const struct feed_row *first = &unit->items[0]->row;
    const struct seal_keys *keys = txn_keys(g->session->txn);
    if (is_authorization(first->kind)) {
        unit->id = prior_authorization_id_of(keys, g->owner, first->number);
        struct prior_authorization_put *put = &g->authorizations[g->authorization_count];
        TRY(feed_authorization_unit(g->session, g->owner, g->people, unit, put));
        g->authorization_count += unit->items[0]->outcome == FEED_ACCEPTED ? 1 : 0;
        return STATUS_OK;
    }
    unit->id = claim_id_of(keys, g->owner, first->number);
    struct claim_put *put = &g->claims[g->claim_count];
    TRY(feed_claim_unit(g->session, g->owner, g->people, unit, put));
    g->claim_count += unit->items[0]->outcome == FEED_ACCEPTED ? 1 : 0;
    return STATUS_OK;
}

static bool same_unit(const struct feed_item *a, const struct feed_item *b)
{
    return is_authorization(a->row.kind) == is_authorization(b->row.kind) &&
           bytes_equal(a->row.number, b->row.number);
}

/* All items are parts. */
static status apply_units(struct gathering *g, struct feed_item **items, size_t count)
{
    struct arena *arena = txn_arena(g->session->txn);
    g->people = arena_alloc(arena, sizeof *g->people);
    g->claims = arena_array(arena, count, sizeof *g->claims);
    g->authorizations = arena_array(arena, count, sizeof *g->authorizations);
    TRY(arena_check(arena));
    TRY(member_store_list_beneficiaries(g->session->txn, g->owner, g->people));
    for (size_t from = 0, to = 0; from < count; from = to) {
        for (to = from + 1; to < count && same_unit(items[from], items[to]); to++) {
        }
        struct feed_unit unit = {.items = items + from, .count = to - from};
        TRY(apply_unit(g, &unit));
    }
    TRY(claim_store_put(g->session->txn, g->owner, g->claims, g->claim_count));
    TRY(prior_authorization_store_put(g->session->txn, g->owner, g->authorizations,
                                      g->authorization_count));
    return feed_touch_home(g->session, g->owner,
                           (g->claim_count > 0 ? HOME_CLAIMS : 0U) |
                               (g->authorization_count > 0 ? HOME_AUTHORIZATIONS : 0U));
}

/* --- a member's items --- */

static status apply_plain(struct feed_session *session, struct feed_item *item)
{
    if (item->error.fault != FEED_FAULT_NONE) {
        item->outcome = FEED_REFUSED;
        return STATUS_OK;
    }
    TRY(feed_row_apply(session, &item->row, &item->photo, &item->outcome));
    if (item->outcome == FEED_REFUSED) {
        item->error = session->error;
    }
    return STATUS_OK;
}

static void refuse_all(struct feed_item **items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        items[i]->outcome = FEED_REFUSED;
        if (items[i]->error.fault == FEED_FAULT_NONE) {
            items[i]->error = (struct feed_error){FEED_FAULT_UNKNOWN_MEMBER, "registration_number"};
        }
    }
}

status feed_items_apply(struct feed_session *session, struct owner owner, struct feed_item **items,
                        size_t count)
{
    size_t parts = 0;
    while (parts < count && !feed_kind_is_part(items[parts]->row.kind)) {
        TRY(apply_plain(session, items[parts++]));
    }
    if (parts == count) {
        return STATUS_OK;
    }
    bool known;
    TRY(feed_member_known(session, owner, &known));
    if (!known) {
        refuse_all(items + parts, count - parts);
        return STATUS_OK;
    }
    struct gathering gathering = {.session = session, .owner = owner};
    return apply_units(&gathering, items + parts, count - parts);
}
