/*
 * kept_store: a store with its keys in files, decided life certificates with documents in it, and retention at work, for tests.
 *
 *     struct kept_store s;
 *     kept_store_start(&s);               the reference set "retention" as proposed; clock at TEMP_STORE_WALL_MS
 *     kept_put_document(&s, &(struct kept_document){.number = 1, .chunks = 2, .decide_ms = …});
 *     assert_ok(kept_run(&s));            one whole pass
 *     assert_reason(kept_read(&s, 1), NOT_FOUND);
 *     kept_store_stop(&s);
 *
 * Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_KEPT_STORE_H
#define HAYAT_TESTS_KEPT_STORE_H

#include "base/id.h"
#include "service/retention_pass.h"
#include "tests/support/temp_store.h"

struct kept_store {
    struct temp_store place; /* its directory, clock and arena */
    char master[96], keyring[96], erasure[112];
    struct seal_keys *keys;
    struct db *db;
    struct writer *writer;
};

void kept_store_start(struct kept_store *s);
void kept_store_stop(struct kept_store *s);
/* As a process that ends and one that begins. */
void kept_store_close(struct kept_store *s);
void kept_store_open(struct kept_store *s);

status kept_write(struct kept_store *s, txn_body *body, void *ctx);
status kept_look(struct kept_store *s, txn_body *body, void *ctx);

/* A certificate of that number with one document, of a member who is insured. */
struct kept_document {
    uint32_t number; /* from 1: its owner, ids and content are made of it */
    uint32_t item;   /* 0: FORM */
    uint32_t chunks;
    int64_t decide_ms; /* 0: not decided */
};
void kept_put_document(struct kept_store *s, const struct kept_document *document);
struct owner kept_owner(uint32_t number);
struct id kept_id(uint32_t number);
/* OK when each byte is what was put; NOT_FOUND or DOCUMENT_ERASED when it is gone. */
status kept_read(struct kept_store *s, uint32_t number);
/* The same in a store of its own: DIRECTORY holds a copy of data.mdb; the keys are those of now. */
status kept_read_copy(struct kept_store *s, const char *directory, uint32_t number);

/* Steps until a pass ends; the first failure ends it. */
status kept_run(struct kept_store *s);

#endif
