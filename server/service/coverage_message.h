/*
 * coverage_message: coverage and exemptions as the API shows them, in the caller's language.
 *
 * Memory  messages live in the call's arena and share the records' strings.
 * Reasons ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_COVERAGE_MESSAGE_H
#define HAYAT_SERVICE_COVERAGE_MESSAGE_H

#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/v1/coverage.pb-c.h"
#include "hayat/v1/home.pb-c.h"
#include "service/coverage_load.h"
#include "service/rpc.h"

/* Without its beneficiary and exemptions. */
status coverage_message(struct rpc *rpc, const struct coverage *coverage,
                        Hayat__V1__Coverage **ret_message);
status exemption_message(struct rpc *rpc, const Hayat__Store__V1__StoredExemption *stored,
                         int64_t day, Hayat__V1__Exemption **ret_message);
/* NULL, an absent field, for DAY_NONE and DAY_FOREVER. */
Google__Type__Date *coverage_date(struct arena *arena, int64_t day);
/* Of people.rows[INDEX]. */
status coverage_summary(struct arena *arena, const struct family_coverage *family, size_t index,
                        int64_t day, Hayat__V1__CoverageSummary **ret_summary);
Hayat__V1__CoverageState coverage_state(const struct coverage *coverage);

#endif
