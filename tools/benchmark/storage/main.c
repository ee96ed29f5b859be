/*
 * hayat-bench-storage [--seconds S] [--cell CELL] DIRECTORY: the store's figures beside those of its disk, on
 * one file system, in one run.
 *
 *   fdatasync   overwrites of 4 KiB, each synced: the most single commits the disk could take
 *   commit n    durable updates of one 200-byte record, n jobs outstanding: group commit
 *   upload      1 MiB files, sealed, one commit each, beside file + fsync of the same bytes
 *   import      550-byte records, sealed, sorted, 10,000 to a commit
 *   get         random sealed records of 550 bytes, opened and decoded
 *
 * Rounds alternate, so that a noisy machine is noisy for all; medians are printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <popt.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/document_key.h"
#include "storage/table.h"
#include "storage/writer.h"

enum {
    EXIT_USAGE = 2,
    ROUNDS = 5,
    RECORD_BYTES = 550,
    UPDATE_BYTES = 200,
    UPDATE_ROWS = 100000,
    FILE_BYTES = 1024 * 1024,
    IMPORT_BATCH = 10000,
    SUBMITTERS_MAX = 64,
    PATH_BYTES = 4096,
    BULK_ARENA_BYTES = 64 * 1024 * 1024,
};

struct bench {
    const char *directory;
    int64_t round_us;
    struct db *db;
    struct writer *writer;
    struct seal_keys keys;
    struct arena arena;
    uint32_t imported; /* rows in table card, owners 0 .. imported - 1 */
    uint32_t files;
    uint64_t seed;
};

static void check(status result, const char *what)
{
    if (!ok(result)) {
        (void)fprintf(stderr, "%s: %s\n", what, reason_name(result.why));
        exit(EXIT_FAILURE);
    }
}

static void check_errno(bool good, const char *what)
{
    if (!good) {
        perror(what);
        exit(EXIT_FAILURE);
    }
}

static int64_t now_us(void)
{
    return clock_mono_us(&clock_system);
}

static uint32_t next_random(struct bench *b)
{
    b->seed = b->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(b->seed >> 33);
}

/* --- the disk alone --- */

static int open_file(struct bench *b, const char *name)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", b->directory, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    check_errno(fd >= 0, path);
    return fd;
}

static double bench_fdatasync(struct bench *b)
{
    static uint8_t page[4096];
    int fd = open_file(b, "disk.bin");
    uint64_t count = 0;
    int64_t start_us = now_us(), end_us = start_us + b->round_us;
    while (now_us() < end_us) {
        page[0]++;
        check_errno(pwrite(fd, page, sizeof page, 0) == sizeof page && fdatasync(fd) == 0,
                    "fdatasync");
        count++;
    }
    (void)close(fd);
    return (double)count * 1e6 / (double)(now_us() - start_us);
}

static double bench_file(struct bench *b)
{
    static uint8_t file[FILE_BYTES];
    uint64_t count = 0;
    int64_t start_us = now_us(), end_us = start_us + b->round_us;
    while (now_us() < end_us) {
        char name[32];
        (void)snprintf(name, sizeof name, "file.%u", b->files++ % 64);
        int fd = open_file(b, name);
        check_errno(ftruncate(fd, 0) == 0 && pwrite(fd, file, sizeof file, 0) == FILE_BYTES &&
                        fsync(fd) == 0,
                    "file");
        (void)close(fd);
        count++;
    }
    return (double)count * FILE_BYTES / (double)(now_us() - start_us);
}

/* --- group commit --- */

struct submitter {
    struct write_job job; /* first */
    struct bench *b;
    struct arena arena;
    int64_t end_us;
    uint64_t count;
    sem_t *ended;
};

static status update_one(struct write_job *job, struct txn *txn)
{
    struct submitter *s = (struct submitter *)(void *)job;
    static uint8_t value[UPDATE_BYTES];
    uint32_t row = (uint32_t)((s->count * 2654435761U + (uintptr_t)s) % UPDATE_ROWS);
    struct cell cell = cell_of(TABLE_import_state, key_u32(key_empty(), row));
    return table_put(txn, &cell, bytes_of(value, sizeof value));
}

/* Each one submits again as soon as it is told, as a client that waits for its reply does. */
static void update_done(struct write_job *job, status result)
{
    struct submitter *s = (struct submitter *)(void *)job;
    check(result, "commit");
    s->count++;
    arena_reset(&s->arena, LIMIT_ARENA_BASE_BYTES);
    if (now_us() < s->end_us) {
        check(writer_submit(s->b->writer, job), "submit");
    } else {
        (void)sem_post(s->ended);
    }
}

