/* output_claims: rights and claims on standard output, as output.h says. */
#ifndef HAYAT_CLI_OUTPUT_CLAIMS_H
#define HAYAT_CLI_OUTPUT_CLAIMS_H

#include "hayat.h"
#include "hayat/v1/claim.pb-c.h"
#include "hayat/v1/coverage.pb-c.h"
#include "output.h"

/* A table with a heading. */
status output_claim_rows(struct hayat *hayat, Hayat__V1__ClaimSummary *const *claims, size_t count);
status output_claims(struct hayat *hayat, const Hayat__V1__ListClaimsResponse *list);
status output_claim(struct hayat *hayat, const Hayat__V1__Claim *claim);
status output_coverage(struct hayat *hayat, const Hayat__V1__GetCoverageResponse *response);

#endif
