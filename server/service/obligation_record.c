#include "service/obligation_record.h"

#include "service/calendar_rules.h"
#include "service/campaign.h"
#include "service/message.h"
#include "storage/member_erasure_store.h"
#include "storage/member_store.h"

typedef Hayat__Store__V1__StoredObligationStep step_row;

/* Everything of them goes; who asked for what serves the use alone stays a pensioner. */
static status is_going(struct txn *txn, struct owner owner, bool *ret_going)
{
    member_erasure_row *erasure;
    status s = member_erasure_store_get(txn, owner, &erasure);
    *ret_going = ok(s) && !erasure->use_only;
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

status obligation_binds(struct txn *txn, struct owner owner, int64_t today, bool *ret_binds)
{
    Hayat__Store__V1__StoredMember *member;
    bool going = false;
    *ret_binds = false;
    status found = member_store_get(txn, owner, &member);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    bool has_left = member->left_ms != 0 && today > member->left_ms / MS_PER_DAY;
    TRY(has_left ? STATUS_OK : is_going(txn, owner, &going));
    *ret_binds = !has_left && !going;
    return STATUS_OK;
}

status obligation_returned(struct txn *txn, struct owner owner, const obligation_row *row,
                           int64_t *ret_steady_ms)
{
    Hayat__Store__V1__StoredMember *member;
    status found = member_store_get(txn, owner, &member);
    bool back = ok(found) && member->return_steady_ms > row->create_steady_ms;
    *ret_steady_ms = back ? member->return_steady_ms : 0;
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

status obligation_record_new(struct txn *txn, uint32_t pension_seq,
                             const Hayat__Store__V1__StoredPension *pension,
                             const struct campaign *campaign, obligation_row **ret_row)
{
    struct arena *arena = txn_arena(txn);
    struct id id = id_new(txn_random(txn));
    struct campaign window;
    const char *version;
    TRY(campaign_window(txn, campaign, pension, &window, &version));
    obligation_row *row = message_new(arena, &hayat__store__v1__stored_obligation__descriptor);
    if (row == NULL) {
        return FAIL(ARENA_FULL);
    }
    row->obligation_id = message_bytes(arena, bytes_of(id.bytes, ID_BYTES));
    row->year = campaign->year;
    row->pension_seq = pension_seq;
    row->pension_number = message_text(arena, pension->pension_number);
    row->scheme_code = message_text(arena, pension->scheme_code);
    row->country_code = message_text(arena, pension->country_code);
    row->open_days = window.open_days;
    row->due_days = window.due_days;
    row->grace_end_days = window.grace_end_days;
    row->window_version = message_text(arena, version);
    row->create_ms = txn_now_ms(txn);
    row->create_steady_ms = txn_steady_ms(txn);
    *ret_row = row;
    return arena_check(arena);
}

const struct life_certificate_row *obligation_counting(const struct life_certificate_list *list,
                                                       int32_t year)
{
    const struct life_certificate_row *best = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct life_certificate_row *row = &list->rows[i];
        bool better = best == NULL || certificate_rank((certificate_state)row->state) >
                                          certificate_rank((certificate_state)best->state);
        best = row->year == year && better ? row : best;
    }
    return best;
}

enum { FIRST_STEPS = LIMIT_OBLIGATION_STEPS / 2 };

/* How the year began is kept, whatever was proposed and taken back since: the oldest step after the first half makes room. */
static status add_step(struct txn *txn, obligation_row *row, obligation_state state)
{
    struct arena *arena = txn_arena(txn);
    size_t forgotten = row->n_steps < LIMIT_OBLIGATION_STEPS ? 0 : 1;
    size_t kept = row->n_steps - forgotten;
    size_t first = kept < FIRST_STEPS ? kept : FIRST_STEPS;
    step_row *taken = message_new(arena, &hayat__store__v1__stored_obligation_step__descriptor);
    step_row **steps = arena_array(arena, kept + 1, sizeof(step_row *));
    if (taken == NULL || steps == NULL) {
        return FAIL(ARENA_FULL);
    }
    taken->state = (uint32_t)state;
    taken->time_ms = txn_now_ms(txn);
    if (kept > 0) {
        memcpy(steps, row->steps, first * sizeof *steps);
        memcpy(steps + first, row->steps + first + forgotten, (kept - first) * sizeof *steps);
    }
    steps[kept] = taken;
    row->steps = steps;
    row->n_steps = kept + 1;
    row->state = (uint32_t)state;
    return STATUS_OK;
}

static bool same_certificate(const obligation_row *row, const struct life_certificate_row *best)
{
    bytes stored = bytes_of_binary(row->life_certificate_id);
    bytes now = best == NULL ? bytes_of(NULL, 0) : bytes_of(best->id.bytes, ID_BYTES);
    return bytes_equal(stored, now);
}

status obligation_record_set(struct txn *txn, struct owner owner, obligation_row *row,
                             const struct life_certificate_list *list,
                             obligation_suspension suspension)
{
    const struct life_certificate_row *best = obligation_counting(list, row->year);
    certificate_state found = best == NULL ? CERTIFICATE(UNSPECIFIED)
                                           : (certificate_state)best->state;
    obligation_state from = (obligation_state)row->state;
    obligation_state to = obligation_state_of(found, suspension);
    bool same = from == to && row->suspension == suspension && same_certificate(row, best);
    if (same) {
        return STATUS_OK;
    }
    if (from != to && !obligation_may(from, to)) {
        return FAIL(CERTIFICATE_STATE);
    }
    if (from != to) {
        TRY(add_step(txn, row, to));
    }
    row->suspension = suspension;
    row->life_certificate_id = best == NULL ? (ProtobufCBinaryData){0, NULL}
                                            : message_bytes(txn_arena(txn),
                                                            bytes_of(best->id.bytes, ID_BYTES));
    row->version++;
    TRY(arena_check(txn_arena(txn)));
    return obligation_store_put(txn, owner, row);
}

void obligation_record_spend(struct txn *txn, obligation_row *row)
{
    row->spent_reminders = (uint32_t)row->n_reminders;
    row->spent_ms = txn_now_ms(txn);
}

status obligation_record_make(struct txn *txn, struct owner owner, const struct campaign *campaign,
                              const struct life_certificate_list *list)
{
    struct pension_list pensions;
    TRY(pension_store_list(txn, owner, &pensions));
    for (size_t i = 0; i < pensions.count; i++) {
        obligation_row *row;
        uint32_t seq = pensions.rows[i].seq;
        status found = obligation_store_get(txn, owner, campaign->year, seq, &row);
        if (found.why == REASON_NOT_FOUND) {
            TRY(obligation_record_new(txn, seq, pensions.rows[i].record, campaign, &row));
            found = obligation_record_set(txn, owner, row, list, SUSPENSION(UNSPECIFIED));
        }
        TRY(found);
    }
    return STATUS_OK;
}
