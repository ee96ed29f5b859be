#include "tests/support/health.h"

#include "base/array.h"
#include "service/calendar_rules.h"
#include "service/claim_parts.h"
#include "service/claim_view.h"
#include "service/message.h"
#include "storage/claim_store.h"
#include "storage/prior_authorization_store.h"
#include "storage/reference_store.h"
#include "storage/rights_store.h"
#include "tests/support/cm.h"

int64_t health_day(int32_t year, int32_t month, int32_t day)
{
    return date_to_days((struct date){year, month, day});
}

int64_t health_time(int32_t year, int32_t month, int32_t day, int32_t hour)
{
    return health_day(year, month, day) * MS_PER_DAY + (int64_t)(hour - 1) * MS_PER_HOUR;
}

static void *record(struct harness *h, const ProtobufCMessageDescriptor *type)
{
    void *message = message_new(&h->arena, type);
    assert_non_null(message);
    return message;
}

static char *text(struct harness *h, const char *value)
{
    return message_text(&h->arena, value);
}

/* ITEMS with ITEM at its end. */
static void *append(struct harness *h, void *items, size_t *count, void *item)
{
    void **longer = arena_array(&h->arena, *count + 1, sizeof(void *));
    assert_non_null(longer);
    if (items != NULL) {
        memcpy(longer, items, *count * sizeof(void *));
    }
    longer[(*count)++] = item;
    return longer;
}

/* --- reference sets --- */

typedef Hayat__Store__V1__StoredReferenceSet reference_set;

static status put_set(void *ctx, struct txn *txn)
{
    return reference_store_put(txn, ctx);
}

static reference_set *new_set(struct harness *h, Hayat__Store__V1__ReferenceKind kind,
                              const char *version)
{
    reference_set *set = record(h, &hayat__store__v1__stored_reference_set__descriptor);
    set->kind = kind;
    set->version = text(h, version);
    set->valid_from_days = health_day(2005, 1, 1);
    set->source = text(h, "tests");
    return set;
}

static void put_delays(struct harness *h)
{
    static const struct {
        const char *code;
        uint32_t limit, unit;
    } rows[] = {{"prior_authorization", 48, 2},
                {"prior_authorization_dialysis", 7, 3},
                {"reimbursement", 20, 3},
                {"provider_payment", 60, 3},
                {"qualifying", 3, 5},
                {"kept_job_loss", 6, 5},
                {"kept_divorce", 12, 5},
                {"kept_survivor", 24, 5},
                {"child_age", 21 * 12, 5},
                {"student_age", 26 * 12, 5},
                {"filing", 2, 5},
                {"filing_continuous", 60, 3}};
    reference_set *set = new_set(h, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_DELAY, "2026");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Hayat__Store__V1__StoredDelay *delay = record(h,
                                                      &hayat__store__v1__stored_delay__descriptor);
        delay->delay_code = text(h, rows[i].code);
        delay->limit = rows[i].limit;
        delay->unit = rows[i].unit;
        set->delays = append(h, set->delays, &set->n_delays, delay);
    }
    assert_ok(harness_write(h, put_set, set));
}

static void put_rejection_rules(struct harness *h)
{
    reference_set *set = new_set(h, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_REJECTION,
                                 "R-2026");
    Hayat__Store__V1__StoredRejectionRule *rule = record(
        h, &hayat__store__v1__stored_rejection_rule__descriptor);
    rule->reason_code = text(h, "missing_prescription");
    rule->respond_days = 60;
    set->rejection_rules = append(h, set->rejection_rules, &set->n_rejection_rules, rule);
    assert_ok(harness_write(h, put_set, set));
}

static void put_calendar(struct harness *h)
{
    static const struct {
        const char *code, *name;
    } rows[] = {
        {"weekend", "6"}, {"weekend", "7"}, {"holiday", "01-01"}, {"moveable", "2026-01-19"}};
    reference_set *set = new_set(h, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_CALENDAR,
                                 "C-2026");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Hayat__Store__V1__StoredCalendarRow *row = record(
            h, &hayat__store__v1__stored_calendar_row__descriptor);
        row->row_code = text(h, rows[i].code);
        row->row_name = text(h, rows[i].name);
        set->calendar = append(h, set->calendar, &set->n_calendar, row);
    }
    assert_ok(harness_write(h, put_set, set));
}

void health_put_reference(struct harness *h)
{
    put_delays(h);
    put_rejection_rules(h);
    put_calendar(h);
}

/* --- claims --- */

