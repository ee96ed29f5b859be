/*
 * health: what the fund's feed brings of rights, claims and prior authorisations, for tests: put through the stores with their
 * views, and the reference sets with the figures of domain.md.
 *
 * Memory   records and texts live in h->arena.
 * Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_HEALTH_H
#define HAYAT_TESTS_HEALTH_H

#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/v1/claim.pb-c.h"
#include "hayat/v1/prior_authorization.pb-c.h"
#include "tests/support/fund.h"

#define CLAIM_METHOD(name) "/hayat.v1.ClaimService/" name
#define AUTHORIZATION_METHOD(name) "/hayat.v1.PriorAuthorizationService/" name
#define CLAIM_STATE(name) HAYAT__V1__CLAIM_STATE__CLAIM_STATE_##name
#define AUTHORIZATION_STATE(name)                                                                  \
    HAYAT__V1__PRIOR_AUTHORIZATION_STATE__PRIOR_AUTHORIZATION_STATE_##name

/* Civil days, as stored. */
int64_t health_day(int32_t year, int32_t month, int32_t day);
/* Local time in Morocco, as stored. */
int64_t health_time(int32_t year, int32_t month, int32_t day, int32_t hour);

/* Delays, days to respond and holidays of domain.md, valid from 2005 on. */
void health_put_reference(struct harness *h);

/* The worked example of domain.md as file NUMBER of the holder, received on RECEIPT_DAYS and paid 10 days later; change what
   a test is about and put it. */
Hayat__Store__V1__StoredClaim *health_claim(struct harness *h, const char *number,
                                            int64_t receipt_days);
/* "clm_…"; putting the same number again is a change. */
char *health_put_claim(struct harness *h, struct owner owner, Hayat__Store__V1__StoredClaim *claim);

/* At most HEALTH_BATCH in one commit: for tests with many; no memory is kept of it. */
enum { HEALTH_BATCH = 64 };
void health_put_claims(struct harness *h, struct owner owner,
                       Hayat__Store__V1__StoredClaim *const *claims, size_t count);

/* Asked for at REQUEST_MS, in review, one line. */
Hayat__Store__V1__StoredPriorAuthorization *health_authorization(struct harness *h,
                                                                 const char *number,
                                                                 int64_t request_ms);
char *health_put_authorization(struct harness *h, struct owner owner,
                               Hayat__Store__V1__StoredPriorAuthorization *stored);

struct health_period {
    uint32_t seq, number;
    const char *basis, *end_reason;
    int64_t from, to;
};
void health_put_period(struct harness *h, struct owner owner, struct health_period period);
/* A long illness, all of it reimbursed. */
void health_put_exemption(struct harness *h, struct owner owner, uint32_t seq, int64_t from,
                          int64_t to);

/* Lists appended in h->arena. */
void health_add_missing(struct harness *h, Hayat__Store__V1__StoredClaim *claim, const char *code,
                        int64_t respond_by);
void health_add_rejection(struct harness *h, Hayat__Store__V1__StoredClaim *claim,
                          const char *code);
void health_add_change(struct harness *h, Hayat__Store__V1__StoredClaim *claim, uint32_t state,
                       int64_t time_ms);

#endif
