/* Rows of claims and prior authorisations: headers, lines, payments. */
#include <string.h>

#include "base/array.h"
#include "base/limits.h"
#include "service/claim_line_rules.h"
#include "service/feed_fill.h"

enum {
    CODE_MAX = 48,
    NUMBER_MAX = 32,
    INPE_MAX = 16,
    ITEMS_MAX = 8,
    MISSING_MAX = 32,
    RATE_MAX = 10000
};

/* --- lists inside a field --- */

static size_t count_items(bytes field)
{
    size_t count = 0;
    bytes item;
    while (feed_next_item(&field, &item)) {
        count++;
    }
    return count;
}

static bool good_code(bytes code)
{
    return code.len <= CODE_MAX && feed_is_name(code);
}

/* A list of COUNT new messages; NULL when the arena is dry. */
static void **new_list(struct feed_reading *r, const ProtobufCMessageDescriptor *type, size_t count)
{
    void **list = arena_array(r->arena, count, sizeof *list);
    for (size_t i = 0; list != NULL && i < count; i++) {
        ProtobufCMessage *item = arena_alloc(r->arena, type->sizeof_message);
        if (item == NULL) {
            return NULL;
        }
        protobuf_c_message_init(type, item);
        list[i] = item;
    }
    return list;
}

/* How many items the field has; 0 after a fault. */
static size_t list_count(struct feed_reading *r, size_t column, size_t most)
{
    size_t count = count_items(r->fields[column]);
    if (count > most) {
        feed_blame(r, column, FEED_FAULT_TOO_LONG);
        return 0;
    }
    return count;
}

struct rejection_columns {
    size_t reasons, note, respond_by; /* respond_by 0: there is none */
};

static void read_rejections(struct feed_reading *r, struct rejection_columns columns,
                            Hayat__Store__V1__StoredRejection ***ret_list, size_t *ret_count)
{
    size_t count = list_count(r, columns.reasons, ITEMS_MAX);
    char *note = feed_read_text(r, columns.note, 512, FEED_OPTIONAL);
    int64_t respond_by = columns.respond_by == 0 ? 0
                                                 : feed_read_optional_days(r, columns.respond_by);
    if (count == 0 || note == NULL) {
        return;
    }
    void **list = new_list(r, &hayat__store__v1__stored_rejection__descriptor, count);
    if (list == NULL) {
        return; /* the arena remembers */
    }
    bytes rest = r->fields[columns.reasons], code;
    for (size_t i = 0; feed_next_item(&rest, &code); i++) {
        Hayat__Store__V1__StoredRejection *rejection = list[i];
        if (!good_code(code)) {
            feed_blame(r, columns.reasons, FEED_FAULT_PATTERN);
        }
        rejection->reason_code = arena_str(r->arena, code);
        rejection->respond_by_days = respond_by;
        if (i == 0) {
            rejection->note = note;
        }
    }
    *ret_list = (Hayat__Store__V1__StoredRejection **)list;
    *ret_count = count;
}

static void read_missing_items(struct feed_reading *r, size_t column, size_t respond_by_column,
                               Hayat__Store__V1__StoredMissingItem ***ret_list, size_t *ret_count)
{
    size_t count = list_count(r, column, MISSING_MAX);
    int64_t respond_by = feed_read_optional_days(r, respond_by_column);
    if (count == 0) {
        return;
    }
    void **list = new_list(r, &hayat__store__v1__stored_missing_item__descriptor, count);
    if (list == NULL) {
        return;
    }
    bytes rest = r->fields[column], code;
    for (size_t i = 0; feed_next_item(&rest, &code); i++) {
        Hayat__Store__V1__StoredMissingItem *item = list[i];
        if (!good_code(code)) {
            feed_blame(r, column, FEED_FAULT_PATTERN);
        }
        item->item_code = arena_str(r->arena, code);
        item->respond_by_days = respond_by;
    }
    *ret_list = (Hayat__Store__V1__StoredMissingItem **)list;
    *ret_count = count;
}

/* -?digits */
static bool signed_amount(bytes text, int64_t *ret)
{
    bool minus = text.len > 0 && text.ptr[0] == '-';
    text = minus ? bytes_skip(text, 1) : text;
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > FEED_AMOUNT_MAX) {
            return false;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    *ret = minus ? -value : value;
    return text.len > 0 && value <= FEED_AMOUNT_MAX;
}

