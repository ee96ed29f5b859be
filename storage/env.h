/*
 * env: opening the LMDB environment so that what db.h promises holds; for storage/ only.
 *
 * LMDB may leave its newest pages unwritten at the end of the file when they were freed again in
 * the same commit, so a healthy file can be shorter than its last page number says.  env_reserve
 * makes the file longer than any commit can reach before it happens; a file that is shorter was
 * truncated, and touching it would be SIGBUS.
 */
#ifndef HAYAT_STORAGE_ENV_H
#define HAYAT_STORAGE_ENV_H

#include <limits.h>

#include "storage/txn.h"

/* False when the path is too long. */
bool env_join(char out[PATH_MAX], const char *directory, const char *name);
/* What was made or renamed in PATH is there after a power cut. */
status env_sync_directory(const char *path);

/* Makes the store's directory, durably, when it is missing. */
status env_make_directory(const char *directory);
/* The process's lock on the store: STORE_LOCKED when another one writes. */
status env_lock(const char *directory, int *ret_fd);
/* Makes data.mdb in a directory of its own and renames it into place (invariant 4). */
status env_create(const char *directory);
bool env_exists(const char *directory);
status env_open(const char *directory, bool read_only, MDB_env **ret_env);
/* STORE_FLAGS unless FLAGS are the defaults and NOTLS (SEC-D4). */
status env_judge_flags(unsigned flags, bool read_only);
/* How much of the file holds something, or did: bytes. */
uint64_t env_last_page_end(MDB_env *env);
/* STORE_CORRUPT when the file ends before its last page. */
status env_check_size(MDB_env *env);
/* Makes the file long enough for a commit of OPS puts and deletes of VALUE_BYTES in all: 0, or an
   errno. */
int env_reserve(struct db *db, uint64_t value_bytes, uint64_t ops);
/* After a commit: gives back what a large one reserved and did not use. */
void env_trim(struct db *db);

#endif
