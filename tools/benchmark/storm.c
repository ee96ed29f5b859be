/* GetCard's latency alone and while two hundred people sign in by passphrase at one time, over and over (SEC-B2). */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "stats.h"

enum {
    STORM_CONNECTIONS = 8,
    STORM_IN_FLIGHT = 25, /* 8 × 25 = 200 at one time */
    STORM_PAUSE_US = 200000,
    SETTLE_US = 300000,
    CALLS_SHARE = 10,
    REGISTRATION_TAG = 0x0a, /* PassphraseProof's fields, in protobuf's own bytes */
    PASSPHRASE_TAG = 0x12,
    CODE_TAG = 0x1a,
    KEY_TAG = 0x22,
    PROOF_TAG = 0x1a, /* of CreateSessionRequest */
};

/* --- the storm, in a process of its own: its calls share nothing with the ones measured --- */

struct storm {
    unsigned person;
};

static size_t put(uint8_t *out, size_t at, uint8_t tag, const void *value, size_t len)
{
    out[at] = tag;
    out[at + 1] = (uint8_t)len;
    memcpy(out + at + 2, value, len);
    return at + 2 + len;
}

/* A sign-in that is wrong, of another invented person each time. */
static void fill_storm(void *ctx, int slot, struct load_request *request)
{
    /* An Ed25519 key (the curve's generator): algorithm 2, 32 bytes. */
    static const uint8_t key[] = {0x08, 0x02, 0x12, 0x20, 0x58, 0x66, 0x66, 0x66, 0x66,
                                  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                  0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
    struct storm *storm = ctx;
    char number[32];
    uint8_t proof[120];
    (void)slot;
    int number_len = snprintf(number, sizeof number, "TEST-STORM-%u", storm->person++);
    size_t len = put(proof, 0, REGISTRATION_TAG, number, (size_t)number_len);
    len = put(proof, len, PASSPHRASE_TAG, "not the passphrase", 18);
    len = put(proof, len, CODE_TAG, "000000", 6);
    len = put(proof, len, KEY_TAG, key, sizeof key);
    request->token = NULL;
    request->body_len = put(request->body, 0, PROOF_TAG, proof, len);
}

/* Waves of two hundred, until it is ended.  Each connection comes from a network of its own, and each wave from others: what one network may
   try is counted (SEC-B4). */
static void rage(int port, unsigned round)
{
    struct storm storm = {.person = round * 1000000};
    for (unsigned wave = 0;; wave++) {
        struct load load = {.port = port,
                            .path = "/hayat.v1.SessionService/CreateSession",
                            .connections = STORM_CONNECTIONS,
                            .in_flight = STORM_IN_FLIGHT,
                            .calls = STORM_CONNECTIONS * STORM_IN_FLIGHT,
                            .patient = true,
                            .network = 1 + (round * 31 + wave) % 30,
                            .fill = fill_storm,
                            .ctx = &storm};
        struct load_result result;
        if (!load_run(&load, &result)) {
            _exit(1);
        }
        (void)usleep(STORM_PAUSE_US);
    }
}

static pid_t start_storm(int port, unsigned round)
{
    pid_t pid = fork();
    if (pid == 0) {
        rage(port, round);
    }
    (void)usleep(SETTLE_US);
    return pid;
}

/* False when the storm had ended by itself. */
static bool end_storm(pid_t pid)
{
    int how = 0;
    (void)kill(pid, SIGTERM);
    return waitpid(pid, &how, 0) == pid && WIFSIGNALED(how) != 0;
}

/* --- GetCard --- */

struct tokens {
    const struct state *state;
    int next;
};

static void fill_card(void *ctx, int slot, struct load_request *request)
{
    struct tokens *tokens = ctx;
    (void)slot;
    request->token = tokens->state->members[tokens->next];
    tokens->next = (tokens->next + 1) % tokens->state->member_count;
    request->body_len = 0;
}

struct side {
    struct series p50_us, p99_us;
};

static bool measure(struct bench *bench, struct tokens *tokens, struct side *side)
{
    struct load load = {.port = bench->state.port,
                        .path = "/hayat.v1.CardService/GetCard",
                        .connections = 1,
                        .in_flight = 1,
                        .calls = bench->calls / CALLS_SHARE,
                        .fill = fill_card,
                        .ctx = tokens};
    struct load_result result;
    if (!load_run(&load, &result) || result.failed > 0) {
        (void)fprintf(stderr, "hayat-bench: GetCard failed, grpc-status %d\n", result.first_status);
        return false;
    }
    series_add(&side->p50_us, (double)result.p50_ns / 1e3);
    series_add(&side->p99_us, (double)result.p99_ns / 1e3);
    return true;
}

static void print_side(const char *name, const struct side *side)
{
    (void)printf("  %-10s p50 %7.0f us   p99 %7.0f us (spread %2.0f %%)\n", name,
                 series_median(&side->p50_us), series_median(&side->p99_us),
                 100 * series_spread(&side->p99_us));
}

bool bench_storm(struct bench *bench)
{
    struct tokens tokens = {.state = &bench->state};
    struct side idle = {0}, storm = {0};
    struct series ratio = {0};
    for (int i = 0; i < bench->rounds; i++) {
        if (!measure(bench, &tokens, &idle)) {
            return false;
        }
        pid_t pid = start_storm(bench->state.port, (unsigned)i);
        bool measured = pid > 0 && measure(bench, &tokens, &storm);
        if (pid <= 0 || !end_storm(pid) || !measured) {
            return false;
        }
        series_add(&ratio, storm.p99_us.values[i] / idle.p99_us.values[i]);
    }
    (void)printf(
        "GetCard, one at a time, alone and under %d sign-ins by passphrase at one time, %d "
        "rounds of %d\n",
        STORM_CONNECTIONS * STORM_IN_FLIGHT, bench->rounds, bench->calls / CALLS_SHARE);
    print_side("alone", &idle);
    print_side("storm", &storm);
    (void)printf("  p99 under the storm is %.2f of the p99 alone (spread %.0f %%)\n\n",
                 series_median(&ratio), 100 * series_spread(&ratio));
    return true;
}