static Hayat__Store__V1__StoredSplit *worked_example(struct harness *h)
{
    Hayat__Store__V1__StoredSplit *split = record(h, &hayat__store__v1__stored_split__descriptor);
    split->billed_centimes = 15000;
    split->reimbursed_centimes = 5600;
    split->ticket_moderateur_centimes = 2400;
    split->overrun_centimes = 7000;
    return split;
}

static Hayat__Store__V1__StoredClaimLine *worked_line(struct harness *h, int64_t care_days)
{
    Hayat__Store__V1__StoredClaimLine *line = record(
        h, &hayat__store__v1__stored_claim_line__descriptor);
    line->line_number = 1;
    line->care_days = care_days;
    line->act_code = text(h, "C");
    line->letter_key = text(h, "C");
    line->coefficient_thousandths = 1000;
    line->quantity = 1;
    line->executor_inpe = text(h, "990000001");
    line->split = worked_example(h);
    line->base_centimes = 8000;
    line->rate_basis_points = 7000;
    line->tariff_version = text(h, "TNR-2006");
    return line;
}

Hayat__Store__V1__StoredClaim *health_claim(struct harness *h, const char *number,
                                            int64_t receipt_days)
{
    Hayat__Store__V1__StoredClaim *claim = record(h, &hayat__store__v1__stored_claim__descriptor);
    claim->file_number = text(h, number);
    claim->origin = HAYAT__V1__CLAIM_ORIGIN__CLAIM_ORIGIN_AGENCY;
    claim->regime_code = text(h, "CNSS");
    claim->state = CLAIM_STATE(PAID);
    claim->first_care_days = claim->last_care_days = receipt_days - 5;
    claim->deposit_days = claim->receipt_days = receipt_days;
    claim->decision_days = receipt_days + 8;
    claim->payment_days = receipt_days + 10;
    claim->totals = worked_example(h);
    claim->payee = HAYAT__V1__PAYEE__PAYEE_INSURED;
    claim->lines = append(h, NULL, &claim->n_lines, worked_line(h, claim->first_care_days));
    claim->update_ms = 1700000000000;
    return claim;
}

static status make_put(struct txn *txn, struct owner owner, Hayat__Store__V1__StoredClaim *claim,
                       struct claim_put *ret_put)
{
    struct id beneficiary;
    TRY(claim_parts_beneficiary(txn, owner, claim->beneficiary_seq, &beneficiary));
    struct id id = claim_id_of(txn_keys(txn), owner, bytes_str(claim->file_number));
    *ret_put = (struct claim_put){.id = id, .claim = claim};
    return claim_view_build(txn_arena(txn), id, beneficiary, claim, &ret_put->view);
}

struct claim_batch {
    struct owner owner;
    Hayat__Store__V1__StoredClaim *const *claims;
    size_t count;
    struct claim_put puts[HEALTH_BATCH];
};

static status put_batch(void *ctx, struct txn *txn)
{
    struct claim_batch *batch = ctx;
    for (size_t i = 0; i < batch->count; i++) {
        TRY(make_put(txn, batch->owner, batch->claims[i], &batch->puts[i]));
    }
    return claim_store_put(txn, batch->owner, batch->puts, batch->count);
}

void health_put_claims(struct harness *h, struct owner owner,
                       Hayat__Store__V1__StoredClaim *const *claims, size_t count)
{
    struct arena_mark mark = arena_mark(&h->arena);
    struct claim_batch batch = {.owner = owner, .claims = claims, .count = count};
    assert_true(count <= HEALTH_BATCH);
    assert_ok(harness_write(h, put_batch, &batch));
    arena_rewind(&h->arena, mark);
}

char *health_put_claim(struct harness *h, struct owner owner, Hayat__Store__V1__StoredClaim *claim)
{
    struct claim_batch batch = {.owner = owner, .claims = &claim, .count = 1};
    assert_ok(harness_write(h, put_batch, &batch));
    return message_id_of(&h->arena, "clm", batch.puts[0].id);
}

void health_add_missing(struct harness *h, Hayat__Store__V1__StoredClaim *claim, const char *code,
                        int64_t respond_by)
{
    Hayat__Store__V1__StoredMissingItem *item = record(
        h, &hayat__store__v1__stored_missing_item__descriptor);
    item->item_code = text(h, code);
    item->respond_by_days = respond_by;
    claim->missing_items = append(h, claim->missing_items, &claim->n_missing_items, item);
}

void health_add_rejection(struct harness *h, Hayat__Store__V1__StoredClaim *claim, const char *code)
{
    Hayat__Store__V1__StoredRejection *rejection = record(
        h, &hayat__store__v1__stored_rejection__descriptor);
    rejection->reason_code = text(h, code);
    claim->rejections = append(h, claim->rejections, &claim->n_rejections, rejection);
}

