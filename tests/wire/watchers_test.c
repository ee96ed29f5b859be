/*
 * Promise: thousands of idle watchers cost the server little memory and next to no work, hear of a change within seconds, and
 * do not hold up the drain.
 *
 * HAYAT_WATCHERS=10000 is the whole of it; a small number runs in every check.  The server is a process of its own, so that
 * its memory is its own.
 */
#include "tests/support/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hayat/v1/claim.pb-c.h"
#include "rpc/client/client.h"
#include "rpc/core.h"
#include "tests/support/health.h"

enum {
    WATCHERS_QUICK = 320,
    WATCHERS_MOST = 10000,
    PER_MEMBER = LIMIT_CALLER_LARGE,
    PER_CONNECTION = 30,
    SPARE_MEMBERS = 24, /* callers are counted in places, and two may share one */
    MEMBERS_MOST = WATCHERS_MOST / PER_MEMBER + 1 + SPARE_MEMBERS,
    LIMIT_KIB = 64,
    IDLE_SECONDS = 4,
};

/* --- the server's process: one letter is a command, one struct the answer --- */

struct answer {
    int64_t rss_bytes, cpu_us, drain_ms;
};

static int commands[2], answers[2];
static char tokens[MEMBERS_MOST][TOKEN_TEXT_LEN + 1];

static int watcher_count(void)
{
    const char *asked = getenv("HAYAT_WATCHERS");
    int count = asked == NULL ? WATCHERS_QUICK : (int)strtol(asked, NULL, 10);
    return count < PER_MEMBER ? PER_MEMBER : count > WATCHERS_MOST ? WATCHERS_MOST : count;
}

static int member_count(void)
{
    return (watcher_count() + PER_MEMBER - 1) / PER_MEMBER + SPARE_MEMBERS;
}

static void write_all(int fd, const void *data, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, (const char *)data + done, len - done);
        assert_true(n > 0);
        done += (size_t)n;
    }
}

static void read_all(int fd, void *data, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, (char *)data + done, len - done);
        assert_true(n > 0);
        done += (size_t)n;
    }
}

static int64_t rss_bytes(void)
{
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    const char *resident = strchr(text, ' '); /* the second number, in pages */
    assert_non_null(resident);
    return (int64_t)strtol(resident, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static int64_t cpu_us(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static struct harness h;
static struct owner first;

static void make_members(void)
{
    for (int i = 0; i < member_count(); i++) {
        struct arena_mark mark = arena_mark(&h.arena);
        struct harness_member m = harness_member(&h, arena_printf(&h.arena, "9995%05d", i));
        memcpy(tokens[i], m.token, sizeof m.token);
        first = i == 0 ? m.owner : first;
        arena_rewind(&h.arena, mark);
    }
    fund_put_beneficiary(&h, first, 0);
    health_put_claim(&h, first, health_claim(&h, "F-1", 20400));
}

static void change_first(void)
{
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, "F-1", 20400);
    claim->state = CLAIM_STATE(REVERSED);
    health_put_claim(&h, first, claim);
}

static int64_t drain_ms(struct engine *engine)
{
    int64_t began_us = clock_mono_us(&clock_system);
    assert_true(engine_drain(engine));
    return (clock_mono_us(&clock_system) - began_us) / 1000;
}

static void test_serve(void **state)
{
    (void)state;
    char command;
    harness_start(&h);
    make_members();
    h.app.clock =
        &clock_system; /* polls and deadlines are real; sessions live by the store's clock */
    struct engine_options options = {.pipeline = &h.pipeline, .listen = "127.0.0.1:0"};
    struct engine *engine;
    assert_ok(engine_start(&options, &engine));
    int port = engine_port(engine);
    write_all(answers[1], &port, sizeof port);
    write_all(answers[1], tokens, sizeof tokens);
    do {
        read_all(commands[0], &command, 1);
        struct answer answer = {.rss_bytes = rss_bytes(), .cpu_us = cpu_us()};
        if (command == 'c') {
            change_first();
        } else if (command == 'd') {
            answer.drain_ms = drain_ms(engine);
        }
        write_all(answers[1], &answer, sizeof answer);
    } while (command != 'd');
    engine_stop(engine);
    harness_stop(&h);
}

/* --- the watchers' process --- */

static void tell(char command)
{
    write_all(commands[1], &command, 1);
}

static struct answer hear_answer(void)
{
    struct answer answer;
    read_all(answers[0], &answer, sizeof answer);
    return answer;
}

static struct answer ask(char command)
{
    tell(command);
    return hear_answer();
}

static struct channel *channels[WATCHERS_MOST / PER_CONNECTION + 1];
static struct stream *streams[WATCHERS_MOST];
static int port;

static struct channel *channel_of(int watcher)
{
    struct channel **channel = &channels[watcher / PER_CONNECTION];
    if (*channel == NULL) {
        char target[32];
        (void)snprintf(target, sizeof target, "127.0.0.1:%d", port);
        struct channel_options options = {.target = target};
        assert_ok(channel_open(&options, channel));
    }
    return *channel;
}

/* NULL when the stream ended; then *RET_ERROR tells how. */
static const Hayat__V1__WatchClaimsResponse *hear(int watcher, struct arena *arena,
                                                  struct rpc_error *ret_error)
{
    ProtobufCMessage *message = NULL;
    status s = stream_read(streams[watcher], &hayat__v1__watch_claims_response__descriptor, arena,
                           &message);
    if (!ok(s) || message == NULL) {
        (void)stream_close(streams[watcher], ret_error);
        return NULL;
    }
    return (const Hayat__V1__WatchClaimsResponse *)message;
}

static const Hayat__V1__WatchClaimsResponse *try_watch(int watcher, const char *token,
                                                       struct arena *arena,
                                                       struct rpc_error *ret_error)
{
    Hayat__V1__WatchClaimsRequest request = HAYAT__V1__WATCH_CLAIMS_REQUEST__INIT;
    struct call_options options = {
        .path = CLAIM_METHOD("WatchClaims"), .token = token, .timeout_ms = 600000};
    assert_ok(channel_stream(channel_of(watcher), &options, &streams[watcher]));
    (void)stream_write(streams[watcher], &request.base);
    (void)stream_writes_done(streams[watcher]);
    return hear(watcher, arena, ret_error);
}

/* Some caller's watch; a place that is taken by others too has room for fewer. */
static void begin_watch(int watcher)
{
    static int member, of_member;
    struct rpc_error error;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const Hayat__V1__WatchClaimsResponse *told = NULL;
    while (told == NULL) {
        assert_true(member < member_count());
        told = try_watch(watcher, tokens[member], &arena, &error);
        if (told == NULL) {
            assert_string_equal(error.reason, "RATE_LIMITED");
        }
        of_member = told == NULL || of_member + 1 == PER_MEMBER ? 0 : of_member + 1;
        member += of_member == 0 ? 1 : 0;
    }
    assert_true(told->caught_up);
    arena_fini(&arena);
}

static void end_all(int count)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < count; i++) {
        struct rpc_error error;
        ProtobufCMessage *message;
        do { /* what was told before the end */
            arena_reset(&arena, 1 << 20);
            message = NULL;
        } while (ok(stream_read(streams[i], &hayat__v1__watch_claims_response__descriptor, &arena,
                                &message)) &&
                 message != NULL);
        (void)stream_close(streams[i], &error);
        assert_string_equal(error.reason, "DRAINING"); /* told, not cut off */
    }
    arena_fini(&arena);
    for (int i = 0; i * PER_CONNECTION < count; i++) {
        channel_close(channels[i]);
    }
}

