/*
 * preload: takes the store's file into memory beside the first calls, when it fits (storage/resident.h): members who call after a
 * restart do not wait for the disk page by page, and a large file comes in large pages.
 *
 * Threads  one of its own, which ends when it is done.  Logs preloaded, or why not.
 * Errors   INTERNAL: no memory, no thread.
 */
#ifndef HAYAT_JOBS_PRELOAD_H
#define HAYAT_JOBS_PRELOAD_H

#include "base/status.h"
#include "storage/db.h"

struct preload;

/* Borrows DB until preload_stop. */
status preload_start(struct db *db, struct preload **ret_preload);
/* Waits for a step at most.  NULL is fine. */
void preload_stop(struct preload *preload);

#endif
