/*
 * external_sort: sorts more records than memory holds, by a key of fixed size, in bounded memory.
 *
 * Records are gathered in one of two buffers; a full one is sorted and written as a run by a thread of its own while the
 * other fills.  Then all runs are merged.  Records with equal keys keep the order in which they were added.
 *
 * Files    one temporary file without a name (O_TMPFILE, mode 0600) in the directory given: it ends with the process, however
 *          that ends.
 * Memory   about memory_bytes in all.
 * Threads  the caller's alone; the helper is inside.
 * Errors   FILE_UNWRITABLE · FILE_UNREADABLE · ARENA_FULL (no memory, or too many runs).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_EXTERNAL_SORT_H
#define HAYAT_TOOLS_HAYATCTL_EXTERNAL_SORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"

enum {
    SORT_KEY_BYTES = 32,
    SORT_PAYLOAD_MAX = 65535,
    SORT_MEMORY_DEFAULT = 384 * 1024 * 1024,
};

struct external_sort;

status external_sort_open(const char *directory, size_t memory_bytes,
                          struct external_sort **ret_sort);
void external_sort_close(struct external_sort *sort);

/* KEY is SORT_KEY_BYTES; PAYLOAD at most SORT_PAYLOAD_MAX. */
status external_sort_add(struct external_sort *sort, const uint8_t *key, bytes payload);
/* Nothing more is added: what follows is reading. */
status external_sort_finish(struct external_sort *sort);

struct sorted_record {
    const uint8_t *key; /* NULL at the end; both good until the next call */
    bytes payload;
};
status external_sort_next(struct external_sort *sort, struct sorted_record *ret_record);

#endif
