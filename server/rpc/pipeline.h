/*
 * pipeline: one call from its headers to its reply, without any transport.  The engine feeds it from gRPC; tests feed
 * it bytes.
 *
 *   admit → deadline → identify → gate → rate limit            pipeline_start, at the headers, before any message
 *   scan, unpack, validate → begin → replay look-up → handler → audit → pack → commit      pipeline_message and its siblings
 *   log line, memory                                           pipeline_end
 *   count of calls                                             pipeline_leave, when the transport let go of the call
 *
 * A step either is finished when its function returns (STEP_READY) or goes on elsewhere (STEP_PENDING): on the writer
 * or on a worker.  Then call->resume is called exactly once, on that other thread, and the owner of the call hops back
 * to its own thread before it touches the call again.  After either, call->result tells how it went and call->reply
 * holds the packed message to send (reply.ptr is NULL when there is none).  A failed step ends the call: send
 * pipeline_status and pipeline_end it.
 *
 * Tokens: a method that anonymous callers may call never looks at the authorization metadata: it answers everybody alike, and
 * nobody learns from it whether a token is good.  Any other method refuses a token it cannot use (TOKEN_INVALID), and the
 * absence of one (TOKEN_MISSING), at the headers.
 *
 * Certificates: a caller with a client certificate is an agent, a core system or a provider, never a member: a token beside
 * it is refused (CREDENTIALS_MIXED).  To a method that anonymous callers may call it is anonymous.
 *
 * A5: a READ or WRITE step looks its session (or its certificate, and the scopes) up again inside the transaction that acts,
 * before the handler runs.  MANUAL handlers do so themselves in the transactions they open (session_check,
 * certificate_check).
 *
 * Step-up: what a policy's step_up demands is asked for and checked in that transaction too, before the handler (rpc/confirm.h).
 *
 * Replays: IDEMPOTENCY_REQUEST_ID answers a request_id that was committed before with the first answer, byte for byte,
 * looked up in the writer's transaction (SEC-G2); another request under the same id is REQUEST_ID_REUSED.  Only
 * success is remembered.
 *
 * Audit: what the policy's audit says is appended in the writer's transaction of the act itself, after the handler and before
 * the reply is packed; when the entry cannot be written, the act fails too (SEC-F1).
 *
 * Read-ahead: the commits of a client stream with take (service/rpc.h) run on the side.  A step that began one may be READY all the
 * same; then call->landed is called once, on another thread, and its owner hops and calls pipeline_landed.
 *
 * Memory   everything a step returns lives in the call's arena until the next step, pipeline_rest or pipeline_end.
 * Threads  a call belongs to one thread, except between STEP_PENDING and resume; a side commit has a part of its own.
 */
#ifndef HAYAT_RPC_PIPELINE_H
#define HAYAT_RPC_PIPELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "auth/step_up.h"
#include "base/arena.h"
#include "rpc/caller_load.h"
#include "rpc/route.h"
#include "rpc/worker_pool.h"
#include "service/app.h"
#include "service/rpc.h"
#include "storage/writer.h"

struct pipeline {
    struct app *app;
    struct worker_pool *workers; /* for MANUAL handlers, and ASIDE_WORKERS */
    struct worker_pool *secrets; /* ASIDE_SECRETS */
    struct worker_pool *paper;   /* ASIDE_PAPER */
    _Atomic int32_t in_flight;   /* LIMIT_CALLS_IN_FLIGHT */
    _Atomic bool draining;       /* new calls hear DRAINING */
    struct caller_load load;
};

/* What the transport knows at the headers; views good during pipeline_start only. */
struct call_headers {
    bytes path;            /* "/hayat.v1.CardService/GetCard" */
    bytes authorization;   /* "Bearer …", or empty */
    bytes accept_language; /* "fr-MA, ar;q=0.8", or empty */
    bytes step_up;         /* "stp_… …" (auth/step_up.h), or empty */
    bytes peer;            /* "ipv4:1.2.3.4:5", "unix:…" */
    bytes
        certificate; /* SHA-256 of the public key of the client's certificate, which TLS verified; or empty */
    int64_t deadline_us; /* monotonic, INT64_MAX when the client set none */
};

enum step { STEP_READY, STEP_PENDING };

struct call {
    /* --- the transport's, first: call_clear leaves them --- */
    void (*resume)(struct call *call);
    void (*landed)(struct call *call);
    /* Memory for the packed response, until the next step; NULL: the arena's. */
    uint8_t *(*reply_room)(struct call *call, size_t len);
    void *owner;

