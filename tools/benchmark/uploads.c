/*
 * uploads: whole documents through ByteStream.Write over TLS, sealed and on disk when acknowledged, by 1 and 8 clients at once,
 * against the serial sum of the parts, each measured by itself in the same round: the core's TLS and streams (hayat-sink drops the
 * same bytes), sealing, and writing and fsyncing files of the same bytes; and against those files alone.
 */
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/random.h"
#include "bench.h"
#include "filing.h"
#include "process.h"
#include "stats.h"
#include "storage/document_key.h"

enum { DOCUMENT_BYTES = 4 * 1024 * 1024, STREAMS_MOST = 8, DOCUMENTS_PER_STREAM = 2 };

static const int stream_counts[] = {1, STREAMS_MOST};

/* Whom the documents go to. */
struct target {
    int port;
    pid_t pid;
    char ca[PATH_MAX];
    bool keeps; /* hayatd: an upload must be declared, and is committed whole */
};

struct sender {
    pthread_t thread;
    struct channel *channel;
    const struct target *target;
    const uint8_t *data;
    struct upload_plan plans[DOCUMENTS_PER_STREAM];
    char ids[DOCUMENTS_PER_STREAM][ID_TEXT_MAX];
    bool done;
};

/* What all rounds share. */
struct work {
    struct bench *bench;
    struct target server, sink;
    struct upload_plan model;
    uint8_t *data;
    int next; /* pensioner not used before */
};

/* One part, or the whole: wall and CPU time for a megabyte, in milliseconds. */
struct cost {
    double wall, cpu;
};

/* --- sending --- */

static void *send_documents(void *ctx)
{
    struct sender *sender = ctx;
    sender->done = true;
    for (int i = 0; i < DOCUMENTS_PER_STREAM && sender->done; i++) {
        int64_t committed = 0;
        sender->done = filing_send(sender->channel, &sender->plans[i], sender->ids[i], sender->data,
                                   &committed) &&
                       (!sender->target->keeps || committed == sender->plans[i].size_bytes);
    }
    return NULL;
}

/* Fresh uploads of members not used before. */
static bool declare(struct work *work, struct sender *sender)
{
    const struct state *state = &work->bench->state;
    bool opened = true;
    for (int i = 0; i < DOCUMENTS_PER_STREAM && opened; i++) {
        sender->plans[i] = work->model;
        (void)snprintf(sender->ids[i], ID_TEXT_MAX, "upl_");
        if (sender->target->keeps) {
            sender->plans[i].token = state->pensioners[work->next++];
            opened = work->next < state->pensioner_count &&
                     filing_open(sender->channel, &sender->plans[i], sender->ids[i]);
        }
    }
    return opened;
}

static bool prepare(struct work *work, const struct target *target, struct sender *sender)
{
    char address[32];
    const struct channel_options options = {.target = address, .ca_file = target->ca};
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", target->port);
    sender->data = work->data;
    sender->target = target;
    return ok(channel_open(&options, &sender->channel)) && declare(work, sender);
}

static bool send_at_once(struct sender *senders, int streams)
{
    int started = 0;
    while (started < streams &&
           pthread_create(&senders[started].thread, NULL, send_documents, &senders[started]) == 0) {
        started++;
    }
    bool done = started == streams;
    for (int i = 0; i < started; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        done = done && senders[i].done;
    }
    return done;
}

static bool measure_sending(struct work *work, const struct target *target, int streams,
                            struct cost *ret)
{
    struct sender senders[STREAMS_MOST] = {0};
    double megabytes = (double)DOCUMENT_BYTES * DOCUMENTS_PER_STREAM * streams / 1e6;
    bool done = true;
    for (int i = 0; i < streams && done; i++) {
        done = prepare(work, target, &senders[i]);
    }
    int64_t cpu_ns = process_cpu_ns(target->pid), start_ns = stats_now_ns();
    done = done && send_at_once(senders, streams);
    ret->wall = (double)(stats_now_ns() - start_ns) / 1e6 / megabytes;
    ret->cpu = (double)(process_cpu_ns(target->pid) - cpu_ns) / 1e6 / megabytes;
    for (int i = 0; i < streams; i++) {
        channel_close(senders[i].channel);
    }
    return done;
}

/* --- the parts --- */

static int64_t own_cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void seal_document(const struct work *work)
{
    static uint8_t cell[LIMIT_CHUNK_CELL_BYTES];
    struct seal_key key = {{1}};
    for (size_t at = 0; at < DOCUMENT_BYTES; at += CHUNK_PLAIN_BYTES) {
        bytes chunk = bytes_head(bytes_of(work->data + at, DOCUMENT_BYTES - at), CHUNK_PLAIN_BYTES);
        const struct seal_place place = {.key = bytes_str("bench"), .epoch = 1};
        seal_cell(&key, &place, &random_system, chunk, cell);
    }
}

static void hash_document(const struct work *work)
{
    uint8_t hash[DIGEST_BYTES];
    (void)EVP_Digest(work->data, DOCUMENT_BYTES, hash, NULL, EVP_sha256(), NULL);
}

static struct cost measure_here(const struct work *work, void (*run)(const struct work *work))
{
    enum { TIMES = 4 };
    double megabytes = (double)DOCUMENT_BYTES * TIMES / 1e6;
    int64_t cpu_ns = own_cpu_ns(), start_ns = stats_now_ns();
    for (int i = 0; i < TIMES; i++) {
        run(work);
    }
    return (struct cost){(double)(stats_now_ns() - start_ns) / 1e6 / megabytes,
                         (double)(own_cpu_ns() - cpu_ns) / 1e6 / megabytes};
}

