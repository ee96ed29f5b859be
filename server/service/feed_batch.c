#include "service/feed_batch.h"

#include <stdlib.h>
#include <string.h>

#include "service/feed_csv.h"

#define KIND(public, own) [HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_##public] = FEED_##own

static const enum feed_kind kinds[FEED_KIND_COUNT + 1] = {
    KIND(CAMPAIGN, CAMPAIGNS),
    KIND(CAMPAIGN_WINDOW, CAMPAIGN_WINDOWS),
    KIND(REMINDER_PLAN, REMINDER_PLANS),
    KIND(LIFE_CONFIRMATION, LIFE_CONFIRMATIONS),
    KIND(TARIFF, TARIFFS),
    KIND(RATE, RATES),
    KIND(REJECTION_REASON, REJECTION_REASONS),
    KIND(DELAY, DELAYS),
    KIND(CALENDAR, CALENDAR),
    KIND(RETENTION_PERIOD, RETENTION_PERIODS),
    KIND(BANK_CODE, BANK_CODES),
    KIND(MEMBER, MEMBERS),
    KIND(BENEFICIARY, BENEFICIARIES),
    KIND(CARD, CARDS),
    KIND(PENSION, PENSIONS),
    KIND(RIGHTS, RIGHTS),
    KIND(EXEMPTION, EXEMPTIONS),
    KIND(BANK_ACCOUNT, BANK_ACCOUNTS),
    KIND(CLAIM, CLAIMS),
    KIND(CLAIM_LINE, CLAIM_LINES),
    KIND(PAYMENT, PAYMENTS),
    KIND(PRIOR_AUTHORIZATION, PRIOR_AUTHORIZATIONS),
    KIND(PRIOR_AUTHORIZATION_LINE, PRIOR_AUTHORIZATION_LINES),
};

static uint32_t line_number(bytes text)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len && i < 9; i++) {
        value = value * 10 + (uint32_t)((text.ptr[i] - '0') & 0xF);
    }
    return value;
}

static void refuse(struct feed_item *item, enum feed_fault fault, const char *column)
{
    item->error = (struct feed_error){fault, column};
}

static status parse_row(struct arena *arena, const struct feed_batch_input *input, bytes text,
                        struct feed_batch_row *row)
{
    bytes fields[FEED_COLUMNS_MAX + 1];
    size_t count = 0;
    struct feed_item *item = &row->item;
    enum feed_kind kind = item->row.kind;
    const struct feed_parser parser = {input->rules, kind, arena};
    if (!feed_csv_split(arena, text, fields, FEED_COLUMNS_MAX + 1, &count)) {
        refuse(item, FEED_FAULT_NOT_CSV, "");
        return arena_check(arena);
    }
    TRY(feed_row_parse(&parser, fields, count, &item->row, &item->error));
    if (!feed_kind_is_common(kind)) {
        row->owner = owner_of_registration(input->keys, fields[0]);
    }
    if (feed_kind_is_part(kind) && count > 2) {
        item->row.number = fields[1]; /* of a refused row too: its unit is refused with it */
        item->line_number = line_number(fields[2]);
    }
    if (item->error.fault == FEED_FAULT_NONE && item->row.photo_file.len > 0) {
        refuse(item, FEED_FAULT_PHOTO, "photo_file");
    }
    return STATUS_OK;
}

static const struct feed_batch_row *row_of(const struct feed_item *item)
{
    return (const struct feed_batch_row *)(const void *)item;
}

/* By owner, then as a member's items are taken, then as they came. */
static int compare_rows(const void *left, const void *right)
{
    const struct feed_batch_row *a = row_of(*(struct feed_item *const *)left),
                                *b = row_of(*(struct feed_item *const *)right);
    int order = memcmp(a->owner.bytes, b->owner.bytes, OWNER_BYTES);
    order = order != 0 ? order : feed_item_compare(&a->item, &b->item);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

status feed_batch_parse(struct arena *arena, const struct feed_batch_input *input,
                        struct feed_batch *ret_batch)
{
    struct feed_batch batch = {.count = input->count};
    batch.rows = arena_array(arena, batch.count, sizeof *batch.rows);
    batch.order = arena_array(arena, batch.count, sizeof(struct feed_item *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < batch.count; i++) {
        const Hayat__Backoffice__V1__FeedRow *given = input->rows[i];
        struct feed_batch_row *row = &batch.rows[i];
        if ((size_t)given->kind > FEED_KIND_COUNT) {
            return FAIL(INVALID_FIELD); /* the enum's bound said so already */
        }
        row->index = (uint32_t)i;
        row->item.row.kind = kinds[given->kind];
        TRY(parse_row(arena, input, bytes_str(given->row), row));
        batch.order[i] = &row->item;
    }
    if (batch.count > 0) {
        qsort(batch.order, batch.count, sizeof(struct feed_item *), compare_rows);
    }
    *ret_batch = batch;
    return STATUS_OK;
}

static bool is_of(const struct feed_item *item, const struct owner *owner)
{
    return memcmp(row_of(item)->owner.bytes, owner->bytes, OWNER_BYTES) == 0;
}

static void count_outcomes(struct feed_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        enum feed_outcome outcome = batch->rows[i].item.outcome;
        batch->accepted += outcome == FEED_ACCEPTED ? 1 : 0;
        batch->unchanged += outcome == FEED_UNCHANGED ? 1 : 0;
        batch->refused += outcome == FEED_REFUSED ? 1 : 0;
    }
}

status feed_batch_apply(struct txn *txn, const struct receipt_issuer *issuer,
                        struct feed_batch *batch)
{
    struct feed_session session = {.txn = txn, .issuer = issuer};
    for (size_t from = 0, to = 0; from < batch->count; from = to) {
        struct owner owner = row_of(batch->order[from])->owner;
        for (to = from + 1; to < batch->count && is_of(batch->order[to], &owner); to++) {
        }
        TRY(feed_items_apply(&session, owner, batch->order + from, to - from));
    }
    TRY(feed_session_end(&session));
    batch->billed_centimes = session.billed_centimes;
    batch->reimbursed_centimes = session.reimbursed_centimes;
    count_outcomes(batch);
    return STATUS_OK;
}
