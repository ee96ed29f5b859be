/*
 * mutant: a build for one test (HAYAT_MUTANT_OWNER, tests/rpc/bola_mutant_test.c) in which the owner check is gone: a look-up in
 * a member's table lands in the place of whoever mutant_victim says, as if keys did not begin with the caller's owner.  What
 * still keeps records apart is the owner in the seal's associated data (SEC-A4).  Never in a program.
 */
#ifndef HAYAT_STORAGE_MUTANT_H
#define HAYAT_STORAGE_MUTANT_H

#ifdef HAYAT_MUTANT_OWNER

#include <string.h>

#include "storage/table.h"

/* NULL: nothing is changed. */
extern const struct owner *mutant_victim;

static inline void mutate_key(struct key *key)
{
    if (mutant_victim != NULL && key->len >= OWNER_BYTES) {
        memcpy(key->bytes, mutant_victim->bytes, OWNER_BYTES);
    }
}

#endif
#endif
