#include "rpc/queue.h"

#include <grpc/support/time.h>
#include <stdlib.h>

#include "base/thread.h"
#include "rpc/call.h"

int64_t queue_now_us(const struct queue *queue)
{
    return clock_mono_us(queue->pipeline->app->clock);
}

/* --- slots --- */

static void slot_post(struct slot *slot)
{
    struct queue *queue = slot->queue;
    grpc_call_details_init(&slot->details);
    slot->call = NULL;
    slot->metadata.count = 0;
    grpc_call_error error = grpc_server_request_call(queue->server, &slot->call, &slot->details,
                                                     &slot->metadata, queue->cq, queue->cq,
                                                     &slot->arrived);
    if (error != GRPC_CALL_OK) {
        log_event(LOG_ERROR, "slot_lost", LOG_NUMBER("error", error));
    }
}

/* --- calls: the one place beside base/ that allocates while serving, bounded by
   LIMIT_CALLS_HELD_PER_QUEUE --- */

static struct server_call *take_call(struct queue *queue)
{
    struct server_call *call = queue->spare;
    if (queue->held_count >= LIMIT_CALLS_HELD_PER_QUEUE) {
        return NULL;
    }
    if (call != NULL) {
        queue->spare = call->next;
        queue->spare_count--;
    } else {
        call = calloc(1, sizeof *call);
        if (call == NULL) {
            return NULL;
        }
        grpc_metadata_array_init(&call->metadata);
    }
    queue->held_count++;
    return call;
}

static void free_call(struct server_call *call)
{
    grpc_metadata_array_destroy(&call->metadata);
    free(call);
}

void queue_give_back(struct queue *queue, struct server_call *call)
{
    queue->held_count--;
    if (queue->spare_count >= LIMIT_SPARE_CALLS) {
        free_call(call);
        return;
    }
    call->next = queue->spare;
    queue->spare = call;
    queue->spare_count++;
}

static void slot_arrived(struct event *event, bool ok)
{
    struct slot *slot = CONTAINER_OF(event, struct slot, arrived);
    struct queue *queue = slot->queue;
    if (!ok) { /* invariant 2 */
        grpc_call_details_destroy(&slot->details);
        grpc_metadata_array_destroy(&slot->metadata);
        server_call_drain_all(queue);
        return;
    }
    grpc_call *core = slot->call;
    grpc_call_details details = slot->details;
    struct server_call *call = take_call(queue);
    if (call == NULL) {
        slot_post(slot);
        grpc_call_details_destroy(&details);
        grpc_call_unref(core); /* resets the stream */
        return;
    }
    grpc_metadata_array unused = call->metadata;
    call->metadata = slot->metadata;
    slot->metadata = unused; /* its capacity serves again */
    slot_post(slot);
    call->core = core;
    call->details = details;
    server_call_begin(call, queue);
}

/* --- the thread --- */

static int64_t core_now_us(void)
{
    gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t core_offset_us(const struct queue *queue)
{
    return core_now_us() - queue_now_us(queue);
}

/* The core's clock is the system's and a constant more: read once, not once for each event.  Another clock (of a demonstration) may be
   moved at any time. */
static gpr_timespec next_deadline(const struct queue *queue, int64_t system_offset_us)
{
    int64_t at_us = timer_next_us(&queue->timers);
    if (at_us == INT64_MAX) {
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    }
    bool system = queue->pipeline->app->clock == &clock_system;
    int64_t offset_us = system ? system_offset_us : core_offset_us(queue);
    return gpr_time_from_micros(at_us + offset_us, GPR_CLOCK_MONOTONIC);
}

/* Timers are seconds long: under load the clock is looked at once in some events.  A queue that has nothing to do waits until
   the first timer, and comes back with no event. */
enum { EVENTS_A_LOOK = 16 };

static void *queue_main(void *arg)
{
    struct queue *queue = arg;
    int64_t system_offset_us = core_offset_us(queue);
    arena_spares_begin();
    for (size_t i = 0; i < LIMIT_SLOTS_PER_QUEUE; i++) {
        slot_post(&queue->slots[i]);
    }
    for (uint32_t events = 1;; events++) {
        grpc_event next = grpc_completion_queue_next(queue->cq,
                                                     next_deadline(queue, system_offset_us), NULL);
        if (next.type == GRPC_QUEUE_SHUTDOWN) {
            arena_spares_end();
            return NULL;
        }
        if (next.type == GRPC_OP_COMPLETE) {
            struct event *event = next.tag;
            event->run(event, next.success != 0);
        }
        if (next.type == GRPC_QUEUE_TIMEOUT || events % EVENTS_A_LOOK == 0) {
            timer_run_due(&queue->timers, queue_now_us(queue));
        }
    }
}

void queue_init(struct queue *queue, grpc_server *server, struct pipeline *pipeline)
{
    *queue = (struct queue){.server = server, .pipeline = pipeline};
    queue->cq = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(server, queue->cq, NULL);
    for (size_t i = 0; i < LIMIT_SLOTS_PER_QUEUE; i++) {
        struct slot *slot = &queue->slots[i];
        slot->arrived.run = slot_arrived;
        slot->queue = queue;
        grpc_metadata_array_init(&slot->metadata);
    }
}

status queue_start(struct queue *queue)
{
    return thread_start(&queue->thread, "hayat-queue", queue_main, queue) ? STATUS_OK
                                                                          : FAIL(INTERNAL);
}

void queue_stop(struct queue *queue)
{
    grpc_completion_queue_shutdown(queue->cq);
    (void)pthread_join(queue->thread, NULL);
    grpc_completion_queue_destroy(queue->cq);
    while (queue->spare != NULL) {
        struct server_call *next = queue->spare->next;
        free_call(queue->spare);
        queue->spare = next;
    }
}
