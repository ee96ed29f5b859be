/*
 * ledger: a child process that writes to a store until something kills or stops it, and the list
 * of what it was told is stored, kept by the parent through a pipe.  For tests of what an
 * acknowledgement is worth (SEC-G1).
 *
 * Job n writes two rows, in two tables, and an audit entry: all are there or none, and the chain is whole (SEC-F1).
 */
#ifndef HAYAT_TESTS_LEDGER_H
#define HAYAT_TESTS_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/temp_store.h"

enum { LEDGER_JOBS_MAX = 256 };

struct ledger {
    uint32_t jobs;          /* how many the child submits */
    uint32_t together;      /* how many it queues before it waits for all of them */
    void (*arm)(void *ctx); /* in the child, once its store is open */
    void *ctx;

    bool acknowledged[LEDGER_JOBS_MAX]; /* by number */
    uint32_t acknowledged_count;
    int exit_code; /* of the child; -signal when killed; 2: the writer gave up */
};

/* Runs the child to its end; the store must be closed in the parent. */
void ledger_run(struct ledger *ledger, struct temp_store *t);
/* Opens the store and fails the test unless every acknowledged job is there and every other one is
   whole or absent. */
void ledger_verify(const struct ledger *ledger, struct temp_store *t);

/* The jobs as above on an open store, in this process: TOLD is called with each number once it is
   stored. */
void ledger_write(struct temp_store *t, const struct ledger *ledger,
                  void (*told)(void *ctx, uint32_t number), void *ctx);
/* The number of jobs found whole; fails the test for half a job. */
uint32_t ledger_read(struct temp_store *t, uint32_t jobs, bool *ret_found);

#endif
