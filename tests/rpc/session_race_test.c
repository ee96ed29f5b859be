/*
 * Sign-out against calls under way (SEC-A5, SEC-B8): once EndSession has answered, no call acts on the old session, whether it comes later
 * or had passed its headers before; a thousand calls race each way, reads and writes.  ThreadSanitizer runs this too.
 */
#include <pthread.h>
#include <stdio.h>

#include "tests/support/cm.h"
#include "tests/support/member_session.h"

enum {
    THREADS = 4,
    ROUNDS = 10,
    EARLY = 25,
    LATE = 25
}; /* 10 × 4 × 25 = 1,000 calls of each kind */

#define LIST_CARDS "/hayat.v1.CardService/ListCards"
#define END_ALL SESSION_METHOD("EndAllSessions")

static struct harness h;
static struct harness_member member;

struct racer {
    pthread_t thread;
    const char *authorization;
    struct call calls[EARLY]; /* past their headers before the end */
    sem_t done;
    pthread_barrier_t *opened, *racing, *ended;
    int accepted_late, accepted_racing;
};

static void resumed(struct call *call)
{
    (void)sem_post(call->owner);
}

/* Half of the calls read, half of them write. */
static bool open_call(struct racer *racer, struct call *call, int number)
{
    struct call_headers headers = {
        .path = bytes_str(number % 2 == 0 ? LIST_CARDS : END_ALL),
        .authorization = bytes_str(racer->authorization),
        .peer = bytes_str("ipv4:192.0.2.7:40000"),
        .deadline_us = INT64_MAX,
    };
    memset(call, 0, sizeof *call);
    call->resume = resumed;
    call->owner = &racer->done;
    return ok(pipeline_start(&h.pipeline, &headers, call));
}

/* An empty message is a good request of both methods. */
static status deliver(struct racer *racer, struct call *call)
{
    if (pipeline_message(call, (bytes){NULL, 0}) == STEP_PENDING) {
        while (sem_wait(&racer->done) != 0) {
        }
    }
    return call->result;
}

static status end_call(struct call *call)
{
    status s = call->result;
    pipeline_end(call, s);
    pipeline_leave(call);
    return s;
}

static void race(struct racer *racer)
{
    for (int i = 0; i < EARLY / 2; i++) { /* while the session ends: either answer is right */
        struct call call;
        if (open_call(racer, &call, 0)) {
            (void)deliver(racer, &call);
        }
        racer->accepted_racing += ok(end_call(&call)) ? 1 : 0;
    }
}

static void *run_racer(void *ctx)
{
    struct racer *racer = ctx;
    bool open[EARLY];
    for (int i = 0; i < EARLY; i++) {
        open[i] = open_call(racer, &racer->calls[i], i);
    }
    (void)pthread_barrier_wait(racer->opened);
    race(racer);
    (void)pthread_barrier_wait(racer->racing);
    (void)pthread_barrier_wait(racer->ended); /* EndSession has answered */
    for (int i = 0; i < EARLY; i++) {
        if (open[i]) {
            racer->accepted_late += ok(deliver(racer, &racer->calls[i])) ? 1 : 0;
        }
        (void)end_call(&racer->calls[i]);
        if (!open[i]) {
            racer->accepted_late += 1000; /* the test's own fault: nothing was proved */
        }
    }
    for (int i = 0; i < LATE; i++) {
        struct call call;
        if (open_call(racer, &call, i)) {
            (void)deliver(racer, &call);
        }
        racer->accepted_late += ok(end_call(&call)) ? 1 : 0;
    }
    return NULL;
}

struct race {
    pthread_barrier_t opened, racing, ended;
    struct racer racers[THREADS];
    char authorization[16 + TOKEN_TEXT_LEN];
};

static void start(struct race *r, const char *access)
{
    (void)snprintf(r->authorization, sizeof r->authorization, "Bearer %s", access);
    assert_int_equal(pthread_barrier_init(&r->opened, NULL, THREADS + 1), 0);
    assert_int_equal(pthread_barrier_init(&r->racing, NULL, THREADS + 1), 0);
    assert_int_equal(pthread_barrier_init(&r->ended, NULL, THREADS + 1), 0);
    for (int i = 0; i < THREADS; i++) {
        struct racer *racer = &r->racers[i];
        *racer = (struct racer){.authorization = r->authorization,
                                .opened = &r->opened,
                                .racing = &r->racing,
                                .ended = &r->ended};
        assert_int_equal(sem_init(&racer->done, 0, 0), 0);
        assert_int_equal(pthread_create(&racer->thread, NULL, run_racer, racer), 0);
    }
}

static int finish(struct race *r)
{
    int accepted_late = 0;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(r->racers[i].thread, NULL), 0);
        accepted_late += r->racers[i].accepted_late;
        (void)sem_destroy(&r->racers[i].done);
    }
    (void)pthread_barrier_destroy(&r->opened);
    (void)pthread_barrier_destroy(&r->racing);
    (void)pthread_barrier_destroy(&r->ended);
    return accepted_late;
}

static void after_sign_out_nothing_acts(void **state)
{
    static struct race r;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        fake_clock_advance(&h.clock, 60000); /* rates refill */
        struct member_session session = member_session_open(&h, &member);
        struct member_session other = member_session_open(&h, &member);
        start(&r, session.access);
        (void)pthread_barrier_wait(&r.opened);
        Hayat__V1__EndSessionRequest request = HAYAT__V1__END_SESSION_REQUEST__INIT;
        assert_ok(
            harness_call(&h, SESSION_METHOD("EndSession"), session.access, &request.base).result);
        (void)pthread_barrier_wait(&r.racing);
        (void)pthread_barrier_wait(&r.ended);
        assert_int_equal(finish(&r), 0);
        assert_true(member_session_works(&h, other.access)); /* no EndAllSessions got through */
    }
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, "TEST-RACE");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(after_sign_out_nothing_acts)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