/* "unjustified_caesarean:-120000;…" */
static void read_adjustments(struct feed_reading *r, size_t column,
                             Hayat__Store__V1__StoredClaimLine *line)
{
    size_t count = list_count(r, column, ITEMS_MAX);
    if (count == 0) {
        return;
    }
    void **list = new_list(r, &hayat__store__v1__stored_adjustment__descriptor, count);
    if (list == NULL) {
        return;
    }
    bytes rest = r->fields[column], item;
    for (size_t i = 0; feed_next_item(&rest, &item); i++) {
        Hayat__Store__V1__StoredAdjustment *adjustment = list[i];
        const uint8_t *colon = item.len > 0 ? memchr(item.ptr, ':', item.len) : NULL;
        size_t code_len = colon != NULL ? (size_t)(colon - item.ptr) : item.len;
        if (!good_code(bytes_head(item, code_len)) ||
            !signed_amount(bytes_skip(item, code_len + 1), &adjustment->base_change_centimes)) {
            feed_blame(r, column, FEED_FAULT_PATTERN);
        }
        adjustment->reason_code = arena_str(r->arena, bytes_head(item, code_len));
    }
    line->adjustments = (Hayat__Store__V1__StoredAdjustment **)list;
    line->n_adjustments = count;
}

/* START/END;START/ : instants or dates; the last END may be missing. */
static void read_pauses(struct feed_reading *r, size_t column,
                        Hayat__Store__V1__StoredPause ***ret_list, size_t *ret_count)
{
    size_t count = list_count(r, column, MISSING_MAX);
    if (count == 0) {
        return;
    }
    void **list = new_list(r, &hayat__store__v1__stored_pause__descriptor, count);
    if (list == NULL) {
        return;
    }
    bytes rest = r->fields[column], item;
    for (size_t i = 0; feed_next_item(&rest, &item); i++) {
        Hayat__Store__V1__StoredPause *pause = list[i];
        const uint8_t *slash = item.len > 0 ? memchr(item.ptr, '/', item.len) : NULL;
        if (slash == NULL) {
            feed_blame(r, column, FEED_FAULT_PATTERN);
            return;
        }
        bytes start = bytes_head(item, (size_t)(slash - item.ptr));
        bytes end = bytes_skip(item, start.len + 1);
        pause->start_ms = feed_instant_of(r, column, start);
        pause->end_ms = end.len == 0 ? 0 : feed_instant_of(r, column, end);
        if ((end.len == 0 && rest.len > 0) || (end.len > 0 && pause->end_ms < pause->start_ms)) {
            feed_blame(r, column, FEED_FAULT_DATE_ORDER);
        }
    }
    *ret_list = (Hayat__Store__V1__StoredPause **)list;
    *ret_count = count;
}

/* --- rows --- */

/* Columns 0 and 1.  The registration number's form is not looked at: only a known member's row is taken. */
static void fill_part(struct feed_reading *r, struct feed_row *row)
{
    row->registration_number = arena_copy(r->arena, r->fields[0]);
    if (r->fields[0].len == 0) {
        feed_blame(r, 0, FEED_FAULT_EMPTY);
    }
    char *number = feed_read_name(r, 1, NUMBER_MAX, FEED_REQUIRED);
    row->number = number != NULL ? bytes_str(number) : (bytes){NULL, 0};
}

static Hayat__Store__V1__StoredSplit *new_split(struct feed_reading *r)
{
    Hayat__Store__V1__StoredSplit *split = arena_alloc(r->arena, sizeof *split);
    if (split != NULL) {
        hayat__store__v1__stored_split__init(split);
    }
    return split;
}

static void check_order(struct feed_reading *r, size_t column, int64_t earlier, int64_t later)
{
    if (earlier != 0 && later != 0 && later < earlier) {
        feed_blame(r, column, FEED_FAULT_DATE_ORDER);
    }
}

static void fill_claim_dates(struct feed_reading *r, Hayat__Store__V1__StoredClaim *claim)
{
    claim->first_care_days = feed_read_days(r, 6);
    claim->last_care_days = feed_read_days(r, 7);
    claim->deposit_days = feed_read_optional_days(r, 8);
    claim->receipt_days = feed_read_days(r, 9);
    claim->decision_days = feed_read_optional_days(r, 10);
    check_order(r, 7, claim->first_care_days, claim->last_care_days);
    check_order(r, 9, claim->deposit_days, claim->receipt_days);
    check_order(r, 10, claim->receipt_days, claim->decision_days);
}

