#include "tests/support/temp_store.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/erasure_keys.h"
#include "storage/txn.h"
#include "tests/support/cm.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

/* Asked by ThreadSanitizer: children that leave threads behind would otherwise sleep a second each
   at their exit. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "atexit_sleep_ms=0";
}

void temp_store_keys(struct seal_keys *keys, uint32_t epoch, uint8_t seed)
{
    for (uint32_t domain = 1; domain < DOMAIN_MAX; domain++) {
        keys->current[domain] = epoch;
        for (size_t i = 0; i < SEAL_KEY_BYTES; i++) {
            keys->key[domain][epoch].bytes[i] = (uint8_t)(seed + domain * 7 + epoch * 31 + i);
        }
    }
}

void temp_store_prepare(struct temp_store *t)
{
    *t = (struct temp_store){0};
    const char *base = getenv("TMPDIR");
    (void)snprintf(t->directory, sizeof t->directory, "%.40s/hayat-XXXXXX",
                   base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(t->directory));
    (void)snprintf(t->db_directory, sizeof t->db_directory, "%s/db", t->directory);
    fake_clock_init(&t->clock, TEMP_STORE_WALL_MS);
    temp_store_keys(&t->keys, 1, 1);
    assert_ok(erasure_keys_create(&random_system, &t->keys.erasure));
    arena_init(&t->arena, ARENA_BYTES);
}

struct db_options temp_store_options(struct temp_store *t)
{
    return (struct db_options){
        .directory = t->db_directory,
        .keys = &t->keys,
        .clock = &t->clock.clock,
        .random = &random_system,
        .allow_test_file_systems = true,
    };
}

static void count_fatal(void *ctx)
{
    ((struct temp_store *)ctx)->fatal++;
}

void temp_store_open(struct temp_store *t)
{
    struct db_options options = temp_store_options(t);
    assert_ok(db_open(&options, &t->db));
    struct writer_options writer = {.db = t->db, .on_fatal = count_fatal, .ctx = t};
    assert_ok(writer_start(&writer, &t->writer));
}

void temp_store_close(struct temp_store *t)
{
    writer_stop(t->writer);
    db_close(t->db);
    t->writer = NULL;
    t->db = NULL;
}

static void remove_tree(const char *path)
{
    char *const paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(tree);
    for (FTSENT *entry = fts_read(tree); entry != NULL; entry = fts_read(tree)) {
        if (entry->fts_info != FTS_D) {
            (void)remove(entry->fts_accpath);
        }
    }
    (void)fts_close(tree);
}

void temp_store_remove(struct temp_store *t)
{
    remove_tree(t->directory);
    erasure_keys_free(t->keys.erasure);
    arena_fini(&t->arena);
}

void temp_store_start(struct temp_store *t)
{
    temp_store_prepare(t);
    temp_store_open(t);
}

void temp_store_restart(struct temp_store *t)
{
    temp_store_close(t);
    temp_store_open(t);
}

void temp_store_stop(struct temp_store *t)
{
    temp_store_close(t);
    temp_store_remove(t);
}

status temp_store_write(struct temp_store *t, txn_body *body, void *ctx)
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    status result = writer_run(t->writer, &arena, body, ctx);
    arena_fini(&arena);
    return result;
}

status temp_store_read(struct temp_store *t, txn_body *body, void *ctx)
{
    struct txn *txn = NULL;
    assert_ok(txn_begin_read(t->db, &t->arena, &txn));
    status result = body(ctx, txn);
    txn_end_read(txn);
    return result;
}

void temp_store_damage(struct db *db, enum table_id table, struct key key, size_t at)
{
    MDB_txn *txn = NULL;
    MDB_val k = {key.len, key.bytes}, v;
    assert_int_equal(mdb_txn_begin(db->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_get(txn, db->tables[table], &k, &v), 0);
    assert_true(at < v.mv_size);
    uint8_t *copy = malloc(v.mv_size);
    assert_non_null(copy);
    memcpy(copy, v.mv_data, v.mv_size);
    copy[at] ^= 1;
    v.mv_data = copy;
    assert_int_equal(mdb_put(txn, db->tables[table], &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    free(copy);
}

void temp_store_in_child(void)
{
    (void)setenv("CMOCKA_TEST_ABORT", "1", 1);
}

uint8_t *temp_store_file(struct temp_store *t, size_t *ret_len)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/data.mdb", t->db_directory);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(len);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, len, file), len);
    (void)fclose(file);
    *ret_len = len;
    return data;
}
