/*
 * copy_place: the directory that holds copies of the store, one directory each.
 *
 *   NAME/               a whole, verified copy: data.mdb and manifest.  Nothing else ever has such a name.
 *   .unfinished-NAME/   one that is being made or removed; what a kill left of it goes with the next run
 *   .lock               held by the one run that makes or removes copies
 *
 * A copy is made under its unfinished name, synced, verified, renamed; it is removed under that name, too.
 * Whatever fails is told on standard error, with the path.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_COPY_PLACE_H
#define HAYAT_TOOLS_HAYATCTL_COPY_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/hayatctl/copy_rules.h"

struct copy_place {
    const char *path; /* borrowed */
    int lock_fd;
    char name[COPY_NAME_BYTES]; /* of the copy that is being made */
    char draft[PATH_MAX];       /* where */
};

/* DIRECTORY must be a directory of the running user that nobody else can write to, and not STORE.  Locks it and removes what
   killed runs left. */
bool copy_place_open(const char *directory, const char *store, struct copy_place *ret_place);
/* NEEDED bytes more would leave enough of the disk; STORE's needs are more when it lies there, too. */
bool copy_place_has_room(const char *directory, const char *store, uint64_t needed);
/* Makes the draft's directory for a copy that begins now. */
bool copy_place_begin(struct copy_place *place, int64_t now_ms);
/* The draft, whose files are synced, becomes a copy. */
bool copy_place_finish(struct copy_place *place);
/* Removes the oldest copies but KEEP (0: none); tells how many went, and how many of those that stay are too old at NOW_MS. */
bool copy_place_prune(const struct copy_place *place, size_t keep, int64_t now_ms, size_t *ret_gone,
                      size_t *ret_too_old);
/* Removes a draft that is not finished, and lets the lock go. */
void copy_place_close(struct copy_place *place);

/* PATH/NAME; false when it is too long, which is told. */
bool copy_place_join(char out[PATH_MAX], const char *path, const char *name);

#endif
