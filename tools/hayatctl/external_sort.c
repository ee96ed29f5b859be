/*
 * A record in a buffer and in a run is its payload's length (u32), its key and its payload.  Beside the records a buffer
 * holds their index: the key's first 8 bytes, which mostly decide, and the record's place.
 */
#include "tools/hayatctl/external_sort.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"

enum {
    HEAD_BYTES = 4 + SORT_KEY_BYTES,
    RUNS_MAX = 4096,
    RECORD_GUESS = 160, /* bytes of a typical record: decides how much of a buffer is index */
    WRITE_BYTES = 1024 * 1024,   /* at a time */
    READ_BYTES_MIN = 128 * 1024, /* of each run, while merging: holds any record */
    READ_BYTES_MAX = 1024 * 1024,
};

struct entry {
    uint64_t prefix;
    uint32_t at;
};

struct buffer {
    uint8_t *records;
    size_t used, room;
    struct entry *entries;
    size_t count, entries_room;
};

/* A run in the file, and the window of it in memory while merging. */
struct run {
    uint64_t at, end; /* of what is not read yet */
    uint8_t *window;
    size_t from, to; /* of the window */
    uint64_t prefix; /* of the record at FROM */
};

struct external_sort {
    int fd;
    uint64_t file_bytes; /* the helper's until finish */
    size_t memory_bytes;
    struct buffer buffers[2];
    struct buffer *filling;
    uint8_t *out;

    pthread_t helper;
    bool helping;
    pthread_mutex_t lock; /* guards the next three */
    pthread_cond_t changed;
    struct buffer *full; /* the helper's to write; NULL: none */
    bool ending;
    bool failed;

    struct run *runs;
    size_t run_count;
    size_t window_bytes;
    uint8_t *windows;
    uint32_t *heap;
    size_t heap_count;
    bool started;
};

/* --- sorting a buffer --- */

static const uint8_t *record_key(const uint8_t *record)
{
    return record + 4;
}

static size_t record_bytes(const uint8_t *record)
{
    return (size_t)HEAD_BYTES + get_be32(record);
}

static int compare_entries(const void *left, const void *right, void *records)
{
    const struct entry *a = left, *b = right;
    if (a->prefix != b->prefix) {
        return a->prefix < b->prefix ? -1 : 1;
    }
    int order = memcmp(record_key((const uint8_t *)records + a->at) + 8,
                       record_key((const uint8_t *)records + b->at) + 8, SORT_KEY_BYTES - 8);
    return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static bool write_all(struct external_sort *sort, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = pwrite(sort->fd, data, len, (off_t)sort->file_bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
        sort->file_bytes += (uint64_t)n;
    }
    return true;
}

static bool write_run(struct external_sort *sort, struct buffer *buffer)
{
    if (sort->run_count == RUNS_MAX) {
        return false;
    }
    qsort_r(buffer->entries, buffer->count, sizeof(*buffer->entries), compare_entries,
            buffer->records);
    struct run *run = &sort->runs[sort->run_count++];
    run->at = sort->file_bytes;
    size_t used = 0;
    bool good = true;
    for (size_t i = 0; good && i < buffer->count; i++) {
        const uint8_t *record = buffer->records + buffer->entries[i].at;
        size_t len = record_bytes(record);
        if (used + len > WRITE_BYTES) {
            good = write_all(sort, sort->out, used);
            used = 0;
        }
        memcpy(sort->out + used, record, len);
        used += len;
    }
    good = good && write_all(sort, sort->out, used);
    run->end = sort->file_bytes;
    buffer->used = buffer->count = 0;
    return good;
}

/* --- the helper --- */

static void *help(void *arg)
{
    struct external_sort *sort = arg;
    (void)pthread_mutex_lock(&sort->lock);
    for (;;) {
        while (sort->full == NULL && !sort->ending) {
            (void)pthread_cond_wait(&sort->changed, &sort->lock);
        }
        struct buffer *buffer = sort->full;
        if (buffer == NULL) {
            break;
        }
        (void)pthread_mutex_unlock(&sort->lock);
        bool good = write_run(sort, buffer);
        (void)pthread_mutex_lock(&sort->lock);
        sort->full = NULL;
        sort->failed = sort->failed || !good;
        (void)pthread_cond_broadcast(&sort->changed);
    }
    (void)pthread_mutex_unlock(&sort->lock);
    return NULL;
}

/* Gives the full buffer to the helper once it has written the other; false when it failed. */
static bool hand_over(struct external_sort *sort)
{
    (void)pthread_mutex_lock(&sort->lock);
    while (sort->full != NULL) {
        (void)pthread_cond_wait(&sort->changed, &sort->lock);
    }
    bool good = !sort->failed;
    if (good && sort->filling->count > 0) {
        sort->full = sort->filling;
        sort->filling = sort->filling == &sort->buffers[0] ? &sort->buffers[1] : &sort->buffers[0];
        (void)pthread_cond_broadcast(&sort->changed);
    }
    (void)pthread_mutex_unlock(&sort->lock);
    return good;
}

static void end_helper(struct external_sort *sort)
{
    if (!sort->helping) {
        return;
    }
    (void)pthread_mutex_lock(&sort->lock);
    sort->ending = true;
    (void)pthread_cond_broadcast(&sort->changed);
    (void)pthread_mutex_unlock(&sort->lock);
    (void)pthread_join(sort->helper, NULL);
    sort->helping = false;
}

/* --- life --- */

static int open_file(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) {
        return fd;
    }
    /* A file system without O_TMPFILE: a name for a moment. */
    char path[4096];
    size_t len = strlen(directory);
    if (len + sizeof("/sort-XXXXXX") > sizeof(path)) {
        return -1;
    }
    memcpy(path, directory, len);
    memcpy(path + len, "/sort-XXXXXX", sizeof("/sort-XXXXXX"));
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        (void)unlink(path);
    }
    return fd;
}

