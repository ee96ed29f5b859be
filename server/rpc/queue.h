/*
 * queue: one completion queue and the one thread that takes its events; every call belongs to one
 * of them for life, so a call's state needs no lock.
 *
 * Invariants
 *   1 LIMIT_SLOTS_PER_QUEUE requests are posted at any time until the server shuts down; a slot is
 *     posted again before its call is looked at, because a call that finds no slot waits in the
 *     core without a bound.
 *   2 When the server shuts down every slot comes back with ok = false, which is how a queue learns
 *     of it.
 *   3 Nothing on this thread blocks (SEC-E4).
 */
#ifndef HAYAT_RPC_QUEUE_H
#define HAYAT_RPC_QUEUE_H

#include <grpc/grpc.h>
#include <pthread.h>

#include "base/limits.h"
#include "base/status.h"
#include "rpc/event.h"
#include "rpc/pipeline.h"
#include "rpc/timer.h"

struct server_call;
struct queue;

/* A place for the next call. */
struct slot {
    struct event arrived;
    struct queue *queue;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array metadata;
};

struct queue {
    struct pipeline *pipeline;
    grpc_server *server;
    grpc_completion_queue *cq;
    pthread_t thread;
    struct timer_heap timers;
    struct server_call *calls; /* every call not yet freed */
    struct server_call *spare;
    size_t held_count, spare_count;
    bool draining; /* streams end at their next rest */
    struct slot slots[LIMIT_SLOTS_PER_QUEUE];
};

/* Before the server starts: makes the completion queue and tells the server of it. */
void queue_init(struct queue *queue, grpc_server *server, struct pipeline *pipeline);
/* After it started: the thread. */
status queue_start(struct queue *queue);
/* After the server's shutdown was notified: empties the queue, joins the thread, frees. */
void queue_stop(struct queue *queue);

/* A call is over: kept for the next one. */
void queue_give_back(struct queue *queue, struct server_call *call);

int64_t queue_now_us(const struct queue *queue);

#endif
