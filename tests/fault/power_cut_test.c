/*
 * Promise: after a power cut at any moment, whatever part of the unsynced sectors reached the
 * disk, the store opens, has every acknowledged write and no half job (SEC-D4, SEC-G1).
 *
 * How: every write and sync of a run is recorded together with each acknowledgement; a cut is a
 * place in that record. The image of a cut holds all writes that were synced before it and a
 * random choice of 512-byte sectors of the others. The two controls leave syncs out of the model,
 * as NOSYNC and NOMETASYNC would: if they show nothing bad, the test has no teeth.
 * HAYAT_POWER_CUTS=n sets the number of images.
 */
#include "tests/support/storage_calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "storage/check.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/ledger.h"

enum {
    JOBS = 60,
    TOGETHER = 3,
    EVENTS_MAX = 4096,
    SECTOR = 512,
    IMAGES = 200,
    CONTROL_IMAGES = 100
};

enum event_kind { EVENT_WRITE, EVENT_SYNC, EVENT_TRUNCATE, EVENT_ACKNOWLEDGE };

struct event {
    enum event_kind kind;
    bool durable; /* a write through a descriptor that syncs */
    size_t offset, len;
    uint8_t *data;
    uint32_t number;
};

/* What the disk is believed to do. */
struct model {
    bool sync_works, durable_writes_work;
};

static struct {
    struct event events[EVENTS_MAX];
    size_t count;
    uint8_t *base; /* the file when the recording began */
    size_t base_len;
} record;

/* --- recording --- */

static struct event *add_event(enum event_kind kind)
{
    assert_true(record.count < EVENTS_MAX);
    struct event *event = &record.events[record.count++];
    event->kind = kind;
    return event;
}

static void record_write(const struct storage_call *call)
{
    struct event *event = add_event(EVENT_WRITE);
    event->durable = (fcntl(call->fd, F_GETFL) & O_DSYNC) != 0;
    event->offset = (size_t)call->offset;
    for (int i = 0; i < call->count; i++) {
        event->len += call->parts[i].iov_len;
    }
    event->data = malloc(event->len);
    assert_non_null(event->data);
    size_t at = 0;
    for (int i = 0; i < call->count; i++) {
        memcpy(event->data + at, call->parts[i].iov_base, call->parts[i].iov_len);
        at += call->parts[i].iov_len;
    }
}

static int record_call(const struct storage_call *call)
{
    switch (call->kind) {
    case CALL_WRITE:
        record_write(call);
        break;
    case CALL_SYNC:
        (void)add_event(EVENT_SYNC);
        break;
    case CALL_TRUNCATE:
        add_event(EVENT_TRUNCATE)->len = (size_t)call->offset;
        break;
    }
    return 0;
}

static void record_acknowledgement(void *ctx, uint32_t number)
{
    (void)ctx;
    add_event(EVENT_ACKNOWLEDGE)->number = number; /* on the writer's thread, as its writes are */
}

static void record_run(struct temp_store *t)
{
    temp_store_start(t);
    temp_store_restart(t);
    record.base = temp_store_file(t, &record.base_len);
    struct ledger ledger = {.jobs = JOBS, .together = TOGETHER};
    hook = record_call;
    ledger_write(t, &ledger, record_acknowledgement, NULL);
    hook = NULL;
    temp_store_close(t);
}

/* --- images --- */

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

struct image {
    uint8_t *data;
    size_t len, room;
};

static void apply_part(struct image *image, const struct event *event, size_t from, size_t len)
{
    assert_true(event->offset + from + len <= image->room);
    memcpy(image->data + event->offset + from, event->data + from, len);
    size_t end = event->offset + from + len;
    image->len = end > image->len ? end : image->len;
}

/* CHANCE of 100 for each sector. */
static void apply_torn(struct image *image, const struct event *event, uint32_t chance,
                       uint64_t *seed)
{
    for (size_t at = 0; at < event->len; at += SECTOR) {
        if (next_random(seed) % 100 < chance) {
            apply_part(image, event, at, event->len - at < SECTOR ? event->len - at : SECTOR);
        }
    }
}

static void apply_truncation(struct image *image, const struct event *event)
{
    image->len = event->len > image->len ? event->len
                                         : image->len; /* in so small a run the file only grows */
}

static size_t last_sync_before(size_t cut, const struct model *model)
{
    for (size_t i = cut; model->sync_works && i > 0; i--) {
        if (record.events[i - 1].kind == EVENT_SYNC) {
            return i;
        }
    }
    return 0;
}

