/*
 * hot_copy: the bytes of the newest commit, taken while another process writes (SEC-D8).
 *
 * LMDB gives them out through its environment, which this process has open already: opening data.mdb a second time, and
 * closing it, would drop LMDB's own locks.  They pass through a pipe.  LMDB keeps the writer waiting while it hands out the
 * two meta pages; they fit into an empty pipe, so the writer never waits for where the copy goes to.
 *
 * Cost     a reader as long as the copy: pages that are freed meanwhile are not used again, and the file grows by them.
 * Threads  any one, with a thread of its own beside.
 * Errors   CANCELLED (TAKE said stop) · STORE_READERS_FULL · STORE_FAILED.
 */
#ifndef HAYAT_STORAGE_HOT_COPY_H
#define HAYAT_STORAGE_HOT_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "storage/db.h"

/* Called with each piece in order; false stops. */
typedef bool hot_copy_take(void *ctx, bytes piece);

/* About db_used_bytes (storage/resident.h): commits meanwhile may change it. */
status hot_copy(struct db *db, hot_copy_take *take, void *ctx);

#endif
