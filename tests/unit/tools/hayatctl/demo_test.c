/*
 * Promise: the invented fund is believable and consistent (names pair in both scripts, ages and
 * families hold, every claim line adds up), visibly invented, the same for the same seed, and is
 * accepted by the feed's own rules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/codec.h"
#include "service/feed_rows.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tools/hayatctl/csv_rows.h"
#include "tools/hayatctl/demo_claims.h"
#include "tools/hayatctl/demo_generate.h"
#include "tools/hayatctl/demo_photo.h"

static const struct demo_fund fund = {.seed = 7, .members = 3000, .today = {2026, 1, 15}};

static bool is_arabic(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        bool arabic = (*c >= 0xd8 && *c <= 0xdb) || (*c >= 0x80 && *c <= 0xbf) || *c == ' ';
        if (!arabic) {
            return false;
        }
    }
    return true;
}

static void check_names(const struct name_pair *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(bytes_is_text(bytes_str(names[i].latin)));
        assert_true(bytes_is_text(bytes_str(names[i].arabic)));
        assert_true(is_arabic(names[i].arabic));
        assert_false(is_arabic(names[i].latin));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(names[i].latin, names[j].latin);
        }
    }
}

static void test_names_pair(void **state)
{
    (void)state;
    assert_true(demo_male_name_count + demo_female_name_count >= 120);
    assert_true(demo_family_name_count >= 150);
    check_names(demo_male_names, demo_male_name_count);
    check_names(demo_female_names, demo_female_name_count);
    check_names(demo_family_names, demo_family_name_count);
}

static void check_person(const struct demo_member *member, uint32_t seq)
{
    const struct demo_person *person = &member->persons[seq];
    int32_t age = demo_age(person->birth_date, fund.today);
    assert_true(date_valid(person->birth_date) && age >= 0 && age < 100);
    assert_true((person->cine[0] != '\0') == (age >= 18));
    assert_true(date_compare(person->card_issue_date, person->birth_date) >= 0);
    assert_true(date_compare(person->card_issue_date, fund.today) <= 0);
    assert_true(person->photo >= -1 && person->photo < DEMO_PHOTOS);
    assert_int_equal(person->relationship == DEMO_HOLDER, seq == 0);
    if (person->relationship == DEMO_SPOUSE) {
        assert_int_equal(seq, 1);
        assert_true(person->female != member->persons[0].female);
        assert_true(age >= 18);
    }
    if (person->relationship == DEMO_CHILD) {
        assert_true(age < 26);
        for (uint32_t parent = 0; parent < 2; parent++) {
            bool is_parent = member->persons[parent].relationship != DEMO_CHILD;
            assert_true(!is_parent ||
                        demo_age(member->persons[parent].birth_date, person->birth_date) >= 18);
        }
        const struct demo_person *father = !member->persons[0].female ? &member->persons[0]
                                           : member->persons[1].relationship == DEMO_SPOUSE
                                               ? &member->persons[1]
                                               : &member->persons[0];
        assert_ptr_equal(person->family, father->family);
    }
}

static void test_members_hold_together(void **state)
{
    (void)state;
    uint32_t pensioners = 0, abroad = 0;
    char before[10] = "";
    for (uint32_t i = 0; i < fund.members; i++) {
        struct demo_member member;
        demo_member_make(&fund, i, &member);
        assert_true(strcmp(before, member.registration_number) < 0); /* sorted */
        memcpy(before, member.registration_number, sizeof(before));
        assert_memory_equal(member.registration_number, "99", 2); /* visibly invented */
        for (uint32_t seq = 0; seq < member.person_count; seq++) {
            check_person(&member, seq);
        }
        bool lives_abroad = strcmp(member.country_code, "MA") != 0;
        assert_int_equal(lives_abroad, demo_lives_abroad(&fund, i));
        assert_true(!lives_abroad || member.pension_count > 0);
        assert_true(member.pension_count == 0 ||
                    demo_age(member.persons[0].birth_date, fund.today) >= 60);
        pensioners += member.pension_count > 0 ? 1 : 0;
        abroad += lives_abroad ? 1 : 0;
    }
    assert_in_range(pensioners, fund.members * 6 / 100, fund.members * 10 / 100);
    assert_in_range(abroad, DEMO_ABROAD_MIN, fund.members * 12 / 1000);
}

