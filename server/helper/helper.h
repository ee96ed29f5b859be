/*
 * helper: one run of a helper program beside the server: what parses what strangers sent, or draws what takes long, does
 * it in a process of its own that can be confined and killed (SEC-E4, SEC-E6).
 *
 * The program reads its input from standard input to the end, writes its answer to standard output and exits with 0.
 * It is spawned, never forked: the server's memory, threads and descriptors are not in it.  It starts with no
 * descriptor but these two (its standard error is /dev/null: it says nothing about people), default signals, no more
 * environment than a locale and a time zone, a process group of its own; it is killed with that group at the deadline.
 *
 * Threads  helper_stream and helper_run block their thread until the program is gone: call it from a bounded pool, whose size bounds the
 *          processes there are at once.
 * Memory   helper_run's output lives in the arena.
 * Reasons  HELPER_FAILED: it cannot be started, exits with anything but 0, writes more than it may, or is late.
 */
#ifndef HAYAT_SERVER_HELPER_HELPER_H
#define HAYAT_SERVER_HELPER_HELPER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

struct helper {
    const char *program;     /* an absolute path */
    const char *const *args; /* beside the program's name, ended by NULL; NULL: none */
    int64_t deadline_ms;     /* from the start */
    size_t output_max;       /* bytes */
};

/* A run whose input and output pass through piece by piece, so that neither is ever held as a whole. */
struct helper_flow {
    /* The next piece of the input, good until the next call; an empty one is the end. */
    status (*next)(void *ctx, bytes *ret_piece);
    /* A piece of the output.  It is the whole answer only when helper_stream ends well. */
    status (*take)(void *ctx, bytes piece);
    void *ctx;
    bool
        started; /* told: false when there is no such program, or the machine has no room for a process */
};

/* What next and take fail with ends the run and is returned. */
status helper_stream(const struct helper *helper, struct helper_flow *flow);

/* The same with everything in memory. */
status helper_run(const struct helper *helper, bytes input, struct arena *arena, bytes *ret_output);

/*
 * Where the helper NAME of this program is: beside it, as a build leaves them, or in ../libexec/hayat, as they are installed.
 * When it is in neither place OUT is the second one, for whoever looks there.
 */
void helper_find(const char *name, char out[PATH_MAX]);

#endif
