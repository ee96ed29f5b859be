/*
 * summary_list: what ListClaims and ListPriorAuthorizations, and their watches, have in common.
 *
 * A page's token names the place after its last summary and the filter: a summary that existed when a walk began, and whose
 * place did not change, is told exactly once, whatever is inserted meanwhile.
 * A resume token is the member's change up to which everything was told.
 *
 * Items are field 1 of the response and are spliced as they are stored.
 *
 * Memory   outputs live in rpc->arena.
 * Reasons  PAGE_TOKEN_INVALID (a token of another list, member or filter) · INVALID_FIELD · NOT_FOUND (the beneficiary) ·
 *          what stores say.
 */
#ifndef HAYAT_SERVICE_SUMMARY_LIST_H
#define HAYAT_SERVICE_SUMMARY_LIST_H

#include "google/protobuf/timestamp.pb-c.h"
#include "google/type/date.pb-c.h"
#include "service/stream.h"
#include "storage/summary_pages.h"

enum { ANYBODY = -1 };

struct summary_filter {
    uint32_t states;         /* bit by state; 0: all */
    int32_t beneficiary_seq; /* or ANYBODY */
    int64_t care_from, care_to, paid_from,
        paid_to; /* days, both counted in; INT64_MIN and INT64_MAX: open */
    int64_t updated_since_ms;
};

struct summary_filter summary_filter_all(void);
/* STATES are enum values; those we do not know match nothing. */
void summary_filter_states(struct summary_filter *filter, const int32_t *states, size_t count);
/* Only the beneficiary "ben_…"; "" is everybody.  Another member's and an unknown one are NOT_FOUND alike (SEC-A3). */
status summary_filter_beneficiary(struct rpc *rpc, struct summary_filter *filter, const char *text);
/* Leaves *RET_DAY alone when DATE is absent; PATH names the field when it is no date. */
status summary_filter_day(struct rpc *rpc, const char *path, const Google__Type__Date *date,
                          int64_t *ret_day);
void summary_filter_since(struct summary_filter *filter, const Google__Protobuf__Timestamp *time);

bool summary_filter_matches(const struct summary_filter *filter, const struct summary *summary);

struct summary_query {
    enum table_id table;
    const char *method;     /* "ClaimService.ListClaims" */
    const char *page_token; /* as the request has it */
    int32_t page_size;
    struct summary_filter filter;
};

status summary_list_reply(struct rpc *rpc, const struct summary_query *query,
                          ProtobufCMessage *response, char **ret_next_page_token);

/* --- watching --- */

struct summary_watch {
    uint64_t told;     /* the change up to which everything was told */
    uint64_t snapshot; /* in which nothing was left to tell; 0: not yet */
    bool caught_up;    /* the client knows that it is */
};

struct summary_watch_reply {
    enum stream_step step;
    char *resume_token;
    bool caught_up;
};

/* What is watched. */
struct summary_stream {
    enum table_id table;
    const char *method; /* "ClaimService.WatchClaims" */
};

status summary_watch_open(struct rpc *rpc, const struct summary_stream *stream,
                          const char *resume_token, struct summary_watch *watch);
status summary_watch_next(struct rpc *rpc, const struct summary_stream *stream,
                          struct summary_watch *watch, ProtobufCMessage *response,
                          struct summary_watch_reply *ret_reply);

/* Of a watch whose client knows everything: that nothing changed since. */
bool summary_watch_idle(const struct rpc *rpc, const void *watch);

#endif
