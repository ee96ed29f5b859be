/*
 * Promise: a row of the feed becomes a record only when every value keeps its column's rule;
 * whatever is wrong is told by a stable name and the column, and nothing that is not text gets
 * through (SEC-E5).
 */
#include "service/feed_rows.h"

#include <stdlib.h>

#include "base/array.h"
#include "tests/support/cm.h"

struct fixture {
    struct feed_rules rules;
    struct arena arena;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_ok(feed_rules_init(&f->rules, &feed_patterns_default, (struct date){2026, 1, 15}));
    arena_init(&f->arena, 1 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    feed_rules_fini(&f->rules);
    arena_fini(&f->arena);
    free(f);
    return 0;
}

static const char *const good[FEED_KIND_COUNT][FEED_COLUMNS_MAX] = {
    [FEED_CAMPAIGNS] = {"2026", "2026-01-01", "2026-12-31", "2027-03-31"},
    [FEED_CAMPAIGN_WINDOWS] = {"WINDOWS-1", "2026-01-01", "the fund", "2026", "FR", "CIVIL",
                               "2026-01-01", "2026-12-31", "2027-03-31"},
    [FEED_REMINDER_PLANS] = {"PLAN-1", "2026-01-01", "the fund", "FR", "BEFORE", "30",
                             "EVERYWHERE"},
    [FEED_LIFE_CONFIRMATIONS] = {"990000001", "P980000001", "2025-04-30", "REG-2025-0001",
                                 "2025-05-01"},
    [FEED_MEMBERS] = {"990000001", "A99000001", "MGEN", "FR", "fr", "+212600000001",
                      "12, rue de l'Exemple", "2025-05-01", "2025-04-30", "2025-04-29"},
    [FEED_BENEFICIARIES] = {"990000001", "0", "HOLDER", "Hicham", "Bennani", "هشام", "بناني",
                            "1960-02-29", "ZZ123456", "2025-05-01"},
    [FEED_CARDS] = {"990000001", "0", "2024-02-29", "ACTIVE", "photos/001.png", "2025-05-01"},
    [FEED_PENSIONS] = {"990000001", "0", "P980000001", "CIVIL", "FR", "2020-03-01", "2025-05-01"},
    [FEED_TARIFFS] = {"TNR-2006", "2006-01-01", "TNR 2006", "Cs", "private", "15000"},
    [FEED_RATES] = {"RATES-2006", "2006-01-01", "CNOPS", "CNOPS", "consultation", "8000"},
    [FEED_REJECTION_REASONS] = {"REJ-2006", "2006-01-01", "the fund", "late_filing", "60"},
    [FEED_DELAYS] = {"DELAYS-2007", "2007-01-01", "CNOPS", "reimbursement", "20", "DAYS"},
    [FEED_RETENTION_PERIODS] = {"RET-1", "2026-01-01", "the fund", "documents", "120", "MONTHS"},
    [FEED_CALENDAR] = {"CAL-1", "2006-01-01", "the fund", "HOLIDAY", "02-29", "1976"},
    [FEED_BANK_CODES] = {"BANKS-1", "2006-01-01", "the fund", "011", "Une banque"},
    [FEED_RIGHTS] = {"990000001", "0", "1", "EMPLOYEE", "2020-01-01", "2020-04-01", "2026-06-30",
                     "job_loss", "2025-05-01"},
    [FEED_EXEMPTIONS] = {"990000001", "0", "1", "ALD", "diabetes", "2024-01-01", "2026-12-31",
                         "true", "10000", "2025-05-01"},
    [FEED_BANK_ACCOUNTS] = {"990000001", "MA64 0115 1900 0001 2050 0053 4921", "Hicham Bennani",
                            "2019-03-01", "2025-05-01"},
    [FEED_CLAIMS] = {"990000001",
                     "F990000001-01",
                     "0",
                     "POST",
                     "CNOPS",
                     "PARTLY_APPROVED",
                     "2025-03-01",
                     "2025-03-02",
                     "2025-03-05",
                     "2025-03-06",
                     "2025-03-20",
                     "990000123",
                     "15000",
                     "6400",
                     "MEMBER",
                     "missing_inpe;missing_barcode",
                     "2025-05-19",
                     "late_filing",
                     "as the sheet says",
                     "true",
                     "2025-03-07/2025-03-09T08:30:00Z;2025-03-10/",
                     "2025-03-20"},
    [FEED_CLAIM_LINES] = {"990000001",
                          "F990000001-01",
                          "1",
                          "2025-03-01",
                          "C",
                          "C",
                          "1000",
                          "1",
                          "36",
                          "M",
                          "",
                          "990000124",
                          "15000",
                          "8000",
                          "8000",
                          "ALD",
                          "6400",
                          "1600",
                          "7000",
                          "0",
                          "unjustified_caesarean:-2000;other:0",
                          "late_filing;missing_inpe",
                          "",
                          "2025-05-19",
                          "TNR-2006"},
    [FEED_PAYMENTS] = {"990000001", "F990000001-01", "VIR-1", "2025-03-25", "6400", "*** 64",
                       "2025-03-30", "2025-03-30"},
    [FEED_PRIOR_AUTHORIZATIONS] = {"990000001",
                                   "PEC1",
                                   "0",
                                   "PARTLY_GRANTED",
                                   "standard",
                                   "990000123",
                                   "990000901",
                                   "Clinique",
                                   "2025-03-01T09:00:00Z",
                                   "2025-03-01T20:00:00Z",
                                   "2025-03-10",
                                   "2025-05-30",
                                   "200000",
                                   "150000",
                                   "50000",
                                   "",
                                   "",
                                   "over_frequency",
                                   "",
                                   "",
                                   "2025-03-01T20:00:00Z"},
    [FEED_PRIOR_AUTHORIZATION_LINES] = {"990000001", "PEC1", "1", "CHIR", "K", "80000", "1", "",
                                        "PARTLY_GRANTED", "200000", "150000", "50000",
                                        "over_frequency", ""},
};

static struct feed_error parse_with(struct fixture *f, enum feed_kind kind, size_t column,
                                    bytes value, struct feed_row *row)
{
    bytes fields[FEED_COLUMNS_MAX];
    const struct feed_layout *layout = feed_layout(kind);
    for (size_t i = 0; i < layout->column_count; i++) {
        fields[i] = i == column ? value : bytes_str(good[kind][i]);
    }
    const struct feed_parser parser = {&f->rules, kind, &f->arena};
    struct feed_error error;
    assert_ok(feed_row_parse(&parser, fields, layout->column_count, row, &error));
    return error;
}

static void test_good_rows_become_records(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    for (size_t kind = 0; kind < FEED_KIND_COUNT; kind++) {
        struct feed_error error = parse_with(f, (enum feed_kind)kind, SIZE_MAX, bytes_str(""),
                                             &row);
        assert_string_equal(feed_fault_name(error.fault), "none");
    }
    (void)parse_with(f, FEED_BENEFICIARIES, SIZE_MAX, bytes_str(""), &row);
    assert_true(bytes_equal_str(row.registration_number, "990000001"));
    assert_string_equal(row.record.beneficiary.name->given_name_ar, "هشام");
    assert_int_equal(row.record.beneficiary.relationship, 1);
    assert_int_equal(row.record.beneficiary.birth_days, date_to_days((struct date){1960, 2, 29}));
    (void)parse_with(f, FEED_CARDS, SIZE_MAX, bytes_str(""), &row);
    assert_true(bytes_equal_str(row.photo_file, "photos/001.png"));
    assert_int_equal(row.record.card.state, 1);
    (void)parse_with(f, FEED_MEMBERS, SIZE_MAX, bytes_str(""), &row);
    assert_int_equal(row.record.member.phone_filed_ms / 86400000,
                     date_to_days((struct date){2025, 4, 30}));
    assert_int_equal(row.record.member.left_ms / 86400000,
                     date_to_days((struct date){2025, 4, 29}));
}

/* Files from before phone_filed_date go on being taken: no number in them was filed in person (SEC-B1). */
static void test_a_column_may_be_missing(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    struct feed_error error;
    bytes fields[FEED_COLUMNS_MAX];
    const struct feed_parser parser = {&f->rules, FEED_MEMBERS, &f->arena};
    for (size_t i = 0; i < 8; i++) {
        fields[i] = bytes_str(good[FEED_MEMBERS][i]);
    }
    assert_ok(feed_row_parse(&parser, fields, 8, &row, &error));
    assert_string_equal(feed_fault_name(error.fault), "none");
    assert_int_equal(row.record.member.phone_filed_ms, 0);
    fields[8] = bytes_str("2025-04-30"); /* and those from before left_date: nobody in them left */
    assert_ok(feed_row_parse(&parser, fields, 9, &row, &error));
    assert_string_equal(feed_fault_name(error.fault), "none");
    assert_int_equal(row.record.member.left_ms, 0);
    assert_true(row.record.member.phone_filed_ms > 0);
    assert_ok(feed_row_parse(&parser, fields, 7, &row, &error));
    assert_string_equal(feed_fault_name(error.fault), "COLUMN_COUNT");
}

static const struct {
    enum feed_kind kind;
    size_t column;
    const char *value, *fault;
} bad_values[] = {
    {FEED_CAMPAIGNS, 0, "1999", "NUMBER"},
    {FEED_CAMPAIGNS, 0, "02026", "NUMBER"},
    {FEED_CAMPAIGNS, 2, "2025-12-31", "DATE_ORDER"},
    {FEED_CAMPAIGNS, 3, "2026-12-30", "DATE_ORDER"},
    {FEED_MEMBERS, 0, "", "EMPTY"},
    {FEED_MEMBERS, 0, "99000000", "PATTERN"},
    {FEED_MEMBERS, 0, "990000001 ", "NOT_TEXT"},
    {FEED_MEMBERS, 0, "99000000199000000199000000199000001", "TOO_LONG"},
    {FEED_MEMBERS, 1, "a99000001", "PATTERN"},
    {FEED_MEMBERS, 2, "mgen", "PATTERN"},
    {FEED_MEMBERS, 3, "FRA", "TOO_LONG"},
    {FEED_MEMBERS, 3, "F1", "PATTERN"},
    {FEED_MEMBERS, 4, "de", "WORD"},
    {FEED_MEMBERS, 4, "", "EMPTY"},
    {FEED_MEMBERS, 5, "0600000001", "PATTERN"},
    {FEED_MEMBERS, 5, "+2126", "PATTERN"},
    {FEED_MEMBERS, 7, "2025-02-29", "DATE"},
    {FEED_MEMBERS, 7, "01/02/2025", "DATE"},
    {FEED_MEMBERS, 7, "1899-12-31", "DATE"},
    {FEED_BENEFICIARIES, 1, "1", "HOLDER"},
    {FEED_BENEFICIARIES, 1, "20", "NUMBER"},
    {FEED_BENEFICIARIES, 1, "-1", "NUMBER"},
    {FEED_BENEFICIARIES, 2, "SPOUSE", "HOLDER"},
    {FEED_BENEFICIARIES, 2, "COUSIN", "WORD"},
    {FEED_BENEFICIARIES, 3, "", "EMPTY"},
    {FEED_BENEFICIARIES, 3, " Hicham", "NOT_TEXT"},
    {FEED_BENEFICIARIES, 3, "Hi\tcham", "NOT_TEXT"},
    {FEED_MEMBERS, 9, "yesterday", "DATE"},
    {FEED_BENEFICIARIES, 3, "Hicham\xff", "NOT_TEXT"},
    {FEED_BENEFICIARIES, 5, "\xed\xa0\x80", "NOT_TEXT"},
    {FEED_BENEFICIARIES, 7, "2026-01-16", "FUTURE"},
    {FEED_BENEFICIARIES, 8, "ZZZ1", "PATTERN"},
    {FEED_BENEFICIARIES, 8, "ZZ1234567", "PATTERN"},
    {FEED_CARDS, 3, "LOST", "WORD"},
    {FEED_PENSIONS, 2, "P1", "PATTERN"},
    {FEED_PENSIONS, 4, "", "EMPTY"},
    {FEED_TARIFFS, 5, "-1", "NUMBER"},
    {FEED_TARIFFS, 5, "100000000001", "NUMBER"},
    {FEED_RATES, 5, "10001", "NUMBER"},
    {FEED_DELAYS, 5, "YEARS", "WORD"},
    {FEED_RETENTION_PERIODS, 3, "gossip", "WORD"},
    {FEED_RETENTION_PERIODS, 4, "0", "NUMBER"},
    {FEED_RETENTION_PERIODS, 5, "YEARS", "WORD"},
    {FEED_CALENDAR, 3, "PARTY", "WORD"},
    {FEED_CALENDAR, 4, "13-01", "PATTERN"},
    {FEED_CALENDAR, 4, "2026-01-01", "PATTERN"},
    {FEED_CALENDAR, 5, "10000", "NUMBER"},
    {FEED_BANK_CODES, 3, "11", "PATTERN"},
    {FEED_BANK_CODES, 3, "01A", "PATTERN"},
    {FEED_RIGHTS, 6, "2019-12-31", "DATE_ORDER"},
    {FEED_RIGHTS, 3, "FRIEND", "WORD"},
    {FEED_EXEMPTIONS, 7, "yes", "WORD"},
    {FEED_CLAIMS, 1, "", "EMPTY"},
    {FEED_CLAIMS, 1, "F 1", "PATTERN"},
    {FEED_CLAIMS, 5, "LOST", "WORD"},
    {FEED_CLAIMS, 7, "2025-02-28", "DATE_ORDER"},
    {FEED_CLAIMS, 10, "2025-03-05", "DATE_ORDER"},
    {FEED_CLAIMS, 15, "missing inpe", "PATTERN"},
    {FEED_CLAIMS, 17, "a;b;c;d;e;f;g;h;i", "TOO_LONG"},
    {FEED_CLAIMS, 20, "2025-03-07", "PATTERN"},
    {FEED_CLAIMS, 20, "2025-03-07/;2025-03-10/", "DATE_ORDER"},
    {FEED_CLAIMS, 20, "2025-03-07/2025-03-06", "DATE_ORDER"},
    {FEED_CLAIMS, 20, "2025-03-07T24:00:00Z/", "DATE"},
    {FEED_CLAIM_LINES, 2, "0", "NUMBER"},
    {FEED_CLAIM_LINES, 2, "101", "NUMBER"},
    {FEED_CLAIM_LINES, 12, "15001", "SPLIT"},
    {FEED_CLAIM_LINES, 16, "6399", "SPLIT"},
    {FEED_CLAIM_LINES, 19, "-1", "NUMBER"},
    {FEED_CLAIM_LINES, 20, "late", "PATTERN"},
    {FEED_CLAIM_LINES, 20, "late:-", "PATTERN"},
    {FEED_PAYMENTS, 2, "", "EMPTY"},
    {FEED_PAYMENTS, 6, "2025-03-24", "DATE_ORDER"},
    {FEED_PRIOR_AUTHORIZATIONS, 8, "", "EMPTY"},
    {FEED_PRIOR_AUTHORIZATIONS, 9, "2025-03-01T08:59:59Z", "DATE_ORDER"},
    {FEED_PRIOR_AUTHORIZATION_LINES, 10, "200001", "SPLIT"},
};

static void test_bad_values_are_blamed(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        struct feed_error error = parse_with(f, bad_values[i].kind, bad_values[i].column,
                                             bytes_str(bad_values[i].value), &row);
        assert_string_equal(feed_fault_name(error.fault), bad_values[i].fault);
        assert_true(error.column[0] != '\0');
    }
}