static void test_small_funds_have_pensioners_abroad(void **state)
{
    (void)state;
    for (uint32_t members = 1; members <= 60; members++) {
        struct demo_fund small = {.seed = members, .members = members, .today = {2026, 12, 31}};
        uint32_t abroad = 0;
        for (uint32_t i = 0; i < members; i++) {
            abroad += demo_lives_abroad(&small, i) ? 1 : 0;
        }
        assert_int_equal(abroad, members < DEMO_ABROAD_MIN ? members : DEMO_ABROAD_MIN);
    }
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_cine_numbers_are_unique(void **state)
{
    (void)state;
    enum { CINE_BYTES = 9 };
    char(*cines)[CINE_BYTES] = calloc((size_t)fund.members * DEMO_PERSONS_MAX, CINE_BYTES);
    assert_non_null(cines);
    size_t count = 0;
    for (uint32_t i = 0; i < fund.members; i++) {
        struct demo_member member;
        demo_member_make(&fund, i, &member);
        for (uint32_t seq = 0; seq < member.person_count; seq++) {
            if (member.persons[seq].cine[0] != '\0') {
                memcpy(cines[count++], member.persons[seq].cine, CINE_BYTES);
            }
        }
    }
    qsort(cines, count, CINE_BYTES, compare_text);
    for (size_t i = 1; i < count; i++) {
        assert_string_not_equal(cines[i - 1], cines[i]);
    }
    free(cines);
}

static void test_the_main_person_has_everything(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct demo_fund other = {.seed = seed, .members = 200, .today = {2026, 2, 28}};
        struct demo_member hero;
        demo_member_make(&other, demo_hero_index(&other), &hero);
        assert_string_not_equal(hero.country_code, "MA");
        assert_true(hero.pension_count > 0);
        assert_true(hero.person_count >= 3);
        assert_int_equal(hero.persons[1].relationship, DEMO_SPOUSE);
        assert_int_equal(hero.persons[2].relationship, DEMO_CHILD);
        assert_false(hero.persons[0].card_suspended);
        assert_true(hero.persons[0].photo >= 0);
        assert_true(demo_claim_count(&other, &hero) >= 4);
    }
}

/* The README enrols this person, whenever the demonstration was made. */
static void test_the_main_person_is_the_readmes(void **state)
{
    (void)state;
    static const struct date days[] = {
        {2026, 11, 23}, {2026, 11, 28}, {2027, 2, 28}, {2029, 12, 31}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct demo_fund readmes = {.seed = 1, .members = 10000, .today = days[i]};
        struct demo_member hero;
        demo_member_make(&readmes, demo_hero_index(&readmes), &hero);
        assert_string_equal(hero.registration_number, "990000025");
        assert_string_equal(hero.persons[0].cine, "ZZ686872");
        assert_int_equal(hero.persons[0].birth_date.year, 1963);
        assert_int_equal(hero.persons[0].birth_date.month, 8);
        assert_int_equal(hero.persons[0].birth_date.day, 10);
    }
}

/* RULE: billed = reimbursed + ticket modérateur + overrun + non-covered, each at least 0. */
static void check_line(const struct demo_line *line)
{
    assert_true(line->reimbursed_centimes >= 0 && line->ticket_moderateur_centimes >= 0);
    assert_true(line->overrun_centimes >= 0 && line->non_covered_centimes >= 0);
    assert_int_equal(line->billed_centimes,
                     line->reimbursed_centimes + line->ticket_moderateur_centimes +
                         line->overrun_centimes + line->non_covered_centimes);
    assert_true(line->rejection_reason[0] == '\0' || line->reimbursed_centimes == 0);
}