static void test_idle_watchers(void **state)
{
    (void)state;
    int count = watcher_count();
    struct arena arena;
    read_all(answers[0], &port, sizeof port);
    read_all(answers[0], tokens, sizeof tokens);
    rpc_client_init();
    struct answer before = ask('r');
    for (int i = 0; i < count; i++) {
        begin_watch(i);
    }
    struct answer idle = ask('r');
    (void)sleep(IDLE_SECONDS);
    struct answer later = ask('r');
    double kib = (double)(later.rss_bytes - before.rss_bytes) / 1024 / count;
    double load = (double)(later.cpu_us - idle.cpu_us) / IDLE_SECONDS / 10000;
    int64_t asked_us = clock_mono_us(&clock_system);
    (void)ask('c');
    arena_init(&arena, 1 << 20);
    struct rpc_error error;
    const Hayat__V1__WatchClaimsResponse *heard = hear(0, &arena, &error);
    assert_non_null(heard);
    assert_int_equal(heard->claims[0]->state, CLAIM_STATE(REVERSED));
    int64_t heard_ms = (clock_mono_us(&clock_system) - asked_us) / 1000;
    arena_fini(&arena);
    tell('d');
    end_all(count);
    struct answer drained = hear_answer();
    print_message("%d watchers: %.1f KiB each, %.2f %% of a core while idle, a change heard after "
                  "%lld ms, drained in "
                  "%lld ms\n",
                  count, kib, load, (long long)heard_ms, (long long)drained.drain_ms);
#ifndef __SANITIZE_ADDRESS__
    assert_true(kib < LIMIT_KIB);
#endif
    assert_true(heard_ms < 10000);
    assert_true(drained.drain_ms < LIMIT_DRAIN_MS);
    rpc_client_shutdown();
}

int main(void)
{
    const struct CMUnitTest server[] = {cmocka_unit_test(test_serve)};
    const struct CMUnitTest client[] = {cmocka_unit_test(test_idle_watchers)};
    if (pipe(commands) != 0 || pipe(answers) != 0) {
        return EXIT_FAILURE;
    }
    pid_t child = fork(); /* before anything of gRPC, which does not survive it */
    if (child == 0) {
        return cmocka_run_group_tests(server, NULL, NULL);
    }
    int failed = cmocka_run_group_tests(client, NULL, NULL);
    int ended = 0;
    (void)waitpid(child, &ended, 0);
    return failed != 0 || ended != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
