/*
 * rpc: all that a handler sees of a call.  No gRPC, no LMDB in here.
 *
 * A handler is one function, found by name: CardService.GetCard is card_get_card.  It reads the request, asks rules
 * and stores, fills the response, returns a status.  It never opens the policy's transaction, checks roles, logs or
 * frees (SEC-A2).  When it fails, nothing it wrote remains (but see keep_writes) and the response is dropped.
 *
 * Memory   request, response and everything reachable live in rpc->arena until the reply is sent.
 * Threads  one thread at a time; NONE and READ handlers run on a queue thread and must not block (SEC-E4), WRITE
 *          handlers on the writer thread, MANUAL handlers on a worker.
 */
#ifndef HAYAT_SERVICE_RPC_H
#define HAYAT_SERVICE_RPC_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "storage/table.h"

struct app;

/* What goes into google.rpc details beside the reason; texts are in the call's arena or constants. */
struct error_field {
    const char *path;        /* "upload.sha256", snake_case as in the proto */
    const char *description; /* in English, a constant or arena text without personal data */
};

struct error_pair {
    const char *key, *value;
};

enum { ERROR_PAIRS_MAX = 16 }; /* ten documents and what is missing, told at once */

struct error_details {
    struct error_field fields[LIMIT_VIOLATIONS]; /* BadRequest */
    size_t field_count;
    struct error_pair pairs[ERROR_PAIRS_MAX]; /* ErrorInfo.metadata */
    size_t pair_count;
    struct error_pair preconditions[ERROR_PAIRS_MAX]; /* PreconditionFailure: type, subject */
    size_t precondition_count;
    struct error_pair quotas[ERROR_PAIRS_MAX]; /* QuotaFailure: subject, description */
    size_t quota_count;
    int64_t retry_after_ms; /* RetryInfo when > 0 */
};

/* There are none: of the lists nothing is read beyond their counts. */
static inline void error_details_clear(struct error_details *details)
{
    details->field_count = details->pair_count = details->precondition_count = 0;
    details->quota_count = 0;
    details->retry_after_ms = 0;
}

struct rpc;

/*
 * Slow work between two transactions of a WRITE handler, which may not hold up the writer (SEC-E4).  The handler fills
 * rpc->aside and returns rpc_go_aside(): what it wrote until then is committed; step runs on a worker, without a
 * transaction, until it says that there is no more; then the handler runs once more, from its start, in a new
 * transaction, and finds in rpc->aside.state what the work found.  Its answer is told after that commit.  When the pool has
 * no room the handler does not run again and the caller hears OVERLOADED: count an attempt in the second run, not in the first.
 */
enum aside_pool {
    ASIDE_WORKERS, /* waits for the disk, verifies signatures */
    ASIDE_SECRETS, /* Argon2id (auth/secret_hash.h), at idle priority; OVERLOADED when more than LIMIT_SECRET_QUEUE wait (SEC-B2) */
    ASIDE_PAPER, /* makes documents: seconds each, in helper programs; OVERLOADED when more than LIMIT_PAPER_QUEUE wait */
};

struct aside {
    enum aside_pool pool;
    status (*step)(struct rpc *rpc, void *state, bool *ret_more); /* one short piece of it */
    void (*close)(void *state); /* once, after the last step, whatever came */
    void *state;                /* in rpc->arena, which lives as long */
    bool due, again; /* the pipeline's: it is to be done; it was, and the handler runs once more */
};

/*
 * What the audit entry of this call says beside who and which method (SEC-F1).  The pipeline appends it in the handler's
 * transaction when the handler went well and the policy's audit is not NONE; MANUAL handlers use service/audit.h.
 */
struct audit_subject_node {
    struct owner owner;
    struct audit_subject_node *next;
};

struct rpc_audit {
    const char *object_type; /* a constant */
    struct id object;
    const char *purpose;
    struct audit_subject_node *subjects; /* none: the caller, when it is a member */
    bool nobody; /* what is answered is about nobody, though the method's audit is READ */
    bool lost;   /* one did not fit: the call fails */
};

struct rpc {
    struct app *app; /* the server's parts: app.h */
    struct arena *arena;
    struct txn *txn; /* by policy; NULL for NONE and MANUAL */
    const struct principal *principal;
    enum language language;       /* from accept-language */
    int64_t now_ms;               /* wall clock, the same for the whole step */
    int64_t deadline_us;          /* monotonic */
    char request_id[ID_TEXT_MAX]; /* x-request-id, "req_…" */
    struct aside aside;
    struct rpc_audit audit;
    const char *alarm; /* rpc_alarm's */
    /* A WRITE handler that fails sets it when its refusal must be remembered: its writes are committed, the caller
       still hears the failure (a digest that differs resets its upload). */
    bool keep_writes;
    struct error_details details; /* last: large, and only its counts are ever set back */
};

/* Each drops what no longer fits and never fails. */
void rpc_violation(struct rpc *rpc, const char *path, const char *description);
void rpc_detail(struct rpc *rpc, const char *key, const char *value);
void rpc_detail_int(struct rpc *rpc, const char *key, int64_t value);
void rpc_precondition(struct rpc *rpc, const char *type, const char *subject);
void rpc_quota(struct rpc *rpc, const char *subject, const char *description);
void rpc_retry_after(struct rpc *rpc, int64_t ms);

/* Refine the audit entry; purpose is a constant or the arena's, a word or a case number, never about a person. */
void rpc_audit_object(struct rpc *rpc, const char *type, struct id id);
void rpc_audit_purpose(struct rpc *rpc, const char *purpose);
/* Whose data it is, when that is not the caller; one entry for each distinct one. */
void rpc_audit_subject(struct rpc *rpc, struct owner owner);
/* A method whose audit is READ says whose data it gave, or this; one that says neither fails (SEC-A7). */
void rpc_audit_nobody(struct rpc *rpc);

/* Something a person must look at: the pipeline logs WORD, a constant, as a warning with the call's end (SEC-A7). */
void rpc_alarm(struct rpc *rpc, const char *word);

/* Commits what was written and does rpc->aside, once in a call; nobody hears the status it returns. */
status rpc_go_aside(struct rpc *rpc);

/* Puts what a request of a step_up method would do into one sentence of rpc->language, in the arena, at most
   LIMIT_STEP_UP_TEXT_BYTES: session_revoke_device_step_up for session_revoke_device.  The same request in the same state gives the same
   sentence; a request that would be refused is refused here. */
typedef status step_up_writer(struct rpc *rpc, const ProtobufCMessage *request,
                              const char **ret_text);

typedef status unary_handler(struct rpc *rpc, const ProtobufCMessage *request,
                             ProtobufCMessage *response);

#endif