void feed_fill_claim(struct feed_reading *r, struct feed_row *row)
{
    /* In the order of hayat.v1.ClaimOrigin, ClaimState and Payee, from 1. */
    static const char *const origins[] = {"AGENCY", "POST", "MUTUELLE", "ELECTRONIC"};
    static const char *const states[] = {"RECEIVED", "IN_REVIEW",       "MORE_INFORMATION_NEEDED",
                                         "APPROVED", "PARTLY_APPROVED", "REJECTED",
                                         "PAID",     "REVERSED"};
    static const char *const payees[] = {"MEMBER", "PROVIDER"};
    Hayat__Store__V1__StoredClaim *claim = &row->record.claim;
    hayat__store__v1__stored_claim__init(claim);
    fill_part(r, row);
    claim->file_number = (char *)(uintptr_t)row->number.ptr;
    row->seq = claim->beneficiary_seq = feed_read_number(r, 2, LIMIT_BENEFICIARIES - 1);
    claim->origin = (uint32_t)feed_read_word(r, 3, origins, ARRAY_LEN(origins)) + 1;
    claim->regime_code = feed_read_name(r, 4, 16, FEED_REQUIRED);
    claim->state = (uint32_t)feed_read_word(r, 5, states, ARRAY_LEN(states)) + 1;
    fill_claim_dates(r, claim);
    claim->prescriber_inpe = feed_read_digits(r, 11, INPE_MAX, FEED_OPTIONAL);
    claim->totals = new_split(r);
    if (claim->totals == NULL) {
        return;
    }
    claim->totals->billed_centimes = feed_read_amount(r, 12);
    claim->totals->reimbursed_centimes = feed_read_amount(r, 13);
    claim->payee = (uint32_t)feed_read_word(r, 14, payees, ARRAY_LEN(payees)) + 1;
    read_missing_items(r, 15, 16, &claim->missing_items, &claim->n_missing_items);
    read_rejections(r, (struct rejection_columns){17, 18, 16}, &claim->rejections,
                    &claim->n_rejections);
    claim->statement_needed = feed_read_bool(r, 19);
    read_pauses(r, 20, &claim->pauses, &claim->n_pauses);
    claim->update_ms = feed_read_update_ms(r, 21);
}

static void fill_split(struct feed_reading *r, Hayat__Store__V1__StoredClaimLine *line)
{
    Hayat__Store__V1__StoredSplit *split = line->split = new_split(r);
    if (split == NULL) {
        return;
    }
    split->billed_centimes = feed_read_amount(r, 12);
    line->base_centimes = feed_read_amount(r, 13);
    line->rate_basis_points = feed_read_number(r, 14, RATE_MAX);
    line->exemption_code = feed_read_name(r, 15, CODE_MAX, FEED_OPTIONAL);
    split->reimbursed_centimes = feed_read_amount(r, 16);
    split->ticket_moderateur_centimes = feed_read_amount(r, 17);
    split->overrun_centimes = feed_read_amount(r, 18);
    split->non_covered_centimes = feed_read_amount(r, 19);
    if (claim_line_check(&(struct claim_line_amounts){
            .billed_centimes = split->billed_centimes,
            .reimbursed_centimes = split->reimbursed_centimes,
            .ticket_moderateur_centimes = split->ticket_moderateur_centimes,
            .overrun_centimes = split->overrun_centimes,
            .non_covered_centimes = split->non_covered_centimes}) != CLAIM_LINE_GOOD) {
        feed_blame(r, 12, FEED_FAULT_SPLIT);
    }
}

void feed_fill_claim_line(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredClaimLine *line = &row->record.line;
    hayat__store__v1__stored_claim_line__init(line);
    fill_part(r, row);
    line->line_number = feed_read_number(r, 2, LIMIT_CLAIM_LINES);
    if (line->line_number == 0) {
        feed_blame(r, 2, FEED_FAULT_NUMBER);
    }
    line->care_days = feed_read_days(r, 3);
    line->act_code = feed_read_name(r, 4, 32, FEED_OPTIONAL);
    line->letter_key = feed_read_name(r, 5, 8, FEED_OPTIONAL);
    line->coefficient_thousandths = feed_read_amount(r, 6);
    line->quantity = feed_read_number(r, 7, 99999);
    line->tooth = feed_read_name(r, 8, 8, FEED_OPTIONAL);
    line->surface = feed_read_name(r, 9, 8, FEED_OPTIONAL);
    line->medicine_code = feed_read_name(r, 10, 32, FEED_OPTIONAL);
    line->executor_inpe = feed_read_digits(r, 11, INPE_MAX, FEED_OPTIONAL);
    fill_split(r, line);
    read_adjustments(r, 20, line);
    read_rejections(r, (struct rejection_columns){21, 22, 23}, &line->rejections,
                    &line->n_rejections);
    line->tariff_version = feed_read_name(r, 24, CODE_MAX, FEED_OPTIONAL);
}

