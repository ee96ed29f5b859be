/*
 * temp_store: a store in a temporary directory with fixed keys, a fake clock and, when asked, a
 * writer, for tests.
 *
 *     struct temp_store t;
 *     temp_store_start(&t);               open, with a writer
 *     assert_ok(temp_store_write(&t, put_something, &ctx));
 *     temp_store_restart(&t);             what a restart sees
 *     temp_store_stop(&t);                closed and removed
 *
 * Memory   t->arena serves temp_store_read and lasts until temp_store_stop.
 * Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_TEMP_STORE_H
#define HAYAT_TESTS_TEMP_STORE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/random.h"
#include "storage/db.h"
#include "storage/table.h"
#include "storage/writer.h"

#define TEMP_STORE_WALL_MS 1768467600000 /* 2026-01-15 09:00 UTC */

struct temp_store {
    char directory[64]; /* the store is in directory/db */
    char db_directory[80];
    struct fake_clock clock;
    struct seal_keys keys;
    struct db *db;
    struct writer *writer;
    struct arena arena;
    _Atomic int fatal; /* times the writer gave up */
};

/* Only the directory, keys and clock. */
void temp_store_prepare(struct temp_store *t);
struct db_options temp_store_options(struct temp_store *t);
/* The store as the options describe it; the writer too. */
void temp_store_open(struct temp_store *t);
void temp_store_close(struct temp_store *t);
void temp_store_remove(struct temp_store *t);

void temp_store_start(struct temp_store *t);
void temp_store_restart(struct temp_store *t);
void temp_store_stop(struct temp_store *t);

/* Keys of every domain, current in EPOCH, made from SEED. */
void temp_store_keys(struct seal_keys *keys, uint32_t epoch, uint8_t seed);

typedef status txn_body(void *ctx, struct txn *txn);
status temp_store_write(struct temp_store *t, txn_body *body, void *ctx);
status temp_store_read(struct temp_store *t, txn_body *body, void *ctx);

/* Flips a bit of one stored value, byte AT of it, behind the store's back: it opens no more. */
void temp_store_damage(struct db *db, enum table_id table, struct key key, size_t at);

/* First in a forked child: a failed assertion then ends the child instead of going on with the
   parent's tests. */
void temp_store_in_child(void);

/* The whole of data.mdb; free it. */
uint8_t *temp_store_file(struct temp_store *t, size_t *ret_len);

#endif
