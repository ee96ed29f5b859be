/*
 * Promise (SEC-D8): copies are named by their time and by nothing else; the ones that go are the oldest, never the one just made;
 * a copy that would leave too little of the disk is not begun; a manifest reads back as it was written, and any other text is
 * refused; a key that is missing is named.
 */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tools/hayatctl/copy_manifest.h"
#include "tools/hayatctl/copy_rules.h"

enum { NAMES = 4 };

/* --- names --- */

static void names_are_times(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_ms;
        const char *name;
    } rows[] = {
        {0, "19700101T000000.000Z"},
        {1795969236123, "20261129T162036.123Z"},
        {951782400000, "20000229T000000.000Z"},
        {253402300799999, "99991231T235959.999Z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char name[COPY_NAME_BYTES];
        int64_t wall_ms = -1;
        assert_true(copy_name_of(rows[i].wall_ms, name));
        assert_string_equal(name, rows[i].name);
        assert_true(copy_name_time(name, &wall_ms));
        assert_true(wall_ms == rows[i].wall_ms);
    }
    char name[COPY_NAME_BYTES];
    assert_false(copy_name_of(-1, name));
    assert_false(copy_name_of(253402300800000, name));
}

static void other_names_are_none(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        ".",
        ".lock",
        ".unfinished-20261129T162036.123Z",
        "20261129T162036.123",
        "20261129T162036.123Z2",
        "20261129T162036.12Z",
        "20261129 162036.123Z",
        "20261129T162036,123Z",
        "20261329T162036.123Z",
        "20260229T162036.123Z",
        "20261129T242036.123Z",
        "20261129T166036.123Z",
        "20261129T162060.123Z",
        "2026112-T162036.123Z",
        "19691231T235959.999Z",
        "20261129T162036.123z",
    };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        int64_t wall_ms;
        assert_false(copy_name_time(others[i], &wall_ms));
    }
}

/* --- which go --- */

static void the_oldest_go(void **state)
{
    (void)state;
    char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
    char *const names[NAMES] = {a, b, c, d};
    size_t gone[NAMES];
    assert_int_equal(copy_surplus(names, NAMES, 0, "d", gone), 0); /* no number: all stay */
    for (size_t keep = NAMES; keep <= NAMES + 1; keep++) {
        assert_int_equal(copy_surplus(names, NAMES, keep, "d", gone), 0);
    }
    assert_int_equal(copy_surplus(names, NAMES, 3, "d", gone), 1);
    assert_int_equal(gone[0], 0);
    assert_int_equal(copy_surplus(names, NAMES, 1, "d", gone), 3);
    assert_int_equal(gone[2], 2);
    assert_int_equal(copy_surplus(names, 0, 1, "d", gone), 0);
}

/* The clock was set back since the others were made. */
static void the_fresh_one_stays(void **state)
{
    (void)state;
    char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
    char *const names[NAMES] = {a, b, c, d};
    size_t gone[NAMES];
    assert_int_equal(copy_surplus(names, NAMES, 2, "a", gone), 2);
    assert_int_equal(gone[0], 1);
    assert_int_equal(gone[1], 2);
    assert_int_equal(copy_surplus(names, NAMES, 1, "b", gone), 3);
    assert_int_equal(gone[0], 0);
    assert_int_equal(gone[1], 2);
    assert_int_equal(gone[2], 3);
}

static void room_is_left(void **state)
{
    (void)state;
    for (int beside = 0; beside <= 1; beside++) {
        uint64_t spare = beside ? LIMIT_FREE_DISK_UPLOAD_BYTES : LIMIT_COPY_SPARE_BYTES;
        assert_true(copy_has_room(spare + 1000, 1000, beside != 0));
        assert_false(copy_has_room(spare + 999, 1000, beside != 0));
        assert_false(copy_has_room(spare - 1, 0, beside != 0));
        assert_false(copy_has_room(UINT64_MAX, UINT64_MAX, beside != 0));
        assert_false(copy_has_room(0, UINT64_MAX, beside != 0));
    }
}

/* --- the manifest --- */

static struct copy_manifest example(void)
{
    struct copy_manifest manifest = {.time = "20261129T162036.123Z",
                                     .version = "0.9.0-rc1",
                                     .bytes = UINT64_MAX,
                                     .transaction = 0,
                                     .records = 4567,
                                     .bad = 3};
    memset(manifest.sha256, 0xA5, sizeof manifest.sha256);
    manifest.epochs[DOMAIN_HEALTH] = 1U << 1 | 1U << 2 | 1U << (SEAL_EPOCHS_MAX - 1);
    manifest.epochs[DOMAIN_SYSTEM] = 1U << 3;
    return manifest;
}

static bool parses(const char *text)
{
    struct copy_manifest manifest;
    return copy_manifest_parse(bytes_str(text), &manifest);
}

