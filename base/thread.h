/*
 * thread: starts threads that have a name, by which operators find them in top -H and in a core's list.
 *
 * Threads  any.
 */
#ifndef HAYAT_BASE_THREAD_H
#define HAYAT_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

enum { THREAD_NAME_MAX = 15 }; /* Linux's, without the end */

/* NAME has at most THREAD_NAME_MAX characters (assert).  False when the machine has no room for another thread. */
bool thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *ctx), void *ctx);

#endif