static void test_lists_inside_fields(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    (void)parse_with(f, FEED_CLAIMS, SIZE_MAX, bytes_str(""), &row);
    const Hayat__Store__V1__StoredClaim *claim = &row.record.claim;
    assert_int_equal(claim->n_missing_items, 2);
    assert_string_equal(claim->missing_items[1]->item_code, "missing_barcode");
    assert_int_equal(claim->missing_items[1]->respond_by_days,
                     date_to_days((struct date){2025, 5, 19}));
    assert_int_equal(claim->n_rejections, 1);
    assert_string_equal(claim->rejections[0]->note, "as the sheet says");
    assert_int_equal(claim->n_pauses, 2);
    assert_int_equal(claim->pauses[0]->end_ms,
                     date_to_days((struct date){2025, 3, 9}) * 86400000 + (8 * 60 + 30) * 60000);
    assert_int_equal(claim->pauses[1]->end_ms, 0);
    (void)parse_with(f, FEED_CLAIM_LINES, SIZE_MAX, bytes_str(""), &row);
    const Hayat__Store__V1__StoredClaimLine *line = &row.record.line;
    assert_int_equal(line->n_adjustments, 2);
    assert_string_equal(line->adjustments[0]->reason_code, "unjustified_caesarean");
    assert_int_equal(line->adjustments[0]->base_change_centimes, -2000);
    assert_int_equal(line->n_rejections, 2);
    assert_string_equal(line->rejections[1]->reason_code, "missing_inpe");
}

