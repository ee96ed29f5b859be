/*
 * claim_parts: what claims and prior authorisations tell alike: rejections, missing items, the timeline, the legal clock.
 *
 * Memory  messages live in the call's arena.
 * Reasons STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CLAIM_PARTS_H
#define HAYAT_SERVICE_CLAIM_PARTS_H

#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/v1/claim.pb-c.h"
#include "service/claim_texts.h"
#include "service/filing_rules.h"
#include "service/reference.h"
#include "service/rpc.h"

/* What the parts of one claim are told by. */
struct claim_context {
    struct rpc *rpc;
    int64_t decision_day; /* or the day it came: what days to respond count from */
    struct reference_rejections rejections;
    int64_t filing_day; /* the last one to file the care sheet; 0: none is told */
};

/* Reads the reference set of the day. */
status claim_context_init(struct claim_context *context, struct rpc *rpc, int64_t decision_day);

/* For a claim: until when it may be filed, by the delays of the day that counts. */
status claim_context_filing(struct claim_context *context, const struct filing_facts *facts);

status claim_parts_rejections(const struct claim_context *context,
                              Hayat__Store__V1__StoredRejection *const *stored, size_t count,
                              Hayat__V1__RejectionReason ***ret_rejections);
status claim_parts_missing(const struct claim_context *context,
                           Hayat__Store__V1__StoredMissingItem *const *stored, size_t count,
                           Hayat__V1__MissingItem ***ret_items);

/* What happened: what the feed told, and what else the record's own days tell. */
enum { DERIVED_MAX = 3 };
struct timeline {
    size_t count, derived_count;
    const Hayat__Store__V1__StoredStateChange *changes[LIMIT_STATE_CHANGES + DERIVED_MAX];
    Hayat__Store__V1__StoredStateChange derived[DERIVED_MAX];
};
/* STORE_CORRUPT when there are more than the store takes. */
status claim_parts_changes(struct timeline *timeline,
                           Hayat__Store__V1__StoredStateChange *const *changes, size_t count);
/* That it came to STATE then, unless the feed told so or TIME_MS is 0. */
void claim_parts_derive(struct timeline *timeline, uint32_t state, int64_t time_ms);

typedef struct event_text event_text_of(uint32_t state, enum language language);
/* Oldest first; as many as timeline->count. */
status claim_parts_timeline(struct rpc *rpc, const struct timeline *timeline,
                            event_text_of *text_of, Hayat__V1__TimelineEvent ***ret_events);

struct clock_request {
    const char *delay_code;
    int64_t start_ms, stop_ms; /* stop 0: not yet; start 0: there is no clock */
    Hayat__Store__V1__StoredPause *const *pauses;
    size_t pause_count;
};
/* NULL when no rule is on file for the day it began. */
status claim_parts_clock(struct rpc *rpc, const struct clock_request *request,
                         Hayat__V1__LegalClock **ret_clock);

/* When a state was first come to, 0 when it was not. */
int64_t claim_parts_first(const struct timeline *timeline, uint32_t state);
/* Noon of a civil day, for what is known by its day alone; 0 for no day. */
int64_t claim_parts_noon(const struct rpc *rpc, int64_t day);
/* The public id of the beneficiary. */
status claim_parts_beneficiary(struct txn *txn, struct owner owner, uint32_t seq,
                               struct id *ret_id);

#endif