static void check_claim(const struct demo_member *member, const struct demo_claim *claim)
{
    int64_t billed = 0, reimbursed = 0;
    for (uint32_t i = 0; i < claim->line_count; i++) {
        check_line(&claim->lines[i]);
        billed += claim->lines[i].billed_centimes;
        reimbursed += claim->lines[i].reimbursed_centimes;
    }
    assert_true(claim->line_count > 0 && claim->beneficiary_seq < member->person_count);
    assert_int_equal(billed, claim->billed_centimes);
    assert_int_equal(reimbursed, claim->reimbursed_centimes);
    assert_true(date_compare(claim->first_care_date, claim->last_care_date) <= 0);
    assert_true(date_compare(claim->last_care_date, claim->deposit_date) <= 0);
    assert_true(date_compare(claim->deposit_date, claim->receipt_date) <= 0);
    assert_true(date_compare(claim->receipt_date, fund.today) <= 0);
    bool paid = strcmp(claim->state, "PAID") == 0 || strcmp(claim->state, "REVERSED") == 0;
    assert_int_equal(paid, claim->payment_date.year > 0);
    if (paid) {
        assert_true(date_compare(claim->decision_date, claim->payment_date) <= 0);
        assert_true(date_compare(claim->payment_date, fund.today) <= 0);
    }
}

static void test_claims_add_up(void **state)
{
    (void)state;
    uint32_t with_claims = 0;
    for (uint32_t i = 0; i < 500; i++) {
        struct demo_member member;
        demo_member_make(&fund, i, &member);
        uint32_t count = demo_claim_count(&fund, &member);
        assert_true(count == 0 || (count >= 2 && count <= DEMO_CLAIMS_USUAL));
        with_claims += count > 0 ? 1 : 0;
        struct date before = {1, 1, 1};
        for (uint32_t position = 0; position < count; position++) {
            struct demo_claim claim;
            demo_claim_make(&fund, &member, position, &claim);
            check_claim(&member, &claim);
            assert_true(date_compare(before, claim.first_care_date) <= 0);
            before = claim.first_care_date;
        }
    }
    assert_in_range(with_claims, 250, 350);
}

static void test_photos_are_png_and_small(void **state)
{
    (void)state;
    uint8_t first[DEMO_PHOTO_BYTES_MAX], photo[DEMO_PHOTO_BYTES_MAX];
    size_t first_len = demo_photo_make(7, 0, first);
    for (int32_t number = 0; number < DEMO_PHOTOS; number++) {
        size_t len = demo_photo_make(7, number, photo);
        assert_in_range(len, 3000, DEMO_PHOTO_BYTES_MAX);
        assert_memory_equal(photo, "\x89PNG\r\n\x1a\n", 8);
        assert_memory_equal(photo + len - 8, "IEND\xae\x42\x60\x82",
                            8); /* the chunk's well-known CRC */
        assert_true(number == 0 || len != first_len || memcmp(photo, first, len) != 0);
    }
}

/* --- files --- */

static struct demo_result generate(const char *directory, const struct demo_fund *what)
{
    struct progress progress;
    struct demo_result result;
    progress_init(&progress, &clock_system, "demo", true);
    assert_ok(demo_generate(what, directory, &progress, &result));
    return result;
}

static bytes read_file(struct arena *arena, const char *directory, const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat info;
    assert_int_equal(fstat(fileno(file), &info), 0);
    uint8_t *data = arena_alloc(arena, (size_t)info.st_size);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)info.st_size, file), info.st_size);
    assert_int_equal(fclose(file), 0);
    return bytes_of(data, (size_t)info.st_size);
}

