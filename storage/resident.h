/*
 * resident: which pages of the store's file are in memory, and how.
 *
 * LMDB reads its file through a map.  A page that this process has not looked at yet costs a fault, and 4 KiB pages of a large
 * file a walk through page tables at every look: with 13 GB of file that was a quarter of what a list of claims took.  A kernel
 * that keeps files in large pages (Linux 6.16 for ext4, 5.18 for XFS) maps them whole, to whoever looks.
 *
 * Threads  any.
 */
#ifndef HAYAT_STORAGE_RESIDENT_H
#define HAYAT_STORAGE_RESIDENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/db.h"

enum preload_end {
    PRELOAD_DONE,
    PRELOAD_TOO_LARGE, /* for MEMORY_BYTES */
    PRELOAD_STOPPED,
    PRELOAD_REFUSED, /* the kernel cannot (before Linux 5.14), or does not tell where the map is (btrfs): pages come when they are looked at */
    PRELOAD_UNREADABLE, /* the disk did not give a part of the file: a call that looks at it ends the server */
};

/*
 * Maps the whole file, reading what is not in the page cache, when MEMORY_BYTES less one of LIMIT_PRELOAD_SPARED parts hold it.
 * Blocks as long as the disk takes; looks at STOP between steps.  *RET_BYTES is how much was mapped.
 */
enum preload_end db_preload(struct db *db, uint64_t memory_bytes, const _Atomic bool *stop,
                            uint64_t *ret_bytes);

/* How much of the file holds something, or did. */
uint64_t db_used_bytes(const struct db *db);

/*
 * Unmaps the pages of the file that this process has looked at: they stay in the page cache and come back when they are
 * looked at again.  For programs that go through the whole store in bounded memory.
 */
void db_forget_pages(struct db *db);

/* ... and lets the page cache go, but for what another process has mapped: what was written page by page is then read again in large ones. */
void db_forget_cache(struct db *db);

#endif