static bool make_buffer(struct buffer *buffer, size_t memory_bytes)
{
    enum { SHARE = RECORD_GUESS + sizeof(struct entry) };
    buffer->entries_room = memory_bytes / SHARE + 1;
    buffer->room = memory_bytes / SHARE * RECORD_GUESS + HEAD_BYTES + SORT_PAYLOAD_MAX;
    buffer->records = malloc(buffer->room);
    buffer->entries = malloc(buffer->entries_room * sizeof(*buffer->entries));
    return buffer->records != NULL && buffer->entries != NULL && buffer->room <= UINT32_MAX;
}

status external_sort_open(const char *directory, size_t memory_bytes,
                          struct external_sort **ret_sort)
{
    struct external_sort *sort = calloc(1, sizeof *sort);
    if (sort == NULL) {
        return FAIL(ARENA_FULL);
    }
    sort->memory_bytes = memory_bytes;
    sort->filling = &sort->buffers[0];
    (void)pthread_mutex_init(&sort->lock, NULL);
    (void)pthread_cond_init(&sort->changed, NULL);
    sort->fd = open_file(directory);
    sort->runs = calloc(RUNS_MAX, sizeof *sort->runs);
    sort->out = malloc(WRITE_BYTES + HEAD_BYTES + SORT_PAYLOAD_MAX);
    /* qsort_r takes half an index more while it sorts: two buffers of 2/5 each leave room for it. */
    bool good = sort->fd >= 0 && sort->runs != NULL && sort->out != NULL &&
                make_buffer(&sort->buffers[0], memory_bytes * 2 / 5) &&
                make_buffer(&sort->buffers[1], memory_bytes * 2 / 5);
    if (good) {
        sort->helping = pthread_create(&sort->helper, NULL, help, sort) == 0;
    }
    if (!good || !sort->helping) {
        bool no_file = sort->fd < 0;
        external_sort_close(sort);
        return no_file ? FAIL(FILE_UNWRITABLE) : FAIL(ARENA_FULL);
    }
    *ret_sort = sort;
    return STATUS_OK;
}

static void free_buffers(struct external_sort *sort)
{
    for (size_t i = 0; i < 2; i++) {
        free(sort->buffers[i].records);
        free(sort->buffers[i].entries);
        sort->buffers[i] = (struct buffer){0};
    }
}

void external_sort_close(struct external_sort *sort)
{
    if (sort == NULL) {
        return;
    }
    end_helper(sort);
    free_buffers(sort);
    free(sort->out);
    free(sort->runs);
    free(sort->windows);
    free(sort->heap);
    if (sort->fd >= 0) {
        (void)close(sort->fd);
    }
    (void)pthread_cond_destroy(&sort->changed);
    (void)pthread_mutex_destroy(&sort->lock);
    free(sort);
}

status external_sort_add(struct external_sort *sort, const uint8_t *key, bytes payload)
{
    assert(payload.len <= SORT_PAYLOAD_MAX && !sort->started);
    struct buffer *buffer = sort->filling;
    size_t len = HEAD_BYTES + payload.len;
    if (buffer->count == buffer->entries_room || buffer->used + len > buffer->room) {
        if (!hand_over(sort)) {
            return FAIL(FILE_UNWRITABLE);
        }
        buffer = sort->filling;
    }
    uint8_t *record = buffer->records + buffer->used;
    put_be32(record, (uint32_t)payload.len);
    memcpy(record + 4, key, SORT_KEY_BYTES);
    if (payload.len > 0) {
        memcpy(record + HEAD_BYTES, payload.ptr, payload.len);
    }
    buffer->entries[buffer->count++] = (struct entry){get_be64(key), (uint32_t)buffer->used};
    buffer->used += len;
    return STATUS_OK;
}