void feed_fill_payment(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredPayment *payment = &row->record.payment;
    hayat__store__v1__stored_payment__init(payment);
    fill_part(r, row);
    payment->payment_reference = feed_read_name(r, 2, 48, FEED_REQUIRED);
    payment->payment_days = feed_read_days(r, 3);
    payment->amount_centimes = feed_read_amount(r, 4);
    payment->masked_account = feed_read_text(r, 5, 48, FEED_OPTIONAL);
    payment->reversal_days = feed_read_optional_days(r, 6);
    check_order(r, 6, payment->payment_days, payment->reversal_days);
    row->update_ms = feed_read_update_ms(r, 7);
}

void feed_fill_authorization(struct feed_reading *r, struct feed_row *row)
{
    /* In the order of hayat.v1.PriorAuthorizationState, from 1. */
    static const char *const states[] = {"RECEIVED", "IN_REVIEW",      "MORE_INFORMATION_NEEDED",
                                         "GRANTED",  "PARTLY_GRANTED", "REFUSED",
                                         "EXPIRED",  "CANCELLED"};
    Hayat__Store__V1__StoredPriorAuthorization *record = &row->record.authorization;
    hayat__store__v1__stored_prior_authorization__init(record);
    fill_part(r, row);
    record->authorization_number = (char *)(uintptr_t)row->number.ptr;
    row->seq = record->beneficiary_seq = feed_read_number(r, 2, LIMIT_BENEFICIARIES - 1);
    record->state = (uint32_t)feed_read_word(r, 3, states, ARRAY_LEN(states)) + 1;
    record->kind_code = feed_read_name(r, 4, CODE_MAX, FEED_REQUIRED);
    record->requester_inpe = feed_read_digits(r, 5, INPE_MAX, FEED_OPTIONAL);
    record->establishment_inpe = feed_read_digits(r, 6, INPE_MAX, FEED_OPTIONAL);
    record->establishment_name = feed_read_text(r, 7, 128, FEED_OPTIONAL);
    record->request_ms = feed_read_instant(r, 8, FEED_REQUIRED);
    record->decision_ms = feed_read_instant(r, 9, FEED_OPTIONAL);
    check_order(r, 9, record->request_ms, record->decision_ms);
    record->planned_care_days = feed_read_optional_days(r, 10);
    record->valid_until_days = feed_read_optional_days(r, 11);
    record->requested_centimes = feed_read_amount(r, 12);
    record->granted_centimes = feed_read_amount(r, 13);
    record->member_share_centimes = feed_read_amount(r, 14);
    read_missing_items(r, 15, 16, &record->missing_items, &record->n_missing_items);
    read_rejections(r, (struct rejection_columns){17, 18, 16}, &record->rejections,
                    &record->n_rejections);
    read_pauses(r, 19, &record->pauses, &record->n_pauses);
    record->update_ms = feed_read_update_ms(r, 20);
}

void feed_fill_authorization_line(struct feed_reading *r, struct feed_row *row)
{
    static const char *const decisions[] = {"PENDING", "GRANTED", "PARTLY_GRANTED", "REFUSED"};
    Hayat__Store__V1__StoredPriorAuthorizationLine *line = &row->record.authorization_line;
    hayat__store__v1__stored_prior_authorization_line__init(line);
    fill_part(r, row);
    line->line_number = feed_read_number(r, 2, LIMIT_CLAIM_LINES);
    if (line->line_number == 0) {
        feed_blame(r, 2, FEED_FAULT_NUMBER);
    }
    line->act_code = feed_read_name(r, 3, 32, FEED_OPTIONAL);
    line->letter_key = feed_read_name(r, 4, 8, FEED_OPTIONAL);
    line->coefficient_thousandths = feed_read_amount(r, 5);
    line->quantity = feed_read_number(r, 6, 99999);
    line->medicine_code = feed_read_name(r, 7, 32, FEED_OPTIONAL);
    line->decision = (uint32_t)feed_read_word(r, 8, decisions, ARRAY_LEN(decisions)) + 1;
    line->requested_centimes = feed_read_amount(r, 9);
    line->granted_centimes = feed_read_amount(r, 10);
    line->member_share_centimes = feed_read_amount(r, 11);
    if (line->granted_centimes > line->requested_centimes ||
        line->member_share_centimes > line->requested_centimes) {
        feed_blame(r, 10, FEED_FAULT_SPLIT);
    }
    read_rejections(r, (struct rejection_columns){12, 13, 0}, &line->rejections,
                    &line->n_rejections);
}