static void a_manifest_reads_back(void **state)
{
    (void)state;
    struct copy_manifest manifest = example(), read;
    char text[LIMIT_MANIFEST_BYTES], again[LIMIT_MANIFEST_BYTES];
    size_t len = copy_manifest_print(&manifest, text);
    assert_true(copy_manifest_parse(bytes_of(text, len), &read));
    assert_true(read.bytes == manifest.bytes && read.records == 4567 && read.transaction == 0 &&
                read.bad == 3);
    assert_string_equal(read.time, manifest.time);
    assert_string_equal(read.version, manifest.version);
    assert_memory_equal(read.sha256, manifest.sha256, sizeof read.sha256);
    assert_memory_equal(read.epochs, manifest.epochs, sizeof read.epochs);
    assert_int_equal(copy_manifest_print(&read, again), len);
    assert_memory_equal(again, text, len);
}

/* Every domain in every epoch: the longest there is. */
static void the_longest_manifest_fits(void **state)
{
    (void)state;
    struct copy_manifest manifest = example(), read;
    for (unsigned domain = 1; domain < DOMAIN_MAX; domain++) {
        manifest.epochs[domain] = (1U << SEAL_EPOCHS_MAX) - 2;
    }
    char text[LIMIT_MANIFEST_BYTES];
    size_t len = copy_manifest_print(&manifest, text);
    assert_true(len < LIMIT_MANIFEST_BYTES / 2);
    assert_true(copy_manifest_parse(bytes_of(text, len), &read));
}

/* Cut anywhere, or with any one byte changed to one that no line has, it is refused. */
static void a_damaged_manifest_is_refused(void **state)
{
    (void)state;
    struct copy_manifest manifest = example(), read;
    char text[LIMIT_MANIFEST_BYTES];
    size_t len = copy_manifest_print(&manifest, text);
    size_t last_line = len - strlen("epochs system 3\n");
    for (size_t cut = 0; cut < len; cut++) {
        bool whole = cut == last_line; /* the domains are as many as there are */
        assert_int_equal(copy_manifest_parse(bytes_of(text, cut), &read), whole);
    }
    const char *facts = strstr(text, "\ntime ");
    assert_non_null(facts);
    for (size_t at = (size_t)(facts - text) + 1; at < len; at++) {
        char kept = text[at];
        text[at] = '\x01';
        assert_false(copy_manifest_parse(bytes_of(text, len), &read));
        text[at] = kept;
    }
}

static void lines_are_strict(void **state)
{
    (void)state;
#define HEAD "hayat copy 1\ntime 20261129T162036.123Z\nversion 1\n"
#define HEX "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
#define REST "sha256 " HEX "\ntransaction 1\nrecords 2\nbad 0\n"
    assert_true(parses(HEAD "bytes 5\n" REST "epochs health 1\n"));
    static const char *const others[] = {
        "",
        "hayat copy 2\n",
        HEAD "bytes 5\n" REST,
        HEAD "bytes 5\n" REST "epochs health 1",
        HEAD "bytes 5\nbytes 5\n" REST "epochs health 1\n",
        HEAD "bytes 05\n" REST "epochs health 1\n",
        HEAD "bytes +5\n" REST "epochs health 1\n",
        HEAD "bytes 18446744073709551616\n" REST "epochs health 1\n",
        HEAD "bytes \n" REST "epochs health 1\n",
        HEAD "bytes 5\n" REST "epochs health\n",
        HEAD "bytes 5\n" REST "epochs health 0\n",
        HEAD "bytes 5\n" REST "epochs health 16\n",
        HEAD "bytes 5\n" REST "epochs health 1 \n",
        HEAD "bytes 5\n" REST "epochs health 1\nepochs health 2\n",
        HEAD "bytes 5\n" REST "epochs nothing 1\n",
        HEAD "bytes 5\n" REST "epochs health 1\nmore 1\n",
        HEAD "bytes 5\n" REST "epochs health 1\n\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_false(parses(others[i]));
    }
}

static void a_missing_key_is_named(void **state)
{
    (void)state;
    struct temp_store store;
    temp_store_start(&store);
    struct copy_manifest manifest = {.epochs = {[DOMAIN_HEALTH] = 1U << 1}};
    enum key_domain domain = DOMAIN_MAX;
    uint32_t epoch = 0;
    assert_true(copy_manifest_opens_with(&manifest, &store.keys, &domain, &epoch));
    manifest.epochs[DOMAIN_BANK] = 1U << 1 | 1U << 2;
    assert_false(copy_manifest_opens_with(&manifest, &store.keys, &domain, &epoch));
    assert_int_equal(domain, DOMAIN_BANK);
    assert_int_equal(epoch, 2);
    temp_store_stop(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_times),
        cmocka_unit_test(other_names_are_none),
        cmocka_unit_test(the_oldest_go),
        cmocka_unit_test(the_fresh_one_stays),
        cmocka_unit_test(room_is_left),
        cmocka_unit_test(a_manifest_reads_back),
        cmocka_unit_test(the_longest_manifest_fits),
        cmocka_unit_test(a_damaged_manifest_is_refused),
        cmocka_unit_test(lines_are_strict),
        cmocka_unit_test(a_missing_key_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