static double bench_commits(struct bench *b, uint32_t submitters)
{
    static struct submitter all[SUBMITTERS_MAX];
    sem_t ended;
    (void)sem_init(&ended, 0, 0);
    int64_t start_us = now_us();
    for (uint32_t i = 0; i < submitters; i++) {
        all[i] = (struct submitter){.job = {update_one, update_done, .arena = &all[i].arena},
                                    .b = b,
                                    .end_us = start_us + b->round_us,
                                    .ended = &ended};
        arena_init(&all[i].arena, LIMIT_ARENA_BASE_BYTES);
        check(writer_submit(b->writer, &all[i].job), "submit");
    }
    uint64_t count = 0;
    for (uint32_t i = 0; i < submitters; i++) {
        (void)sem_wait(&ended);
    }
    for (uint32_t i = 0; i < submitters; i++) {
        count += all[i].count;
        arena_fini(&all[i].arena);
    }
    (void)sem_destroy(&ended);
    return (double)count * 1e6 / (double)(now_us() - start_us);
}

static double bench_commit_1(struct bench *b)
{
    return bench_commits(b, 1);
}

static double bench_commit_8(struct bench *b)
{
    return bench_commits(b, 8);
}

static double bench_commit_64(struct bench *b)
{
    return bench_commits(b, 64);
}

/* --- upload --- */

static status put_file(void *ctx, struct txn *txn)
{
    struct bench *b = ctx;
    static uint8_t file[FILE_BYTES];
    struct owner owner = {{0xFE}};
    struct seal_key key;
    document_key_create(txn_random(txn), &key);
    struct key prefix = key_u32(key_owner(owner), b->files++ % 64);
    uint32_t count = document_chunk_count(FILE_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        struct cell cell = cell_of_owner(TABLE_document_chunk, owner, key_u32(prefix, i));
        cell.chunk_index = i;
        cell.chunk_count = count;
        cell.document_key = &key;
        bytes rest = bytes_skip(bytes_of(file, sizeof file), (size_t)i * CHUNK_PLAIN_BYTES);
        TRY(table_put(txn, &cell, bytes_head(rest, CHUNK_PLAIN_BYTES)));
    }
    return STATUS_OK;
}

static double bench_upload(struct bench *b)
{
    uint64_t count = 0;
    int64_t start_us = now_us(), end_us = start_us + b->round_us;
    while (now_us() < end_us) {
        arena_reset(&b->arena, BULK_ARENA_BYTES);
        check(writer_run(b->writer, &b->arena, put_file, b), "upload");
        count++;
    }
    return (double)count * FILE_BYTES / (double)(now_us() - start_us);
}

/* --- import and get --- */

static struct cell record_cell(uint32_t number)
{
    struct owner owner = {{0}};
    owner.bytes[0] = (uint8_t)(number >> 24), owner.bytes[1] = (uint8_t)(number >> 16);
    owner.bytes[2] = (uint8_t)(number >> 8), owner.bytes[3] = (uint8_t)number;
    return cell_of_owner(TABLE_card_photo, owner, key_u32(key_owner(owner), 0));
}

static status import_batch(void *ctx, struct txn *txn)
{
    struct bench *b = ctx;
    static uint8_t data[RECORD_BYTES];
    for (uint32_t i = 0; i < IMPORT_BATCH; i++) {
        Hayat__Store__V1__StoredPhoto photo = HAYAT__STORE__V1__STORED_PHOTO__INIT;
        photo.data = (ProtobufCBinaryData){sizeof data, data};
        struct cell cell = record_cell(b->imported + i);
        TRY(table_put_record(txn, &cell, &photo.base));
    }
    return STATUS_OK;
}

static double bench_import(struct bench *b)
{
    uint32_t before = b->imported;
    int64_t start_us = now_us(), end_us = start_us + b->round_us;
    while (now_us() < end_us) {
        arena_reset(&b->arena, BULK_ARENA_BYTES);
        check(writer_run_bulk(b->writer, &b->arena, import_batch, b), "import");
        b->imported += IMPORT_BATCH;
    }
    return (double)(b->imported - before) * 1e6 / (double)(now_us() - start_us);
}

static double bench_get(struct bench *b)
{
    uint64_t count = 0;
    if (b->imported == 0) {
        (void)bench_import(b);
    }
    arena_reset(&b->arena, BULK_ARENA_BYTES);
    int64_t start_us = now_us(), end_us = start_us + b->round_us;
    while (now_us() < end_us) {
        struct txn *txn = NULL;
        ProtobufCMessage *record = NULL;
        struct cell cell = record_cell(next_random(b) % b->imported);
        check(txn_begin_read(b->db, &b->arena, &txn), "read");
        check(table_get_record(txn, &cell, &record), "get");
        txn_end_read(txn);
        arena_reset(&b->arena, BULK_ARENA_BYTES);
        count++;
    }
    return (double)count * 1e6 / (double)(now_us() - start_us);
}

/* --- the run --- */