/* --- merging --- */

static const uint8_t *run_record(const struct run *run)
{
    return run->window + run->from;
}

/* The window has a whole record at FROM, or the run is at its end (FROM = TO). */
static status refill(struct external_sort *sort, struct run *run)
{
    size_t left = run->to - run->from;
    if (left >= HEAD_BYTES && left >= record_bytes(run_record(run))) {
        return STATUS_OK;
    }
    memmove(run->window, run->window + run->from, left);
    run->from = 0;
    run->to = left;
    while (run->at < run->end && run->to < sort->window_bytes) {
        size_t want = sort->window_bytes - run->to;
        want = run->end - run->at < want ? (size_t)(run->end - run->at) : want;
        ssize_t n = pread(sort->fd, run->window + run->to, want, (off_t)run->at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return FAIL(FILE_UNREADABLE);
        }
        run->at += (uint64_t)n;
        run->to += (size_t)n;
    }
    return STATUS_OK;
}

/* Whether run A's record comes first; of equal keys the earlier run's does. */
static bool is_before(const struct external_sort *sort, uint32_t a, uint32_t b)
{
    const struct run *run_a = &sort->runs[a], *run_b = &sort->runs[b];
    if (run_a->prefix != run_b->prefix) {
        return run_a->prefix < run_b->prefix;
    }
    int order = memcmp(record_key(run_record(run_a)), record_key(run_record(run_b)),
                       SORT_KEY_BYTES);
    return order != 0 ? order < 0 : a < b;
}

static void sift_down(struct external_sort *sort, size_t at)
{
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= sort->heap_count) {
            return;
        }
        if (child + 1 < sort->heap_count &&
            is_before(sort, sort->heap[child + 1], sort->heap[child])) {
            child++;
        }
        if (!is_before(sort, sort->heap[child], sort->heap[at])) {
            return;
        }
        uint32_t other = sort->heap[child];
        sort->heap[child] = sort->heap[at];
        sort->heap[at] = other;
        at = child;
    }
}

static status make_windows(struct external_sort *sort)
{
    size_t count = sort->run_count > 0 ? sort->run_count : 1;
    size_t each = sort->memory_bytes / 2 / count;
    each = each > READ_BYTES_MAX ? READ_BYTES_MAX : each;
    sort->window_bytes = each < READ_BYTES_MIN ? READ_BYTES_MIN : each;
    sort->windows = malloc(sort->window_bytes * count);
    sort->heap = calloc(count, sizeof *sort->heap);
    if (sort->windows == NULL || sort->heap == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < sort->run_count; i++) {
        struct run *run = &sort->runs[i];
        run->window = sort->windows + i * sort->window_bytes;
        TRY(refill(sort, run));
        run->prefix = get_be64(record_key(run_record(run)));
        sort->heap[sort->heap_count++] = (uint32_t)i;
    }
    for (size_t i = sort->heap_count / 2; i-- > 0;) {
        sift_down(sort, i);
    }
    return STATUS_OK;
}

status external_sort_finish(struct external_sort *sort)
{
    bool good = hand_over(sort);
    good = hand_over(sort) && good; /* hands over nothing: waits until the last run is written */
    end_helper(sort);
    free_buffers(sort);
    if (!good || sort->failed) {
        return FAIL(FILE_UNWRITABLE);
    }
    return make_windows(sort);
}

status external_sort_next(struct external_sort *sort, struct sorted_record *ret_record)
{
    *ret_record = (struct sorted_record){0};
    if (sort->started && sort->heap_count > 0) {
        struct run *run = &sort->runs[sort->heap[0]];
        run->from += record_bytes(run_record(run));
        TRY(refill(sort, run));
        if (run->from == run->to) {
            sort->heap[0] = sort->heap[--sort->heap_count];
        } else {
            run->prefix = get_be64(record_key(run_record(run)));
        }
        sift_down(sort, 0);
    }
    sort->started = true;
    if (sort->heap_count == 0) {
        return STATUS_OK;
    }
    const uint8_t *record = run_record(&sort->runs[sort->heap[0]]);
    *ret_record = (struct sorted_record){record_key(record),
                                         bytes_of(record + HEAD_BYTES, get_be32(record))};
    return STATUS_OK;
}
