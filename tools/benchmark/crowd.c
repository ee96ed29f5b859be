/*
 * crowd: what calls take while fifty members upload: GetCard and small durable writes, one at a time, alone and beside the uploads,
 * at the speed of phones and at full speed, paired.
 *
 * The uploads are a process of their own (hayat-bench --as-crowd), so that they share the load's core but not its thread.
 */
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/random.h"
#include "bench.h"
#include "filing.h"
#include "pool.h"
#include "process.h"
#include "stats.h"

enum {
    CROWD = 50,
    DOCUMENT_BYTES = 6000000,
    DOCUMENTS_EACH = 10, /* of one certificate; all but the whole day's 60 MiB */
    PHONE_BYTES_PER_SECOND = 600000,
    SETTLE_US = 700000,
    CARDS = 1000,
    WRITES = 100,
    POOL_UPLOADS = 100, /* 280 writes each */
};

/* --- the crowd's side --- */

static struct upload_plan crowd_model;
static uint8_t *crowd_data;
static char crowd_target[32];

/* Uploads one document after the other until it is ended, or has no more to send. */
static void *upload_on(void *ctx)
{
    struct channel *channel;
    struct upload_plan plan = crowd_model;
    char draft[ID_TEXT_MAX];
    plan.token = ctx;
    if (!ok(channel_open(&(struct channel_options){.target = crowd_target}, &channel)) ||
        !filing_draft(channel, plan.token, draft)) {
        return NULL;
    }
    bool going = true;
    for (int i = 0; i < DOCUMENTS_EACH && going; i++) {
        char id[ID_TEXT_MAX];
        int64_t committed;
        going = filing_declare(channel, &plan, draft, id) &&
                filing_send(channel, &plan, id, crowd_data, &committed);
    }
    channel_close(channel);
    return NULL;
}