struct cell_of_run {
    const char *name, *unit;
    double (*run)(struct bench *b);
    double results[ROUNDS];
    const char *against; /* the row it is a share of */
};

static struct cell_of_run runs[] = {
    {"fdatasync", "/s", bench_fdatasync, {0}, NULL},
    {"commit 1", "/s", bench_commit_1, {0}, "fdatasync"},
    {"commit 8", "/s", bench_commit_8, {0}, "fdatasync"},
    {"commit 64", "/s", bench_commit_64, {0}, "fdatasync"},
    {"file+fsync", " MB/s", bench_file, {0}, NULL},
    {"upload", " MB/s", bench_upload, {0}, "file+fsync"},
    {"import", "/s", bench_import, {0}, NULL},
    {"get", "/s", bench_get, {0}, NULL},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct cell_of_run *run)
{
    double sorted[ROUNDS];
    memcpy(sorted, run->results, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof(*sorted), compare);
    return sorted[ROUNDS / 2];
}

static double share_of(const struct cell_of_run *run)
{
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        if (run->against != NULL && strcmp(runs[i].name, run->against) == 0) {
            return median(run) / median(&runs[i]);
        }
    }
    return 0;
}

static void print_results(void)
{
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        double sorted[ROUNDS];
        memcpy(sorted, runs[i].results, sizeof sorted);
        qsort(sorted, ROUNDS, sizeof(*sorted), compare);
        (void)printf("%-11s %9.0f%-5s (%.0f to %.0f)", runs[i].name, sorted[ROUNDS / 2],
                     runs[i].unit, sorted[0], sorted[ROUNDS - 1]);
        if (runs[i].against != NULL) {
            (void)printf("  %.2f of %s", share_of(&runs[i]), runs[i].against);
        }
        (void)printf("\n");
    }
}

static void open_store(struct bench *b)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/db", b->directory);
    for (size_t domain = 1; domain < DOMAIN_MAX; domain++) {
        b->keys.current[domain] = 1;
        random_fill(&random_system, b->keys.key[domain][1].bytes, SEAL_KEY_BYTES);
    }
    struct db_options options = {path, &b->keys, &clock_system, &random_system,
                                 .allow_test_file_systems = true};
    check(db_open(&options, &b->db), path);
    struct writer_options writer = {.db = b->db};
    check(writer_start(&writer, &b->writer), "writer");
}

struct arguments {
    const char *directory, *cell;
    double seconds;
};

static bool parse_arguments(poptContext context, struct arguments *ret)
{
    poptSetOtherOptionHelp(context,
                           "[OPTION...] DIRECTORY\n\nMeasures what the store in a new DIRECTORY "
                           "costs, beside what its "
                           "disk can do.  Exit codes: 0 measured, 1 failed,\n2 wrong arguments.\n");
    int next = poptGetNextOpt(context);
    if (next < -1) {
        (void)fprintf(stderr, "hayat-bench-storage: %s: %s\n", poptBadOption(context, 0),
                      poptStrerror(next));
        return false;
    }
    ret->directory = poptGetArg(context);
    if (ret->directory == NULL || poptPeekArg(context) != NULL || ret->seconds <= 0) {
        (void)fprintf(stderr, "hayat-bench-storage: one DIRECTORY is needed (--help tells more)\n");
        return false;
    }
    return true;
}

static int measure(const struct arguments *arguments)
{
    static struct bench b;
    b = (struct bench){.directory = arguments->directory,
                       .round_us = (int64_t)(arguments->seconds * 1e6),
                       .seed = 1};
    check_errno(mkdir(b.directory, 0700) == 0 || errno == EEXIST, b.directory);
    arena_init(&b.arena, BULK_ARENA_BYTES);
    open_store(&b);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
            if (arguments->cell == NULL || strcmp(arguments->cell, runs[i].name) == 0) {
                runs[i].results[round] = runs[i].run(&b);
            }
        }
    }
    print_results();
    writer_stop(b.writer);
    db_close(b.db);
    arena_fini(&b.arena);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.seconds = 0.5};
    char *cell = NULL;
    const struct poptOption options[] = {
        {"seconds", 's', POPT_ARG_DOUBLE | POPT_ARGFLAG_SHOW_DEFAULT, &arguments.seconds, 0,
         "for each cell and round", "SECONDS"},
        {"cell", 'c', POPT_ARG_STRING, &cell, 0, "this one alone", "CELL"},
        POPT_AUTOHELP POPT_TABLEEND,
    };
    poptContext context = poptGetContext("hayat-bench-storage", argc, (void *)argv, options, 0);
    int code = EXIT_USAGE;
    if (parse_arguments(context, &arguments)) {
        arguments.cell = cell;
        code = measure(&arguments);
    }
    poptFreeContext(context);
    free(cell);
    return code;
}
