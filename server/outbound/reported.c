#include "outbound/reported.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/defer.h"
#include "base/limits.h"
#include "outbound/durable.h"

#define SUBDIRECTORY "reports"

enum { LINE_BYTES = 32 };

static bool is_id(const char *id)
{
    struct id parsed;
    return id_parse(bytes_str(id), "obx", &parsed);
}

/* --- one file: "a 1", "n 2" --- */

static bool read_item(const struct reported *reported, const char *id,
                      struct reported_item *ret_item)
{
    char line[LINE_BYTES] = "", *end = NULL;
    DEFER(defer_close)
    int file = openat(reported->directory, id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 || read(file, line, sizeof line - 1) < 4) {
        return false;
    }
    ret_item->type = (int)strtol(line + 2, &end, 10);
    if (*end != '\n') {
        return false;
    }
    (void)snprintf(ret_item->outbox_id, sizeof ret_item->outbox_id, "%s", id);
    ret_item->word = line[0] == 'a' ? REPORT_ARRIVED : REPORT_NOT_ARRIVED;
    return true;
}

static status write_item(const struct reported *reported, const struct reported_item *item)
{
    char line[LINE_BYTES];
    int len = snprintf(line, sizeof line, "%c %d\n", item->word == REPORT_ARRIVED ? 'a' : 'n',
                       item->type);
    return durable_put(reported->directory, item->outbox_id, bytes_of(line, (size_t)len));
}

static status put(struct reported *reported, const struct reported_item *item)
{
    struct reported_item known = {.word = REPORT_NOTHING};
    bool there = read_item(reported, item->outbox_id, &known);
    if (there && known.word >= item->word) {
        return STATUS_OK;
    }
    if (!there && reported->count >= reported->max) {
        return FAIL(OVERLOADED);
    }
    TRY(write_item(reported, item));
    reported->count += there ? 0 : 1;
    return STATUS_OK;
}

status reported_put(struct reported *reported, const char *outbox_id, enum report_word word,
                    int type)
{
    struct reported_item item = {.word = word, .type = type};
    if (!is_id(outbox_id)) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)snprintf(item.outbox_id, sizeof item.outbox_id, "%s", outbox_id);
    (void)pthread_mutex_lock(&reported->mutex);
    status s = put(reported, &item);
    (void)pthread_mutex_unlock(&reported->mutex);
    return s;
}

static void drop(struct reported *reported, const char *id)
{
    if (unlinkat(reported->directory, id, 0) == 0 && reported->count > 0) {
        reported->count--;
    }
}

void reported_forget(struct reported *reported, const struct reported_item *item)
{
    struct reported_item known;
    (void)pthread_mutex_lock(&reported->mutex);
    if (read_item(reported, item->outbox_id, &known) && known.word == item->word) {
        drop(reported, item->outbox_id);
    }
    (void)pthread_mutex_unlock(&reported->mutex);
}

/* --- all of them --- */

/* Return false to stop. */
typedef bool see_file(struct reported *reported, const char *id, void *ctx);

static void each_file(struct reported *reported, see_file *see, void *ctx)
{
    int copy = openat(reported->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    bool more = directory != NULL;
    (void)pthread_mutex_lock(&reported->mutex);
    while (more) {
        const struct dirent *entry = readdir(directory);
        more = entry != NULL && (!is_id(entry->d_name) || see(reported, entry->d_name, ctx));
    }
    (void)pthread_mutex_unlock(&reported->mutex);
    if (directory != NULL) {
        (void)closedir(directory);
    }
}

struct listing {
    size_t skip, max, count;
    struct reported_item *items;
};

static bool list_file(struct reported *reported, const char *id, void *ctx)
{
    struct listing *listing = ctx;
    if (listing->skip > 0) {
        listing->skip--;
    } else if (listing->count < listing->max &&
               read_item(reported, id, &listing->items[listing->count])) {
        listing->count++;
    }
    return listing->count < listing->max;
}

size_t reported_list(struct reported *reported, size_t skip, size_t max,
                     struct reported_item *ret_items)
{
    struct listing listing = {.skip = skip, .max = max, .items = ret_items};
    each_file(reported, list_file, &listing);
    return listing.count;
}

static bool sweep_file(struct reported *reported, const char *id, void *ctx)
{
    const int64_t *before_ms = ctx;
    struct stat about;
    if (fstatat(reported->directory, id, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
        about.st_mtim.tv_sec * INT64_C(1000) < *before_ms) {
        drop(reported, id);
    }
    return true;
}

void reported_sweep(struct reported *reported, int64_t now_ms)
{
    int64_t before_ms = now_ms - LIMIT_REPORT_LIFE_MS;
    int64_t since_ms = now_ms - reported->swept_ms;
    if (since_ms >= 0 && since_ms < LIMIT_REPORT_SWEEP_MS) {
        return;
    }
    reported->swept_ms = now_ms; /* a clock that was set back begins anew */
    each_file(reported, sweep_file, &before_ms);
}

static bool count_file(struct reported *reported, const char *id, void *ctx)
{
    (void)id;
    (void)ctx;
    reported->count++;
    return true;
}

status reported_open(int parent, struct reported *ret_reported)
{
    if (mkdirat(parent, SUBDIRECTORY, 0700) != 0 && errno != EEXIST) {
        return FAIL(FILE_UNWRITABLE);
    }
    int directory = openat(parent, SUBDIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        return FAIL(FILE_UNREADABLE);
    }
    *ret_reported = (struct reported){.directory = directory, .max = REPORTED_MAX};
    (void)pthread_mutex_init(&ret_reported->mutex, NULL);
    each_file(ret_reported, count_file, NULL);
    return STATUS_OK;
}

void reported_close(struct reported *reported)
{
    defer_close(&reported->directory);
    reported->directory = -1;
    (void)pthread_mutex_destroy(&reported->mutex);
}