/* PORT, bytes a second of each (0: as fast as it goes), then a token a line. */
bool bench_be_crowd(const char *path)
{
    static char tokens[CROWD][TOKEN_TEXT_LEN + 2];
    static pthread_t threads[CROWD];
    char first[64], *rest;
    int count = 0;
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    crowd_data = malloc(DOCUMENT_BYTES);
    if (file == NULL || crowd_data == NULL || fgets(first, sizeof first, file) == NULL) {
        return false;
    }
    (void)snprintf(crowd_target, sizeof crowd_target, "127.0.0.1:%ld", strtol(first, &rest, 10));
    random_fill(&random_system, crowd_data, DOCUMENT_BYTES);
    memcpy(crowd_data, "%PDF-1.7\n", 9);
    crowd_model = (struct upload_plan){.size_bytes = DOCUMENT_BYTES,
                                       .item = FILING_ITEM_OTHER,
                                       .bytes_per_second = (int)strtol(rest, NULL, 10)};
    (void)crypto_hash_sha256(crowd_model.sha256, crowd_data, DOCUMENT_BYTES);
    while (count < CROWD && fgets(tokens[count], sizeof tokens[count], file) != NULL) {
        tokens[count][strcspn(tokens[count], "\n")] = '\0';
        (void)pthread_create(&threads[count], NULL, upload_on, tokens[count]);
        count++;
    }
    for (int i = 0; i < count; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return true;
}

/* --- the bench's side --- */

static pid_t start_crowd(struct bench *bench, int pace, int *next)
{
    char path[PATH_MAX + 16], program[PATH_MAX + 16], log[PATH_MAX + 16];
    struct state *state = &bench->state;
    (void)snprintf(path, sizeof path, "%s/crowd", state->directory);
    (void)snprintf(program, sizeof program, "%s/hayat-bench", state->bin);
    (void)snprintf(log, sizeof log, "%s/crowd.log", state->directory);
    FILE *file = fopen(path, "we");
    if (file == NULL || *next + CROWD > state->pensioner_count) {
        (void)fprintf(stderr, "hayat-bench: more --members are needed for so many rounds\n");
        return -1;
    }
    (void)fprintf(file, "%d %d\n", state->port, pace);
    for (int i = 0; i < CROWD; i++) {
        (void)fprintf(file, "%s\n", state->pensioners[(*next)++]);
    }
    (void)fclose(file);
    const char *const argv[] = {program, "--as-crowd", path, NULL};
    pid_t pid = process_start(argv, log);
    (void)usleep(SETTLE_US);
    return pid;
}

/* False when they had nothing more to send before the measurement ended. */
static bool end_crowd(pid_t pid)
{
    int how = 0;
    (void)kill(pid, SIGKILL);
    return waitpid(pid, &how, 0) == pid && WIFSIGNALED(how) != 0;
}

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

struct calls {
    struct series p50_us, p99_us;
};

static bool measure_calls(struct load load, struct calls *calls)
{
    struct load_result result;
    load.connections = load.in_flight = 1;
    if (!load_run(&load, &result) || result.failed > 0) {
        (void)fprintf(stderr, "hayat-bench: %s failed, grpc-status %d\n", load.path,
                      result.first_status);
        return false;
    }
    series_add(&calls->p50_us, (double)result.p50_ns / 1e3);
    series_add(&calls->p99_us, (double)result.p99_ns / 1e3);
    return true;
}

struct figures {
    struct calls cards, writes;
    struct series megabytes; /* taken in by the server each second */
};

static bool measure(struct bench *bench, struct tokens *tokens, struct pool *writes,
                    struct figures *figures)
{
    const struct load cards = {.port = bench->state.port,
                               .path = "/hayat.v1.CardService/GetCard",
                               .calls = CARDS,
                               .fill = fill_card,
                               .ctx = tokens};
    const struct load small = {.port = bench->state.port,
                               .path = POOL_WRITE_PATH,
                               .calls = WRITES,
                               .fill = pool_fill,
                               .ctx = writes};
    pool_begin(writes);
    int64_t before = process_written_bytes(bench->server), start_ns = stats_now_ns();
    bool measured = measure_calls(cards, &figures->cards) && measure_calls(small, &figures->writes);
    double seconds = (double)(stats_now_ns() - start_ns) / 1e9;
    series_add(&figures->megabytes,
               (double)(process_written_bytes(bench->server) - before) / 1e6 / seconds);
    return measured;
}

static void print_figures(const char *name, const struct figures *f)
{
    (void)printf("  %-16s GetCard p50 %6.0f p99 %7.0f us   small write p50 %6.0f p99 %7.0f us   "
                 "(%.0f MB/s written)\n",
                 name, series_median(&f->cards.p50_us), series_median(&f->cards.p99_us),
                 series_median(&f->writes.p50_us), series_median(&f->writes.p99_us),
                 series_median(&f->megabytes));
}

static bool measure_pair(struct bench *bench, struct pool *writes, int pace, int *next)
{
    struct tokens tokens = {.state = &bench->state};
    static struct figures alone, beside;
    alone = beside = (struct figures){0};
    for (int i = 0; i < bench->rounds; i++) {
        if (!measure(bench, &tokens, writes, &alone)) {
            return false;
        }
        pid_t pid = start_crowd(bench, pace, next);
        bool measured = pid > 0 && measure(bench, &tokens, writes, &beside);
        if (pid <= 0 || !end_crowd(pid) || !measured) {
            return false;
        }
    }
    print_figures("alone", &alone);
    print_figures(pace > 0 ? "beside phones" : "beside full speed", &beside);
    return true;
}

bool bench_crowd(struct bench *bench)
{
    int next = bench->state.pensioner_count / 2;
    struct pool *writes = calloc(1, sizeof *writes);
    bool done = writes != NULL && pool_open(bench, writes, POOL_UPLOADS);
    (void)printf("calls beside %d members who upload, one call at a time, %d rounds\n", CROWD,
                 bench->rounds);
    done = done && measure_pair(bench, writes, PHONE_BYTES_PER_SECOND, &next) &&
           measure_pair(bench, writes, 0, &next);
    (void)printf("\n");
    free(writes);
    return done;
}
