/*
 * clamd: a virus scanner that does what a test wants, behind a unix socket of its own.
 *
 * Threads  one of its own, until clamd_stop.
 */
#ifndef HAYAT_TESTS_CLAMD_H
#define HAYAT_TESTS_CLAMD_H

#include <pthread.h>
#include <stddef.h>

enum clamd_manner {
    CLAMD_ANSWERS, /* reads the file to its end, then says ANSWER with its zero byte */
    CLAMD_HURRIES, /* says ANSWER after the first piece and hangs up */
    CLAMD_STALLS,  /* reads, and says nothing */
    CLAMD_MUMBLES, /* says ANSWER without its zero byte and hangs up */
};

struct clamd {
    char path[64];
    enum clamd_manner manner;
    const char *answer;
    size_t heard; /* bytes of the last file, after clamd_stop */
    int listener;
    pthread_t thread;
};

void clamd_start(struct clamd *clamd, enum clamd_manner manner, const char *answer);
void clamd_stop(struct clamd *clamd);

#endif
