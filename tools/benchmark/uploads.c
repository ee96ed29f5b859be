/*
 * uploads: whole documents through ByteStream.Write, sealed and on disk when acknowledged, by 1 and
 * 8 clients at once, against writing and fsyncing files of the same bytes.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "bench.h"
#include "filing.h"
#include "process.h"
#include "stats.h"

enum { DOCUMENT_BYTES = 4 * 1024 * 1024, STREAMS_MOST = 8, DOCUMENTS_PER_STREAM = 2 };

static const int stream_counts[] = {1, STREAMS_MOST};

struct sender {
    pthread_t thread;
    struct channel *channel;
    const uint8_t *data;
    struct upload_plan plans[DOCUMENTS_PER_STREAM];
    char ids[DOCUMENTS_PER_STREAM][ID_TEXT_MAX];
    bool done;
};

static void *send_documents(void *ctx)
{
    struct sender *sender = ctx;
    sender->done = true;
    for (int i = 0; i < DOCUMENTS_PER_STREAM; i++) {
        sender->done = sender->done && filing_send(sender->channel, &sender->plans[i],
                                                   sender->ids[i], sender->data);
    }
    return NULL;
}

/* Fresh uploads of members not used before. */
static bool prepare(struct bench *bench, struct sender *sender, const struct upload_plan *model,
                    int *next)
{
    char target[32];
    (void)snprintf(target, sizeof target, "127.0.0.1:%d", bench->state.port);
    if (!ok(channel_open(&(struct channel_options){.target = target}, &sender->channel))) {
        return false;
    }
    bool opened = true;
    for (int i = 0; i < DOCUMENTS_PER_STREAM && opened; i++) {
        sender->plans[i] = *model;
        sender->plans[i].token = bench->state.pensioners[(*next)++];
        opened = *next < bench->state.pensioner_count &&
                 filing_open(sender->channel, &sender->plans[i], sender->ids[i]);
    }
    return opened;
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

/* MB (10^6 bytes) per second of one round; 0 when something failed. */
static double round_rate(struct bench *bench, const struct upload_plan *model, const uint8_t *data,
                         int streams, int *next)
{
    struct sender senders[STREAMS_MOST] = {0};
    bool done = true;
    for (int i = 0; i < streams && done; i++) {
        senders[i].data = data;
        done = prepare(bench, &senders[i], model, next);
    }
    int64_t start_ns = stats_now_ns();
    done = done && send_at_once(senders, streams);
    double seconds = (double)(stats_now_ns() - start_ns) / 1e9;
    for (int i = 0; i < streams; i++) {
        channel_close(senders[i].channel);
    }
    return done ? (double)DOCUMENT_BYTES * DOCUMENTS_PER_STREAM * streams / 1e6 / seconds : 0;
}

static bool measure(struct bench *bench, const struct upload_plan *model, const uint8_t *data,
                    int streams)
{
    static int next; /* from the end: the writes took from the front */
    struct series rate = {0}, disk = {0}, ratio = {0}, cpu = {0};
    if (next == 0) {
        next = bench->state.pensioner_count / 2;
    }
    for (int i = 0; i < bench->rounds; i++) {
        int files = DOCUMENTS_PER_STREAM * streams;
        double file = disk_write_rate(bench->state.directory, data, DOCUMENT_BYTES, files);
        int64_t before_ns = process_cpu_ns(bench->server);
        double sent = round_rate(bench, model, data, streams, &next);
        if (sent <= 0) {
            return false;
        }
        double megabytes = (double)DOCUMENT_BYTES * files / 1e6;
        series_add(&rate, sent);
        series_add(&disk, file);
        series_add(&ratio, sent / file);
        series_add(&cpu, (double)(process_cpu_ns(bench->server) - before_ns) / 1e6 / megabytes);
    }
    (void)printf("  %d streams %7.0f MB/s (spread %2.0f %%)   file + fsync %6.0f MB/s   ratio %.2f "
                 "  %.2f ms CPU/MB "
                 "(%.0f MB/s per core)\n",
                 streams, series_median(&rate), 100 * series_spread(&rate), series_median(&disk),
                 series_median(&ratio), series_median(&cpu), 1e3 / series_median(&cpu));
    return true;
}

bool bench_uploads(struct bench *bench)
{
    struct upload_plan model = {.size_bytes = DOCUMENT_BYTES};
    uint8_t *data = malloc(DOCUMENT_BYTES);
    if (data == NULL) {
        return false;
    }
    random_fill(&random_system, data, DOCUMENT_BYTES);
    memcpy(data, "%PDF-1.7\n", 9);
    (void)crypto_hash_sha256(model.sha256, data, DOCUMENT_BYTES);
    (void)printf("uploads of %d MiB documents in messages of %d KiB, %d rounds\n",
                 DOCUMENT_BYTES / 1024 / 1024, FILING_STEP_BYTES / 1024, bench->rounds);
    bool done = true;
    for (size_t i = 0; i < ARRAY_LEN(stream_counts) && done; i++) {
        done = measure(bench, &model, data, stream_counts[i]);
    }
    (void)printf("\n");
    free(data);
    return done;
}
