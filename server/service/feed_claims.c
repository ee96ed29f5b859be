/* One claim out of its rows, as it will be stored. */
#include <string.h>

#include "service/claim_view.h"
#include "service/feed_items.h"

typedef Hayat__Store__V1__StoredClaim claim;

/* NULL when nothing is stored. */
static status stored_claim(struct txn *txn, struct owner owner, struct id id, claim **ret_stored)
{
    *ret_stored = NULL;
    status found = claim_store_get(txn, owner, id, ret_stored);
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

static status take_lines(struct arena *arena, const struct feed_unit *unit, claim *record)
{
    record->lines = arena_array(arena, unit->line_count, sizeof *record->lines);
    if (record->lines == NULL) {
        return FAIL(ARENA_FULL);
    }
    record->n_lines = unit->line_count;
    for (size_t i = 0; i < unit->line_count; i++) {
        record->lines[i] = &unit->lines[i]->row.record.line;
    }
    return STATUS_OK;
}

static void add_split(Hayat__Store__V1__StoredSplit *total,
                      const Hayat__Store__V1__StoredSplit *part)
{
    total->billed_centimes += part->billed_centimes;
    total->reimbursed_centimes += part->reimbursed_centimes;
    total->ticket_moderateur_centimes += part->ticket_moderateur_centimes;
    total->overrun_centimes += part->overrun_centimes;
    total->non_covered_centimes += part->non_covered_centimes;
}

/* Header and lines: false when the unit is refused. */
static status take_sheet(struct feed_session *session, struct feed_unit *unit, claim *record,
                         bool *ret_good)
{
    struct feed_item *header = unit->header;
    struct arena *arena = txn_arena(session->txn);
    *ret_good = false;
    *record = header->row.record.claim;
    if (unit->line_count == 0) {
        feed_unit_refuse(unit, header, FEED_FAULT_NO_LINES, "");
        return STATUS_OK;
    }
    TRY(take_lines(arena, unit, record));
    Hayat__Store__V1__StoredSplit *totals = arena_alloc(arena, sizeof *totals);
    if (totals == NULL) {
        return FAIL(ARENA_FULL);
    }
    hayat__store__v1__stored_split__init(totals);
    for (size_t i = 0; i < record->n_lines; i++) {
        add_split(totals, record->lines[i]->split);
    }
    if (totals->billed_centimes != record->totals->billed_centimes ||
        totals->reimbursed_centimes != record->totals->reimbursed_centimes) {
        bool billed = totals->billed_centimes != record->totals->billed_centimes;
        feed_unit_refuse(unit, header, FEED_FAULT_TOTALS,
                         billed ? "billed_centimes" : "reimbursed_centimes");
        return STATUS_OK;
    }
    record->totals = totals;
    *ret_good = true;
    return STATUS_OK;
}

/* --- payments --- */

static void put_payment(claim *record, Hayat__Store__V1__StoredPayment *payment)
{
    for (size_t i = 0; i < record->n_payments; i++) {
        if (strcmp(record->payments[i]->payment_reference, payment->payment_reference) == 0) {
            record->payments[i] = payment;
            return;
        }
    }
    record->payments[record->n_payments++] = payment;
}

static int64_t paid_centimes(const claim *record, int64_t *ret_last_days)
{
    int64_t paid = 0;
    *ret_last_days = 0;
    for (size_t i = 0; i < record->n_payments; i++) {
        const Hayat__Store__V1__StoredPayment *payment = record->payments[i];
        paid += payment->reversal_days == 0 ? payment->amount_centimes : 0;
        *ret_last_days = payment->payment_days > *ret_last_days ? payment->payment_days
                                                                : *ret_last_days;
    }
    return paid;
}

/* The stored payments and the unit's; the unit's replace those of the same reference. */
static status take_payments(struct feed_session *session, struct feed_unit *unit,
                            const claim *stored, claim *record, bool *ret_good)
{
    size_t before = stored != NULL ? stored->n_payments : 0;
    size_t most = before + unit->payment_count;
    *ret_good = true;
    record->n_payments = 0;
    if (most == 0) {
        return STATUS_OK;
    }
    record->payments = arena_array(txn_arena(session->txn), most, sizeof *record->payments);
    if (record->payments == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < before; i++) {
        put_payment(record, stored->payments[i]);
    }
    for (size_t i = 0; i < unit->payment_count; i++) {
        put_payment(record, &unit->payments[i]->row.record.payment);
    }
    struct feed_item *blamed = unit->payment_count > 0 ? unit->payments[0] : unit->header;
    bool too_much = paid_centimes(record, &record->payment_days) >
                    record->totals->reimbursed_centimes;
    if (too_much || record->n_payments > LIMIT_CLAIM_PAYMENTS) {
        *ret_good = false;
        feed_unit_refuse(unit, blamed, too_much ? FEED_FAULT_SPLIT : FEED_FAULT_TOO_MANY,
                         "amount_centimes");
    }
    return STATUS_OK;
}

/* Payments without their sheet: what they make of the stored claim's state. */
static void state_by_payments(const struct feed_unit *unit, claim *record)
{
    bool reversed = false;
    for (size_t i = 0; i < unit->payment_count; i++) {
        const struct feed_row *row = &unit->payments[i]->row;
        record->update_ms = row->update_ms > record->update_ms ? row->update_ms : record->update_ms;
    }
    for (size_t i = 0; i < record->n_payments; i++) {
        reversed = reversed || record->payments[i]->reversal_days != 0;
    }
    int64_t last_days;
    bool paid = paid_centimes(record, &last_days) > 0;
    record->state = paid       ? HAYAT__V1__CLAIM_STATE__CLAIM_STATE_PAID
                    : reversed ? HAYAT__V1__CLAIM_STATE__CLAIM_STATE_REVERSED
                               : record->state;
}

/* --- the claim --- */

/* The record before its states; *RET_GOOD is false when the unit is refused. */
static status make_record(struct feed_session *session, struct feed_unit *unit, const claim *stored,
                          claim *record, bool *ret_good)
{
    if (unit->header == NULL && (unit->line_count > 0 || stored == NULL)) {
        struct feed_item *first = unit->line_count > 0 ? unit->lines[0] : unit->payments[0];
        feed_unit_refuse(unit, first, FEED_FAULT_UNKNOWN_CLAIM, "claim_number");
        *ret_good = false;
        return STATUS_OK;
    }
    if (unit->header == NULL) {
        *record = *stored;
        TRY(take_payments(session, unit, stored, record, ret_good));
        if (*ret_good) {
            state_by_payments(unit, record);
        }
        return STATUS_OK;
    }
    if (stored != NULL && unit->header->row.record.claim.update_ms < stored->update_ms) {
        feed_unit_refuse(unit, unit->header, FEED_FAULT_STALE, "update_date");
        *ret_good = false;
        return STATUS_OK;
    }
    TRY(take_sheet(session, unit, record, ret_good));
    return *ret_good ? take_payments(session, unit, stored, record, ret_good) : STATUS_OK;
}

static status add_state(struct arena *arena, const claim *stored, claim *record)
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

/* With the stored change and states: what is left to differ is what the rows say. */
static status same_as_stored(struct feed_session *session, const claim *stored, claim *record,
                             bool *ret_same)
{
    *ret_same = false;
    if (stored == NULL) {
        return STATUS_OK;
    }
    record->change = stored->change;
    return feed_same_record(session->txn, &stored->base, &record->base, ret_same);
}

status feed_claim_unit(struct feed_session *session, struct owner owner,
                       const struct beneficiary_list *people, struct feed_unit *unit,
                       struct claim_put *ret_put)
{
    struct arena *arena = txn_arena(session->txn);
    claim *stored, *record = arena_alloc(arena, sizeof *record);
    if (record == NULL) {
        return FAIL(ARENA_FULL);
    }
    bool good = true, same;
    struct id beneficiary;
    TRY(stored_claim(session->txn, owner, unit->id, &stored));
    TRY(make_record(session, unit, stored, record, &good));
    if (!good) {
        return STATUS_OK;
    }
    if (!feed_beneficiary_id(people, record->beneficiary_seq, &beneficiary)) {
        feed_unit_refuse(unit, unit->items[0], FEED_FAULT_UNKNOWN_BENEFICIARY, "beneficiary_seq");
        return STATUS_OK;
    }
    TRY(add_state(arena, stored, record));
    TRY(same_as_stored(session, stored, record, &same));
    feed_unit_end(unit, same ? FEED_UNCHANGED : FEED_ACCEPTED);
    session->billed_centimes += unit->header != NULL ? record->totals->billed_centimes : 0;
    session->reimbursed_centimes += unit->header != NULL ? record->totals->reimbursed_centimes : 0;
    if (same) {
        return STATUS_OK;
    }
    *ret_put = (struct claim_put){.id = unit->id, .claim = record};
    return claim_view_build(arena, unit->id, beneficiary, record, &ret_put->view);
}