void health_add_change(struct harness *h, Hayat__Store__V1__StoredClaim *claim, uint32_t state,
                       int64_t time_ms)
{
    Hayat__Store__V1__StoredStateChange *change = record(
        h, &hayat__store__v1__stored_state_change__descriptor);
    change->state = state;
    change->time_ms = time_ms;
    claim->state_changes = append(h, claim->state_changes, &claim->n_state_changes, change);
}

/* --- prior authorisations --- */

Hayat__Store__V1__StoredPriorAuthorization *health_authorization(struct harness *h,
                                                                 const char *number,
                                                                 int64_t request_ms)
{
    Hayat__Store__V1__StoredPriorAuthorization *stored = record(
        h, &hayat__store__v1__stored_prior_authorization__descriptor);
    Hayat__Store__V1__StoredPriorAuthorizationLine *line = record(
        h, &hayat__store__v1__stored_prior_authorization_line__descriptor);
    line->line_number = 1;
    line->act_code = text(h, "K50");
    line->letter_key = text(h, "K");
    line->quantity = 1;
    line->decision = HAYAT__V1__LINE_DECISION__LINE_DECISION_PENDING;
    line->requested_centimes = 900000;
    stored->authorization_number = text(h, number);
    stored->state = AUTHORIZATION_STATE(IN_REVIEW);
    stored->kind_code = text(h, "standard");
    stored->requester_inpe = text(h, "990000002");
    stored->establishment_name = text(h, "Clinique Fictive");
    stored->request_ms = request_ms;
    stored->requested_centimes = 900000;
    stored->lines = append(h, NULL, &stored->n_lines, line);
    stored->update_ms = request_ms;
    return stored;
}

struct put {
    struct owner owner;
    Hayat__Store__V1__StoredPriorAuthorization *authorization;
    struct id id;
};

static status put_authorization(void *ctx, struct txn *txn)
{
    struct put *put = ctx;
    struct id beneficiary;
    Hayat__Store__V1__StoredPriorAuthorization *stored = put->authorization;
    TRY(claim_parts_beneficiary(txn, put->owner, stored->beneficiary_seq, &beneficiary));
    put->id = prior_authorization_id_of(txn_keys(txn), put->owner,
                                        bytes_str(stored->authorization_number));
    struct prior_authorization_put one = {.id = put->id, .record = stored};
    TRY(prior_authorization_view_build(txn_arena(txn), put->id, beneficiary, stored, &one.view));
    return prior_authorization_store_put(txn, put->owner, &one, 1);
}

char *health_put_authorization(struct harness *h, struct owner owner,
                               Hayat__Store__V1__StoredPriorAuthorization *stored)
{
    struct put put = {.owner = owner, .authorization = stored};
    assert_ok(harness_write(h, put_authorization, &put));
    return message_id_of(&h->arena, "pa", put.id);
}

/* --- rights --- */

struct rights_put {
    struct owner owner;
    Hayat__Store__V1__StoredRightsPeriod *period;
    Hayat__Store__V1__StoredExemption *exemption;
};

static status put_period(void *ctx, struct txn *txn)
{
    struct rights_put *put = ctx;
    return rights_store_put(txn, put->owner, put->period);
}

void health_put_period(struct harness *h, struct owner owner, struct health_period period)
{
    struct rights_put put = {
        .owner = owner, .period = record(h, &hayat__store__v1__stored_rights_period__descriptor)};
    put.period->beneficiary_seq = period.seq;
    put.period->period_number = period.number;
    put.period->basis_code = text(h, period.basis);
    put.period->end_reason_code = text(h, period.end_reason == NULL ? "" : period.end_reason);
    put.period->from_days = period.from;
    put.period->to_days = period.to;
    assert_ok(harness_write(h, put_period, &put));
}

static status put_exemption(void *ctx, struct txn *txn)
{
    struct rights_put *put = ctx;
    return exemption_store_put(txn, put->owner, put->exemption);
}

void health_put_exemption(struct harness *h, struct owner owner, uint32_t seq, int64_t from,
                          int64_t to)
{
    struct rights_put put = {
        .owner = owner, .exemption = record(h, &hayat__store__v1__stored_exemption__descriptor)};
    put.exemption->beneficiary_seq = seq;
    put.exemption->exemption_number = 1;
    put.exemption->exemption_code = text(h, "ALD");
    put.exemption->from_days = from;
    put.exemption->to_days = to;
    put.exemption->renews = true;
    put.exemption->rate_basis_points = 10000;
    assert_ok(harness_write(h, put_exemption, &put));
}
