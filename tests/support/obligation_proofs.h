/*
 * obligation_proofs: what a pensioner holds against the fund, read from the store and checked with the public key alone, for rpc.obligation_walk.
 *
 * RULE SEC-F4: a receipt is there exactly where a promise was made: at each filing, and at each decision for good, a person's or the registry's.
 *
 * Memory   in the transaction's arena.
 */
#ifndef HAYAT_TESTS_OBLIGATION_PROOFS_H
#define HAYAT_TESTS_OBLIGATION_PROOFS_H

#include "tests/support/obligation_pensioner.h"

enum { PROOFS_MAX = 8 };

struct proof {
    struct id certificate;
    certificate_state state;
    bool on_paper;
    bool by_registry; /* nothing was filed */
    bytes filing, decision;
};

struct proofs {
    size_t count;
    struct proof of[PROOFS_MAX];
};

status proofs_read(struct txn *txn, struct owner owner, struct proofs *ret_proofs);

/* NULL when what changed from BEFORE to AFTER is what the step promised, and says so; else what is wrong. */
const char *proofs_wrong(const struct pensioner *p, const struct proofs *before,
                         const struct proofs *after, const struct left *left);

#endif
