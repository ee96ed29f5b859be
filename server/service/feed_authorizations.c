/* One prior authorisation out of its rows, as it will be stored. */
#include "service/claim_view.h"
#include "service/feed_items.h"

typedef Hayat__Store__V1__StoredPriorAuthorization authorization;

static status stored_record(struct txn *txn, struct owner owner, struct id id,
                            authorization **ret_stored)
{
    *ret_stored = NULL;
    status found = prior_authorization_store_get(txn, owner, id, ret_stored);
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

struct sums {
    int64_t requested, granted, member_share;
};

static status take_lines(struct arena *arena, const struct feed_unit *unit, authorization *record,
                         struct sums *sums)
{
    record->lines = arena_array(arena, unit->line_count, sizeof *record->lines);
    if (record->lines == NULL) {
        return FAIL(ARENA_FULL);
    }
    record->n_lines = unit->line_count;
    for (size_t i = 0; i < unit->line_count; i++) {
        Hayat__Store__V1__StoredPriorAuthorizationLine *line =
            &unit->lines[i]->row.record.authorization_line;
        record->lines[i] = line;
        sums->requested += line->requested_centimes;
        sums->granted += line->granted_centimes;
        sums->member_share += line->member_share_centimes;
    }
    return STATUS_OK;
}

/* The header's column that is not the sum of the lines; NULL when all are. */
static const char *wrong_total(const authorization *record, const struct sums *sums)
{
    if (record->requested_centimes != sums->requested) {
        return "requested_centimes";
    }
    if (record->granted_centimes != sums->granted) {
        return "granted_centimes";
    }
    return record->member_share_centimes != sums->member_share ? "member_share_centimes" : NULL;
}

/* True when the header and what is stored allow the unit; else it is refused. */
static bool may_take(struct feed_unit *unit, const authorization *stored)
{
    if (unit->header == NULL) {
        feed_unit_refuse(unit, unit->items[0], FEED_FAULT_UNKNOWN_CLAIM, "authorization_number");
        return false;
    }
    if (unit->line_count == 0) {
        feed_unit_refuse(unit, unit->header, FEED_FAULT_NO_LINES, "");
        return false;
    }
    if (stored != NULL && unit->header->row.record.authorization.update_ms < stored->update_ms) {
        feed_unit_refuse(unit, unit->header, FEED_FAULT_STALE, "update_date");
        return false;
    }
    return true;
}

static status add_state(struct arena *arena, const authorization *stored, authorization *record)
{
    struct feed_states states = {0};
    if (stored != NULL) {
        states = (struct feed_states){stored->state_changes, stored->n_state_changes};
    }
    TRY(feed_states_add(arena, states, record->state, record->update_ms, &states));
    record->state_changes = states.list;
    record->n_state_changes = states.count;
    return STATUS_OK;
}

status feed_authorization_unit(struct feed_session *session, struct owner owner,
                               const struct beneficiary_list *people, struct feed_unit *unit,
                               struct prior_authorization_put *ret_put)
{
    struct arena *arena = txn_arena(session->txn);
    authorization *stored;
    TRY(stored_record(session->txn, owner, unit->id, &stored));
    if (!may_take(unit, stored)) {
        return STATUS_OK;
    }
    authorization *record = arena_alloc(arena, sizeof *record);
    if (record == NULL) {
        return FAIL(ARENA_FULL);
    }
    *record = unit->header->row.record.authorization;
    struct sums sums = {0};
    struct id beneficiary;
    TRY(take_lines(arena, unit, record, &sums));
    const char *wrong = wrong_total(record, &sums);
    if (wrong != NULL) {
        feed_unit_refuse(unit, unit->header, FEED_FAULT_TOTALS, wrong);
        return STATUS_OK;
    }
    if (!feed_beneficiary_id(people, record->beneficiary_seq, &beneficiary)) {
        feed_unit_refuse(unit, unit->header, FEED_FAULT_UNKNOWN_BENEFICIARY, "beneficiary_seq");
        return STATUS_OK;
    }
    TRY(add_state(arena, stored, record));
    bool same = false;
    if (stored != NULL) {
        record->change = stored->change;
        TRY(feed_same_record(session->txn, &stored->base, &record->base, &same));
    }
    feed_unit_end(unit, same ? FEED_UNCHANGED : FEED_ACCEPTED);
    if (same) {
        return STATUS_OK;
    }
    *ret_put = (struct prior_authorization_put){.id = unit->id, .record = record};
    return prior_authorization_view_build(arena, unit->id, beneficiary, record, &ret_put->view);
}