static void test_empty_is_allowed_where_it_may_be(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    const struct {
        enum feed_kind kind;
        size_t column;
    } columns[] = {{FEED_MEMBERS, 5},
                   {FEED_MEMBERS, 6},
                   {FEED_MEMBERS, 9},
                   {FEED_BENEFICIARIES, 8},
                   {FEED_CARDS, 4}};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct feed_error error = parse_with(f, columns[i].kind, columns[i].column, bytes_str(""),
                                             &row);
        assert_int_equal(error.fault, FEED_FAULT_NONE);
    }
}

static void test_nul_is_refused(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    struct feed_error error = parse_with(f, FEED_BENEFICIARIES, 3, bytes_of("Hi\0cham", 7), &row);
    assert_int_equal(error.fault, FEED_FAULT_NOT_TEXT);
    assert_string_equal(error.column, "given_name");
}

static void test_every_prefix_length_of_a_name(void **state)
{
    struct fixture *f = *state;
    struct feed_row row;
    char name[128];
    memset(name, 'n', sizeof(name));
    for (size_t len = 1; len <= sizeof(name); len++) {
        struct feed_error error = parse_with(f, FEED_BENEFICIARIES, 4, bytes_of(name, len), &row);
        assert_int_equal(error.fault, len <= 96 ? FEED_FAULT_NONE : FEED_FAULT_TOO_LONG);
    }
}