    struct pipeline *pipeline;
    const struct route *route; /* NULL until pipeline_start found it */
    struct principal principal;
    struct arena arena;
    struct arena stream_arena; /* a stream's state, reset by nothing but the end */
    void *stream_state;
    bool stream_audited; /* it gave a member's data, and the entry that says so is committed */

    /* --- the outcome of the last step --- */
    status result;
    bytes reply;      /* packed response, ptr NULL when there is none */
    bool finished;    /* a stream's last reply, or its end, was reached */
    uint32_t wait_ms; /* > 0: nothing to send now, call pipeline_next again after this */

    /* --- the pipeline's own --- */
    struct write_job job;
    struct worker_job work;
    status (*body)(struct call *call); /* what the job runs */
    bytes request;
    ProtobufCMessage *unpacked, *response;
    uint64_t session_snapshot; /* the commit in which the session was seen alive */
    int64_t start_us;
    uint64_t bytes_in, bytes_out;
    struct caller_hold hold;
    struct step_up_proof proof; /* has_proof: what came with the headers of a step_up method */
    bool has_proof;
    bool admitted, opened;
    uint32_t idle_polls;           /* since the stream's last step */
    bool counted, count_committed; /* count.c's */
    bool commit_due, finish_due;   /* what a client stream's writer job shall run */
    struct call *side;             /* whose steps are the side commits, with memory of their own */
    bool side_runs, finish_waits;  /* for it */
    bool salvaged;

    struct rpc rpc; /* last, for its details are */
};

/* As before the first call, but for what the transport set. */
static inline void call_clear(struct call *call)
{
    const size_t from = offsetof(struct call, pipeline);
    memset((uint8_t *)call + from, 0, offsetof(struct call, rpc.details) - from);
    error_details_clear(&call->rpc.details);
}

/* First for every call; on failure call->route may be NULL.  The deadline the transport must keep is
   call->rpc.deadline_us: the earlier of the client's and the policy's.  CALL may hold anything before, but for
   what is the transport's. */
status pipeline_start(struct pipeline *pipeline, const struct call_headers *headers,
                      struct call *call);

/* A request message: the only one of a unary or server-streaming call, the next one of the others.  REQUEST must stay
   until the step is ready.
     unary            reply is the response
     server stream    opens the stream; then drive it with pipeline_next
     client stream    no reply; ask for the next message, or send the reply when call->finished
     bidi stream      reply is the answer to this message */
enum step pipeline_message(struct call *call, bytes request);

/* The client half-closed.  Unary or server stream without a message: MESSAGE_MISSING.  Client stream: runs finish,
   reply is the response.  Bidi: finished. */
enum step pipeline_half_close(struct call *call);

/* A server stream's next message: a reply, or wait_ms, or finished. */
enum step pipeline_next(struct call *call);

/* --- read-ahead --- */

/* After a READY step without reply: ask for no message now, but wait until a side commit has landed. */
bool pipeline_waits(const struct call *call);
/* A side commit runs: landed will be called. */
bool pipeline_busy(const struct call *call);
/* On the call's thread, after landed: a step like any other, which may begin the next side commit.  Of a call whose end is decided
   it is READY and means nothing. */
enum step pipeline_landed(struct call *call, bool decided);
/* The transport ends a stream that was not refused: begins the last side commit; when it returns true pipeline_end must wait until that
   has landed. */
bool pipeline_salvage(struct call *call, status final);

/* A parked server stream's poll: true when there is nothing to do but to wait again, WAIT_MS as before. */
bool pipeline_idle(struct call *call);

/* The stream is parked, perhaps for long: gives its memory back but for its state. */
void pipeline_park(struct call *call);

/* A stream's reply was sent, or its next message is waited for, which may take long: gives back what the last step
   used. */
void pipeline_rest(struct call *call);

/* The google.rpc.Status of the failed call->result, for grpc-status-details-bin, and the public text, both in the
   call's arena (empty when even that does not fit). */
struct wire_status {
    enum grpc_code code;
    const char *message;
    bytes details;
};
struct wire_status pipeline_status(struct call *call);

/* Last for every started call, failed or not: closes the stream, writes the log line, frees.  FINAL is what the client
   got; CANCELLED when it went away. */
void pipeline_end(struct call *call, status final);

/* After pipeline_end, when nothing of the call is left in the transport either, such as a reply that the peer does not
   take: from now on it does not count (LIMIT_CALLS_IN_FLIGHT, LIMIT_CALLER_CALLS). */
void pipeline_leave(struct call *call);

#endif