static struct cost measure_file(const struct work *work, int files)
{
    int64_t cpu_ns = own_cpu_ns();
    double rate = disk_write_rate(work->bench->state.directory, work->data, DOCUMENT_BYTES, files);
    double megabytes = (double)DOCUMENT_BYTES * files / 1e6;
    return (struct cost){1e3 / rate, (double)(own_cpu_ns() - cpu_ns) / 1e6 / megabytes};
}

/* --- rounds --- */

struct figures {
    struct series rate, per_core, of_wall, of_cpu, of_file;
    struct series tls, seal, hash, file; /* ms of CPU a MB, but file: of wall */
};

static bool run_round(struct work *work, int streams, struct figures *figures)
{
    struct cost tls, whole;
    struct cost file = measure_file(work, DOCUMENTS_PER_STREAM * streams);
    if (!measure_sending(work, &work->sink, streams, &tls) ||
        !measure_sending(work, &work->server, streams, &whole)) {
        return false;
    }
    struct cost seal = measure_here(work, seal_document), hash = measure_here(work, hash_document);
    series_add(&figures->rate, 1e3 / whole.wall);
    series_add(&figures->per_core, 1e3 / whole.cpu);
    series_add(&figures->of_wall, (tls.wall + seal.wall + file.wall) / whole.wall);
    series_add(&figures->of_cpu, (tls.cpu + seal.cpu + file.cpu) / whole.cpu);
    series_add(&figures->of_file, file.wall / whole.wall);
    series_add(&figures->tls, tls.cpu);
    series_add(&figures->seal, seal.cpu);
    series_add(&figures->hash, hash.cpu);
    series_add(&figures->file, file.wall);
    return true;
}

static bool measure(struct work *work, int streams)
{
    struct figures f = {0};
    for (int i = 0; i < work->bench->rounds; i++) {
        if (!run_round(work, streams, &f)) {
            return false;
        }
    }
    (void)printf(
        "  %d streams %5.0f MB/s (spread %2.0f %%), %4.0f MB/s per core   of the parts' sum: "
        "%.2f by the clock, %.2f by CPU   of file + fsync %.2f\n",
        streams, series_median(&f.rate), 100 * series_spread(&f.rate), series_median(&f.per_core),
        series_median(&f.of_wall), series_median(&f.of_cpu), series_median(&f.of_file));
    (void)printf("      parts, MB/s: TLS %.0f   seal %.0f   file + fsync %.0f   (beside them: "
                 "SHA-256 %.0f)\n",
                 1e3 / series_median(&f.tls), 1e3 / series_median(&f.seal),
                 1e3 / series_median(&f.file), 1e3 / series_median(&f.hash));
    return true;
}

/* --- the servers --- */

static bool start_sink(struct work *work)
{
    const struct state *state = &work->bench->state;
    char program[PATH_MAX + 16], address[32], cert[PATH_MAX + 32], key[PATH_MAX + 32],
        log[PATH_MAX + 32];
    work->sink = (struct target){.port = process_free_port()};
    (void)snprintf(program, sizeof program, "%s/hayat-sink", state->bin);
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", work->sink.port);
    (void)snprintf(cert, sizeof cert, "%s/tls/server.crt", state->directory);
    (void)snprintf(key, sizeof key, "%s/tls/server.key", state->directory);
    (void)snprintf(log, sizeof log, "%s/sink.log", state->directory);
    work->sink.pid = process_serve((const char *const[]){program, address, cert, key, NULL},
                                   work->sink.port, log);
    return work->sink.pid > 0;
}

static bool start_both(struct work *work)
{
    struct bench *bench = work->bench;
    if (!state_make_tls(&bench->state) || !start_sink(work)) {
        return false;
    }
    process_stop(bench->server);
    bench->server = bench_start_server(&bench->state, "hayatd-tls.conf");
    work->server = (struct target){.port = bench->state.port, .pid = bench->server, .keeps = true};
    (void)snprintf(work->server.ca, PATH_MAX, "%.*s/tls/ca.crt", PATH_MAX - 16,
                   bench->state.directory);
    memcpy(work->sink.ca, work->server.ca, PATH_MAX);
    return bench->server > 0;
}

static bool measure_all(struct work *work)
{
    bool done = start_both(work);
    for (size_t i = 0; i < ARRAY_LEN(stream_counts) && done; i++) {
        done = measure(work, stream_counts[i]);
    }
    process_stop(work->sink.pid);
    return done;
}

bool bench_uploads(struct bench *bench)
{
    /* from the middle: the writes took from the front */
    struct work work = {.bench = bench,
                        .model = {.size_bytes = DOCUMENT_BYTES},
                        .data = malloc(DOCUMENT_BYTES),
                        .next = bench->state.pensioner_count / 2};
    if (work.data == NULL) {
        return false;
    }
    random_fill(&random_system, work.data, DOCUMENT_BYTES);
    memcpy(work.data, "%PDF-1.7\n", 9);
    (void)crypto_hash_sha256(work.model.sha256, work.data, DOCUMENT_BYTES);
    (void)printf("uploads over TLS of %d MiB documents in messages of %d KiB, %d rounds\n",
                 DOCUMENT_BYTES / 1024 / 1024, FILING_STEP_BYTES / 1024, bench->rounds);
    bool done = measure_all(&work);
    (void)printf("\n");
    free(work.data);
    return done;
}
