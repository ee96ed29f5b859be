/*
 * defer: cleanup at scope end for the owned things that are not call memory (files, OpenSSL objects, secrets).
 *
 *     DEFER(close_fd) int fd = open(…);
 *
 * The cleanup function takes a pointer to the variable.  Start the variable in a state the function accepts.
 */
#ifndef HAYAT_BASE_DEFER_H
#define HAYAT_BASE_DEFER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFER(fn) __attribute__((cleanup(fn)))

static inline void defer_close(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static inline void defer_fclose(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

static inline void defer_free(void *ptr)
{
    free(*(void **)ptr);
}

#endif
