#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "rpc/engine.h"
#include "rpc/health.h"

static void on_shut_down(struct event *event, bool success)
{
    struct engine *engine = CONTAINER_OF(event, struct engine, shut_down);
    (void)success;
    (void)pthread_mutex_lock(&engine->lock);
    engine->is_shut_down = true;
    (void)pthread_cond_broadcast(&engine->changed);
    (void)pthread_mutex_unlock(&engine->lock);
}

void drain_init(struct engine *engine)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&engine->lock, NULL);
    (void)pthread_cond_init(&engine->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    engine->shut_down.run = on_shut_down;
}

void drain_fini(struct engine *engine)
{
    (void)pthread_cond_destroy(&engine->changed);
    (void)pthread_mutex_destroy(&engine->lock);
}

static bool wait_shut_down(struct engine *engine, int64_t wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&engine->lock);
    while (!engine->is_shut_down &&
           pthread_cond_timedwait(&engine->changed, &engine->lock, &until) != ETIMEDOUT) {
    }
    bool done = engine->is_shut_down;
    (void)pthread_mutex_unlock(&engine->lock);
    return done;
}

static void sleep_ms(int64_t ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* Serves what came through the edge's backlog: until nothing was in flight for a while, or the time
   is up. */
static void lame_duck(const struct engine *engine)
{
    const int64_t step_ms = LIMIT_QUIET_MS / 10;
    int64_t quiet_ms = 0;
    for (int64_t ms = 0; ms < LIMIT_LAME_DUCK_MS && quiet_ms < LIMIT_QUIET_MS; ms += step_ms) {
        sleep_ms(step_ms);
        quiet_ms = engine->pipeline->in_flight == 0 ? quiet_ms + step_ms : 0;
    }
}

bool engine_drain(struct engine *engine)
{
    health_set_serving(false);
    if (engine->listener != NULL) {
        listener_stop(engine->listener);
        engine->listener = NULL;
        lame_duck(engine);
    }
    engine->pipeline->draining = true;
    grpc_server_shutdown_and_notify(engine->server, engine->queues[0].cq, &engine->shut_down);
    if (wait_shut_down(engine, LIMIT_DRAIN_MS - LIMIT_LAME_DUCK_MS - LIMIT_DRAIN_CANCEL_MS)) {
        return true;
    }
    log_event(LOG_WARN, "drain_cancels", LOG_NUMBER("in_flight", engine->pipeline->in_flight));
    grpc_server_cancel_all_calls(engine->server);
    return wait_shut_down(engine, LIMIT_DRAIN_CANCEL_MS);
}
