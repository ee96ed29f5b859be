/*
 * replace: another data.mdb in the store's place, whole or not at all (SEC-D8).
 *
 *   1 begin   takes the lock that hayatd has while it runs, and clears what a killed run left.
 *   2         the caller fills DIRECTORY/restoring/data.mdb, syncs and verifies it.
 *   3 commit  gives the store that is there a second name, renames the new one over it, and moves the second name to
 *             DIRECTORY.before-restore-STAMP/data.mdb (in DIRECTORY when that is a file system of its own).
 *
 * A kill at any point leaves the old store in place or the new one, never none: hayatd would begin an empty one.  The old one
 * is never removed; when a kill came before its move, the next begin moves it.
 *
 * Lock     LMDB numbers its commits in lock.mdb, too.  A program that still reads the old store would keep that number for the
 *          new one, which hayatd would then write wrongly: so commit takes LMDB's own lock on the file, alone, and removes it.
 * Threads  one.  The process must not have the store open, and opens lock.mdb by nothing else.
 * Fail points  replace.linked · replace.renamed · replace.moved.
 * Errors   STORE_LOCKED (hayatd runs, or something has the store open) · STORE_FAILED.
 */
#ifndef HAYAT_STORAGE_REPLACE_H
#define HAYAT_STORAGE_REPLACE_H

#include <limits.h>

#include "base/status.h"

struct replace {
    char directory[PATH_MAX]; /* the store's, without links */
    char staging[PATH_MAX];   /* the directory for the new data.mdb: there, and empty */
    char found[PATH_MAX];     /* where a store went that a killed run had not moved, or "" */
    int lock_fd;
};

/* DIRECTORY is made when it is missing.  STAMP names what is moved. */
status replace_begin(const char *directory, const char *stamp, struct replace *ret_replace);
/* ASIDE becomes where the store that was there is, or "" when there was none. */
status replace_commit(struct replace *replace, const char *stamp, char ret_aside[PATH_MAX]);
/* Clears the staging directory and lets the lock go; whatever came before. */
void replace_end(struct replace *replace);

#endif
