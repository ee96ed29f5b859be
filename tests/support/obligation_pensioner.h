/*
 * obligation_pensioner: a pensioner's year in the server itself, for rpc.obligation_walk: each event of obligation_model.h as the handler, the job or
 * the persons bring it about, in one write transaction.
 *
 * Memory   borrowed for the call.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_OBLIGATION_PENSIONER_H
#define HAYAT_TESTS_OBLIGATION_PENSIONER_H

#include "tests/support/harness.h"
#include "tests/support/obligation_model.h"

struct pensioner_world {
    struct harness h;
    struct id persons[2]; /* two staff numbers */
    bool
        planted; /* the bug: whoever has begun something is asked about all the same, once grace is over */
};

void pensioner_world_start(struct pensioner_world *world);
void pensioner_world_stop(struct pensioner_world *world);

struct pensioner {
    struct pensioner_world *world;
    struct owner owner;
    struct id device;      /* what it files with */
    struct id certificate; /* the last one that was begun */
    struct id upload;      /* open */
    struct id document;    /* the last one that is complete */
    int64_t open_day;
    enum event event; /* what is to happen */
    int64_t now_ms;   /* when it did */
};

struct pensioner pensioner_new(struct pensioner_world *world, int number);
/* CTX is the pensioner: their window opens today. */
status pensioner_make(void *ctx, struct txn *txn);
/* CTX is the pensioner, whose event happens. */
status pensioner_act(void *ctx, struct txn *txn);
/* What the file of DOCUMENT digests to. */
void pensioner_digest(struct id document, uint8_t ret_sha256[32]);

#endif