static void test_the_same_seed_writes_the_same_bytes(void **state)
{
    static const char *const names[] = {"members.csv",    "beneficiaries.csv", "cards.csv",
                                        "pensions.csv",   "claims.csv",        "claim_lines.csv",
                                        "photos/123.png", "demo.json"};
    struct temp_store *t = *state;
    char a[80], b[80], c[80];
    (void)snprintf(a, sizeof(a), "%s/a", t->directory);
    (void)snprintf(b, sizeof(b), "%s/b", t->directory);
    (void)snprintf(c, sizeof(c), "%s/c", t->directory);
    struct demo_fund small = {.seed = 5, .members = 120, .today = {2026, 1, 15}};
    (void)generate(a, &small);
    (void)generate(b, &small);
    small.seed = 6;
    (void)generate(c, &small);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        bytes in_a = read_file(&t->arena, a, names[i]);
        assert_true(bytes_equal(in_a, read_file(&t->arena, b, names[i])));
        assert_false(bytes_equal(in_a, read_file(&t->arena, c, names[i])));
    }
}

static uint64_t check_file(const struct feed_rules *rules, enum feed_kind kind,
                           const char *directory)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s.csv", directory, feed_layout(kind)->name);
    struct csv_rows *rows;
    struct csv_row row;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_ok(csv_rows_open(path, &rows));
    assert_ok(csv_rows_next(rows, &row));
    for (size_t i = 0; i < feed_layout(kind)->column_count; i++) {
        assert_true(bytes_equal_str(row.fields[i], feed_layout(kind)->columns[i]));
    }
    uint64_t count = 0;
    const struct feed_parser parser = {rules, kind, &arena};
    for (assert_ok(csv_rows_next(rows, &row)); row.state != CSV_ROWS_END; count++) {
        struct feed_row parsed;
        struct feed_error error;
        arena_reset(&arena, 1 << 20);
        assert_ok(feed_row_parse(&parser, row.fields, row.field_count, &parsed, &error));
        assert_string_equal(feed_fault_name(error.fault), "none");
        assert_ok(csv_rows_next(rows, &row));
    }
    csv_rows_close(rows);
    arena_fini(&arena);
    return count;
}

static void test_the_feed_accepts_every_row(void **state)
{
    struct temp_store *t = *state;
    struct demo_fund small = {.seed = 9, .members = 300, .today = {2026, 1, 1}};
    struct demo_result result = generate(t->directory, &small);
    struct feed_rules rules;
    assert_ok(feed_rules_init(&rules, &feed_patterns_default, small.today));
    for (size_t kind = 0; kind < FEED_KIND_COUNT; kind++) {
        uint64_t rows = check_file(&rules, (enum feed_kind)kind, t->directory);
        assert_true(rows > 0 || kind == FEED_LIFE_CONFIRMATIONS); /* the registry's to say */
        assert_int_equal(rows, result.rows[kind]);
    }
    assert_int_equal(result.rows[FEED_MEMBERS], 300);
    feed_rules_fini(&rules);
}

static void test_an_unwritable_directory_is_told(void **state)
{
    (void)state;
    struct progress progress;
    struct demo_result result;
    progress_init(&progress, &clock_system, "demo", true);
    struct demo_fund small = {.seed = 9, .members = 1, .today = {2026, 1, 1}};
    assert_reason(demo_generate(&small, "/proc/nowhere/fund", &progress, &result), FILE_UNWRITABLE);
    assert_string_equal(result.failed_path, "/proc/nowhere/fund");
}

static int prepare(void **state)
{
    struct temp_store *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    temp_store_prepare(t);
    *state = t;
    return 0;
}

static int clean_up(void **state)
{
    struct temp_store *t = *state;
    temp_store_remove(t);
    free(t);
    return 0;
}

#define WITH_DIRECTORY(name) cmocka_unit_test_setup_teardown(name, prepare, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_pair),
        cmocka_unit_test(test_members_hold_together),
        cmocka_unit_test(test_small_funds_have_pensioners_abroad),
        cmocka_unit_test(test_cine_numbers_are_unique),
        cmocka_unit_test(test_the_main_person_has_everything),
        cmocka_unit_test(test_the_main_person_is_the_readmes),
        cmocka_unit_test(test_claims_add_up),
        cmocka_unit_test(test_photos_are_png_and_small),
        WITH_DIRECTORY(test_the_same_seed_writes_the_same_bytes),
        WITH_DIRECTORY(test_the_feed_accepts_every_row),
        cmocka_unit_test(test_an_unwritable_directory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
