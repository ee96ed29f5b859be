/*
 * write_jobs: jobs for the writer that a test queues while the first of them holds it, so that what is committed together is the test's choice.
 *
 * Each puts LEN bytes under its number, or deletes them.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_WRITE_JOBS_H
#define HAYAT_TESTS_WRITE_JOBS_H

#include <semaphore.h>

#include "storage/writer.h"
#include "tests/support/temp_store.h"

struct test_write {
    struct write_job job; /* first */
    struct temp_store *t;
    struct arena arena;
    uint32_t number;
    size_t len;
    bool deletes;
    status outcome;        /* what run returns after its put */
    sem_t *hold, *started; /* waits inside run */
    bool stored_when_told; /* a fresh read saw it in done */
    uint64_t commit;       /* which one of the writer's it was in */
    _Atomic int told;
    status result;
};

/* Numbers from 0, 100 bytes each. */
struct test_write *write_jobs_new(struct temp_store *t, size_t count);
void write_jobs_free(struct test_write *jobs, size_t count);
/* Queues all while the first one holds the writer, then lets go and waits for the end of all, and of the writer. */
void write_jobs_run_together(struct temp_store *t, struct test_write *jobs, size_t count);

/* --- rows by number, for other writes beside them --- */

struct cell write_jobs_cell(uint32_t number);
status write_jobs_put(struct txn *txn, uint32_t number, size_t len);
/* CTX is a uint32_t: NOT_FOUND when there is no such row. */
status write_jobs_has(void *ctx, struct txn *txn);

#endif
