/*
 * descriptor: whole reads and writes of file descriptors, whatever signals come between.
 *
 * Memory   what is read lives in the arena.
 * Threads  re-entrant.
 */
#ifndef HAYAT_BASE_DESCRIPTOR_H
#define HAYAT_BASE_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/* To the end.  FILE_UNREADABLE, or ARENA_FULL when there is more than MOST bytes of it. */
status descriptor_read_all(int fd, struct arena *arena, size_t most, bytes *ret_content);
/* All of it.  False when the rest is not taken: errno says why. */
bool descriptor_write_all(int fd, bytes content);

#endif