static void make_image(struct image *image, size_t cut, const struct model *model, uint64_t *seed)
{
    memcpy(image->data, record.base, record.base_len);
    memset(image->data + record.base_len, 0, image->room - record.base_len);
    image->len = record.base_len;
    size_t synced = last_sync_before(cut, model);
    static const uint32_t chances[] = {0, 10, 50, 90, 100};
    uint32_t chance = chances[next_random(seed) % 5];
    for (size_t i = 0; i < cut; i++) {
        const struct event *event = &record.events[i];
        bool is_durable = i < synced ||
                          (event->durable && model->durable_writes_work && i + 1 < cut);
        if (event->kind == EVENT_TRUNCATE && (is_durable || next_random(seed) % 100 < chance)) {
            apply_truncation(image, event);
        } else if (event->kind == EVENT_WRITE) {
            apply_torn(image, event, is_durable ? 100 : chance, seed);
        }
    }
}

static void write_image(const struct image *image, const struct temp_store *t)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/lock.mdb", t->db_directory);
    (void)unlink(path); /* a power cut leaves no locks */
    (void)snprintf(path, sizeof path, "%s/data.mdb", t->db_directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)image->len), 0);
    static const uint8_t zeroes[4096];
    for (size_t at = 0; at < image->len; at += sizeof zeroes) { /* holes stay holes: it is faster */
        size_t len = image->len - at < sizeof zeroes ? image->len - at : sizeof zeroes;
        if (memcmp(image->data + at, zeroes, len) != 0) {
            assert_int_equal(pwrite(fd, image->data + at, len, (off_t)at), len);
        }
    }
    assert_int_equal(close(fd), 0);
}

/* --- judging --- */

static bool has_all_acknowledged(const bool *found, size_t cut)
{
    for (size_t i = 0; i < cut; i++) {
        if (record.events[i].kind == EVENT_ACKNOWLEDGE && !found[record.events[i].number]) {
            return false;
        }
    }
    return true;
}

static int look_at_image(struct temp_store *t, size_t cut)
{
    bool found[JOBS] = {false};
    struct db_check_report report;
    temp_store_open(t);
    (void)ledger_read(t, JOBS, found);
    return has_all_acknowledged(found, cut) && ok(db_check(t->db, NULL, NULL, &report)) ? 0 : 1;
}

/* In a process of its own: a bad image may well crash LMDB. */
static bool is_good(struct temp_store *t, size_t cut)
{
    pid_t pid = fork();
    if (pid == 0) {
        temp_store_in_child();
        (void)alarm(20);
        (void)close(STDERR_FILENO); /* what a control says while it fails is no news */
        (void)close(STDOUT_FILENO);
        _exit(look_at_image(t, cut));
    }
    int wait_status = 0;
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

static size_t largest_end(void)
{
    size_t end = record.base_len;
    for (size_t i = 0; i < record.count; i++) {
        const struct event *event = &record.events[i];
        size_t this_end = event->kind == EVENT_TRUNCATE ? event->len : event->offset + event->len;
        end = this_end > end ? this_end : end;
    }
    return end;
}

static uint32_t count_bad(struct temp_store *t, const struct model *model, uint32_t images)
{
    struct image image = {.room = largest_end()};
    image.data = malloc(image.room);
    assert_non_null(image.data);
    uint64_t seed = 20260115;
    uint32_t bad = 0;
    for (uint32_t i = 0; i < images; i++) {
        size_t cut = 1 + next_random(&seed) % record.count;
        uint64_t image_seed = seed;
        make_image(&image, cut, model, &seed);
        write_image(&image, t);
        if (!is_good(t, cut)) {
            bad++;
            if (model->sync_works && model->durable_writes_work) {
                print_message("bad: cut at event %zu, seed %llu\n", cut,
                              (unsigned long long)image_seed);
            }
        }
    }
    free(image.data);
    return bad;
}

static uint32_t images_from_environment(void)
{
    const char *text = getenv("HAYAT_POWER_CUTS");
    return text != NULL ? (uint32_t)strtoul(text, NULL, 10) : IMAGES;
}

static void no_cut_loses_an_acknowledged_write(void **state)
{
    static const struct model honest = {.sync_works = true, .durable_writes_work = true};
    assert_int_equal(count_bad(*state, &honest, images_from_environment()), 0);
}

static void without_sync_it_would(void **state)
{
    static const struct model nosync = {.sync_works = false, .durable_writes_work = false};
    assert_int_not_equal(count_bad(*state, &nosync, CONTROL_IMAGES), 0);
}

static void without_meta_sync_it_would(void **state)
{
    static const struct model nometasync = {.sync_works = true, .durable_writes_work = false};
    assert_int_not_equal(count_bad(*state, &nometasync, CONTROL_IMAGES), 0);
}

static int record_once(void **state)
{
    static struct temp_store t;
    record_run(&t);
    *state = &t;
    return 0;
}

static int forget(void **state)
{
    for (size_t i = 0; i < record.count; i++) {
        free(record.events[i].data);
    }
    free(record.base);
    temp_store_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cut_loses_an_acknowledged_write),
        cmocka_unit_test(without_sync_it_would),
        cmocka_unit_test(without_meta_sync_it_would),
    };
    return cmocka_run_group_tests(tests, record_once, forget);
}
