/*
 * coverage_load: the facts of a family's coverage, gathered from the store.
 *
 * Memory  what it points at lives in the transaction's arena; the struct is large: keep it in the arena.
 * Reasons STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_COVERAGE_LOAD_H
#define HAYAT_SERVICE_COVERAGE_LOAD_H

#include "hayat/store/v1/claims.pb-c.h"
#include "service/coverage_rules.h"
#include "storage/member_store.h"

struct family_coverage {
    struct beneficiary_list people; /* the holder first */
    Hayat__Store__V1__StoredRights *rights;
    struct coverage_figures figures;
    struct coverage_person holder;
};

/* All but the figures. */
status family_coverage_facts(struct txn *txn, struct owner owner,
                             struct family_coverage *ret_family);
status family_coverage_load(struct txn *txn, struct owner owner, int64_t day,
                            struct family_coverage *ret_family);
/* Of people.rows[INDEX]. */
struct coverage family_coverage_on(const struct family_coverage *family, size_t index, int64_t day);
int64_t family_coverage_same_until(const struct family_coverage *family, size_t index, int64_t day);

#endif