static void test_column_count(void **state)
{
    struct fixture *f = *state;
    bytes fields[FEED_COLUMNS_MAX + 1] = {{0}};
    const struct feed_parser parser = {&f->rules, FEED_MEMBERS, &f->arena};
    for (size_t count = 0; count <= FEED_COLUMNS_MAX; count++) {
        struct feed_row row;
        struct feed_error error;
        assert_ok(feed_row_parse(&parser, fields, count, &row, &error));
        assert_true((error.fault == FEED_FAULT_COLUMN_COUNT) == (count < 8 || count > 10));
    }
}

static void test_patterns_are_the_operators(void **state)
{
    (void)state;
    struct feed_patterns patterns = feed_patterns_default;
    struct feed_rules rules;
    patterns.cine = "^[0-9]{3}$";
    assert_ok(feed_rules_init(&rules, &patterns, (struct date){2026, 1, 15}));
    feed_rules_fini(&rules);
    patterns.cine = "[";
    assert_reason(feed_rules_init(&rules, &patterns, (struct date){2026, 1, 15}), CONFIG_INVALID);
}

static void test_a_dry_arena_is_told(void **state)
{
    struct fixture *f = *state;
    struct arena tiny;
    arena_init(&tiny, 8);
    bytes fields[FEED_COLUMNS_MAX];
    for (size_t i = 0; i < 10; i++) {
        fields[i] = bytes_str(good[FEED_BENEFICIARIES][i]);
    }
    const struct feed_parser parser = {&f->rules, FEED_BENEFICIARIES, &tiny};
    struct feed_row row;
    struct feed_error error;
    assert_reason(feed_row_parse(&parser, fields, 10, &row, &error), ARENA_FULL);
    arena_fini(&tiny);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_rows_become_records),
        TEST(test_a_column_may_be_missing),
        TEST(test_bad_values_are_blamed),
        TEST(test_lists_inside_fields),
        TEST(test_empty_is_allowed_where_it_may_be),
        TEST(test_nul_is_refused),
        TEST(test_every_prefix_length_of_a_name),
        TEST(test_column_count),
        TEST(test_patterns_are_the_operators),
        TEST(test_a_dry_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
