/*
 * Promise: at the start the store's file is mapped when it fits in memory, and only then; whoever stops waits for a step alone; what was forgotten comes back as it
 * was.
 */
#include "storage/resident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/session_store.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

/* The file is larger than some large pages: a fault may map one. */
enum { SESSIONS = 16384, PER_COMMIT = 256, MEMORY = 1 << 30 };

static status fill_some(void *ctx, struct txn *txn)
{
    const uint32_t *from = ctx;
    for (uint32_t i = *from; i < *from + PER_COMMIT; i++) {
        Hayat__Store__V1__StoredSession stored = HAYAT__STORE__V1__STORED_SESSION__INIT;
        uint8_t key[SESSION_KEY_BYTES] = {0}, owner[OWNER_BYTES] = {0xA1};
        memcpy(key, &i, sizeof i);
        stored.owner = (ProtobufCBinaryData){sizeof owner, owner};
        stored.expire_ms = i + 1;
        TRY(session_store_put(txn, key, &stored));
    }
    return STATUS_OK;
}

static status look_at_all(void *ctx, struct txn *txn)
{
    (void)ctx;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        Hayat__Store__V1__StoredSession *stored;
        uint8_t key[SESSION_KEY_BYTES] = {0};
        memcpy(key, &i, sizeof i);
        struct arena_mark mark = arena_mark(txn_arena(txn));
        TRY(session_store_get(txn, key, &stored));
        assert_int_equal(stored->expire_ms, i + 1);
        arena_rewind(txn_arena(txn), mark);
    }
    return STATUS_OK;
}

static void start_filled(struct temp_store *t)
{
    temp_store_start(t);
    for (uint32_t from = 0; from < SESSIONS; from += PER_COMMIT) {
        assert_ok(temp_store_write(t, fill_some, &from));
    }
}

/* "from-to perms offset device inode path" begins what is told of a map. */
static bool begins_map(const char *line)
{
    char *end;
    (void)strtoul(line, &end, 16);
    return end != line && *end == '-';
}

/* Of the store's map, what is in this process's page tables: "Rss:" below the file's lines. */
static long mapped_kib(const struct temp_store *t)
{
    static const char rss[] = "Rss:";
    FILE *smaps = fopen("/proc/self/smaps", "re");
    char line[512], path[128];
    long total = 0;
    bool of_file = false;
    (void)snprintf(path, sizeof path, "%s/data.mdb", t->db_directory);
    assert_non_null(smaps);
    while (fgets(line, sizeof line, smaps) != NULL) {
        if (begins_map(line)) {
            of_file = strstr(line, path) != NULL;
        } else if (of_file && strncmp(line, rss, sizeof rss - 1) == 0) {
            total += strtol(line + sizeof rss - 1, NULL, 10);
        }
    }
    (void)fclose(smaps);
    return total;
}

static void what_fits_is_mapped(void **state)
{
    (void)state;
    struct temp_store t;
    _Atomic bool stop = false;
    uint64_t taken;
    start_filled(&t);
    db_forget_pages(t.db);
    const long before = mapped_kib(&t);
    assert_int_equal(db_preload(t.db, MEMORY, &stop, &taken), PRELOAD_DONE);
    const long whole = (long)(taken / 1024);
    assert_true(before < whole);
    assert_true(mapped_kib(&t) >= whole);
    /* Twice, and over a map in two pieces. */
    db_forget_pages(t.db);
    assert_true(mapped_kib(&t) < whole);
    assert_int_equal(db_preload(t.db, MEMORY, &stop, &taken), PRELOAD_DONE);
    assert_true(mapped_kib(&t) >= whole);
    temp_store_stop(&t);
}

static void what_does_not_fit_is_left(void **state)
{
    (void)state;
    struct temp_store t;
    _Atomic bool stop = false;
    uint64_t taken;
    start_filled(&t);
    assert_int_equal(db_preload(t.db, MEMORY, &stop, &taken), PRELOAD_DONE);
    const uint64_t size = taken;
    db_forget_pages(t.db);
    assert_int_equal(db_preload(t.db, size, &stop, &taken), PRELOAD_TOO_LARGE);
    assert_int_equal(taken, 0);
    assert_true(mapped_kib(&t) < (long)(size / 1024));
    assert_int_equal(db_preload(t.db, size * 3 / 2, &stop, &taken), PRELOAD_DONE);
    assert_int_equal(taken, size);
    temp_store_stop(&t);
}

static void whoever_stops_is_heard(void **state)
{
    (void)state;
    struct temp_store t;
    _Atomic bool stop = true;
    uint64_t taken;
    start_filled(&t);
    assert_int_equal(db_preload(t.db, MEMORY, &stop, &taken), PRELOAD_STOPPED);
    assert_int_equal(taken, 0);
    temp_store_stop(&t);
}

static void what_was_forgotten_is_still_there(void **state)
{
    (void)state;
    struct temp_store t;
    start_filled(&t);
    db_forget_cache(t.db);
    assert_ok(temp_store_read(&t, look_at_all, NULL));
    db_forget_pages(t.db);
    assert_ok(temp_store_read(&t, look_at_all, NULL));
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_mapped),
        cmocka_unit_test(what_does_not_fit_is_left),
        cmocka_unit_test(whoever_stops_is_heard),
        cmocka_unit_test(what_was_forgotten_is_still_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
