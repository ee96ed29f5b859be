/*
 * call: one gRPC call on its queue thread, from its headers to the moment the core lets go of it.
 * What it means is the pipeline's business; this is about batches, tags, deadlines and lifetimes.
 *
 *                    headers
 *                       │ pipeline_start
 *          ┌────── receiving ◄──────────────┐ client and bidi streams
 *          │            │ message, half-close│
 *          │         stepping ──► parked ───┤ server streams, after wait_ms
 *          │            │ reply             │
 *          │         sending ───────────────┘
 *          ▼            │ last reply, failure, deadline, drain, peer gone
 *       decided ──► settled (pipeline_end ran) ──► freed
 *
 * Invariants
 *   1 RECV_CLOSE_ON_SERVER is posted first, alone; the call is freed only when it came back and no
 *     tag is out: the core cancels a call whose last reference goes before.
 *   2 `pending` counts tags out: a batch that was accepted, or a step that goes on elsewhere and
 *     will hop back with an empty batch.
 *   3 At most one batch of each kind is out; SEND_STATUS never shares one with a receive.
 *   4 The status is decided once.  A decided call drops whatever its running step still answers.
 *   5 pipeline_end is called once, after the decision, when no step and no side commit is running.
 *   6 Every handler of an event does its work and then calls settle, which may free the call.
 *
 * Memory   calls are recycled by their queue; a message is read in place from the core's slice when
 *          it is in one piece.
 * Threads  the queue's; only resume (below pipeline.h) is called on others.
 */
#ifndef HAYAT_RPC_CALL_H
#define HAYAT_RPC_CALL_H

#include <grpc/grpc.h>

#include "base/log.h"
#include "rpc/pipeline.h"
#include "rpc/queue.h"

struct server_call {
    struct call rpc; /* what the pipeline sees */
    struct queue *queue;
    struct server_call *next, *previous; /* the queue's list */

    grpc_call *core;
    grpc_call_details details;
    grpc_metadata_array metadata;
    grpc_byte_buffer *incoming; /* the message being read or stepped on */
    grpc_slice gathered;        /* its bytes, when the core had them in several pieces */
    bool is_gathered;
    grpc_slice packed; /* where the pipeline packed the response */
    bool is_packed;
    int cancelled; /* RECV_CLOSE_ON_SERVER's */

    struct event received, sent, finished, returned, landed, closed;
    struct timer deadline;
    struct timer wait; /* poll again, or give up on a peer that neither sends nor takes */

    unsigned pending;
    bool closed_seen, headers_sent, receiving, sending, parked, stepping, decided, ended;
    status final;
};

/* A call has arrived: core, details and metadata are set. */
void server_call_begin(struct server_call *call, struct queue *queue);
/* The server shuts down: ends streams that rest, and the others at their next rest. */
void server_call_drain_all(struct queue *queue);

/* --- between the files of this part --- */

/* False when the core refused the batch, which is our bug: nothing will come back; the call is
   cancelled. */
bool server_call_start(struct server_call *call, const grpc_op *ops, size_t count,
                       struct event *event);
/* Decides: sends the status (and RPC.reply before it when S is OK and there is one). */
void server_call_finish(struct server_call *call, status s);
/* Decides without a word to the peer, who is gone or does not take anything. */
void server_call_abandon(struct server_call *call, status s);
/* Ends the pipeline and frees the call when their time has come. */
void server_call_settle(struct server_call *call);

/* reply.c */
void reply_message(struct server_call *call);
void reply_success(struct server_call *call);
void reply_failure(struct server_call *call, status s);
/* Room for the packed response in a slice of the core's: it is sent as it lies there (struct call's reply_room). */
uint8_t *reply_room(struct call *rpc, size_t len);
void reply_release(struct server_call *call);

/* shape.c: the shapes */
void shape_init(struct server_call *call);
/* Asks for the next message. */
void shape_receive(struct server_call *call);
void shape_release_message(struct server_call *call);

#endif
