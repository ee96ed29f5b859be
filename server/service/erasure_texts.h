/*
 * erasure_texts: in plain words what an erasure takes at once, and what stays for how long.
 *
 * Memory   what is made lives in the transaction's arena.
 * Threads  re-entrant.
 * Reasons  ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_ERASURE_TEXTS_H
#define HAYAT_SERVICE_ERASURE_TEXTS_H

#include <stddef.h>

#include "base/status.h"
#include "storage/db.h"
#include "storage/seal.h"

/* A constant.  ALL: of somebody who has left. */
const char *erasure_text_taken(bool all, enum language language);

/* What a member confirms who asks for it; a constant. */
const char *erasure_text_asking(enum language language);

enum { ERASURE_KEPT_MAX = 16 };
struct erasure_kept {
    size_t count;
    char *texts[ERASURE_KEPT_MAX];
};
/* A sentence for each kind of record that OWNER has and that stays, by the periods in force. */
status erasure_texts_kept(struct txn *txn, struct owner owner, bool all, enum language language,
                          struct erasure_kept *ret_kept);
/* The same as a message's list. */
status erasure_texts_copy(struct arena *arena, const struct erasure_kept *kept, char ***ret_texts,
                          size_t *ret_count);

#endif
