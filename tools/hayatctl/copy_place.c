#include "tools/hayatctl/copy_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/defer.h"
#include "base/limits.h"
#include "tools/hayatctl/command.h"
#include "tools/hayatctl/copy_file.h"

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600, OTHERS_WRITE = 0022, MIB = 1024 * 1024 };

static const char UNFINISHED[] = ".unfinished-";
static const char *const files[] = {"data.mdb", "lock.mdb", "manifest"};

static bool failed(const char *path)
{
    complain("%s: %s", path, strerror(errno));
    return false;
}

bool copy_place_join(char out[PATH_MAX], const char *path, const char *name)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", path, name);
    if (n <= 0 || n >= PATH_MAX) {
        complain("%.64s…: the path is too long", path);
        return false;
    }
    return true;
}

static bool unfinished_path(const struct copy_place *place, const char *name, char out[PATH_MAX])
{
    char last[sizeof UNFINISHED + COPY_NAME_BYTES];
    (void)snprintf(last, sizeof last, "%s%s", UNFINISHED, name);
    return copy_place_join(out, place->path, last);
}

/* --- listing --- */

struct names {
    struct dirent **entries;
    char **names;
    size_t count;
};

static void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->entries[i]);
    }
    free(names->entries);
    free(names->names);
    *names = (struct names){.count = 0};
}

static int is_copy(const struct dirent *entry)
{
    int64_t wall_ms;
    return copy_name_time(entry->d_name, &wall_ms) ? 1 : 0;
}

static int is_unfinished(const struct dirent *entry)
{
    int64_t wall_ms;
    size_t prefix = strlen(UNFINISHED);
    return strncmp(entry->d_name, UNFINISHED, prefix) == 0 &&
                   copy_name_time(entry->d_name + prefix, &wall_ms)
               ? 1
               : 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool list(const char *path, int (*wanted)(const struct dirent *), struct names *ret_names)
{
    *ret_names = (struct names){.count = 0};
    int count = scandir(path, &ret_names->entries, wanted, by_bytes);
    if (count < 0) {
        return failed(path);
    }
    ret_names->count = (size_t)count;
    ret_names->names = calloc(ret_names->count + 1, sizeof *ret_names->names);
    if (ret_names->names == NULL) {
        complain("no memory");
        names_fini(ret_names);
        return false;
    }
    for (size_t i = 0; i < ret_names->count; i++) {
        ret_names->names[i] = ret_names->entries[i]->d_name;
    }
    return true;
}

/* --- removing --- */

/* Our files alone.  What somebody else put there keeps the directory, and is told; it does not keep copies from being made. */
static bool remove_directory(const char *path)
{
    char file[PATH_MAX];
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        if (!copy_place_join(file, path, files[i])) {
            return false;
        }
        if (unlink(file) != 0 && errno != ENOENT) {
            return failed(file);
        }
    }
    if (rmdir(path) == 0) {
        return true;
    }
    bool foreign = errno == ENOTEMPTY || errno == EEXIST;
    (void)failed(path);
    return foreign;
}

static bool remove_unfinished(const struct copy_place *place)
{
    DEFER(names_fini) struct names names;
    bool fine = list(place->path, is_unfinished, &names);
    for (size_t i = 0; fine && i < names.count; i++) {
        char path[PATH_MAX];
        fine = copy_place_join(path, place->path, names.names[i]) && remove_directory(path);
    }
    return fine;
}

static bool remove_copy(const struct copy_place *place, const char *name)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (!copy_place_join(from, place->path, name) || !unfinished_path(place, name, to)) {
        return false;
    }
    return rename(from, to) == 0 ? remove_directory(to) : failed(from);
}

/* --- opening --- */

static bool is_ours(const char *directory, const char *store)
{
    struct stat here, there;
    if (stat(directory, &here) != 0) {
        return failed(directory);
    }
    if (!S_ISDIR(here.st_mode)) {
        complain("%s: is not a directory", directory);
        return false;
    }
    if (here.st_uid != geteuid() || (here.st_mode & OTHERS_WRITE) != 0) {
        complain("%s: must belong to the user who runs this, and nobody else may write to it",
                 directory);
        return false;
    }
    if (stat(store, &there) == 0 && here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
        complain("%s: is the store itself", directory);
        return false;
    }
    return true;
}

static bool lock(struct copy_place *place)
{
    char path[PATH_MAX];
    if (!copy_place_join(path, place->path, ".lock")) {
        return false;
    }
    place->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (place->lock_fd < 0) {
        return failed(path);
    }
    if (flock(place->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            complain("%s: another copy is being made there", place->path);
            return false;
        }
        return failed(path);
    }
    return true;
}

bool copy_place_open(const char *directory, const char *store, struct copy_place *ret_place)
{
    *ret_place = (struct copy_place){.path = directory, .lock_fd = -1};
    if (!is_ours(directory, store) || !lock(ret_place) || !remove_unfinished(ret_place)) {
        copy_place_close(ret_place);
        return false;
    }
    return true;
}

bool copy_place_has_room(const char *directory, const char *store, uint64_t needed)
{
    struct statvfs disk;
    struct stat here, there;
    if (statvfs(directory, &disk) != 0 || stat(directory, &here) != 0) {
        return failed(directory);
    }
    bool beside = stat(store, &there) == 0 && here.st_dev == there.st_dev;
    uint64_t left = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (copy_has_room(left, needed, beside)) {
        return true;
    }
    complain("%s: not enough room: %" PRIu64 " MiB are free, the copy takes %" PRIu64
             " MiB, and %" PRIu64 " MiB must be left%s",
             directory, left / MIB, (needed + MIB - 1) / MIB, copy_spare_bytes(beside) / MIB,
             beside ? " beside the store" : "");
    return false;
}

/* --- the copy --- */

bool copy_place_begin(struct copy_place *place, int64_t now_ms)
{
    if (!copy_name_of(now_ms, place->name) || !unfinished_path(place, place->name, place->draft)) {
        place->draft[0] = '\0';
        return false;
    }
    if (mkdir(place->draft, DIRECTORY_MODE) != 0) {
        (void)failed(place->draft);
        place->draft[0] = '\0';
        return false;
    }
    return true;
}

bool copy_place_finish(struct copy_place *place)
{
    char to[PATH_MAX];
    if (!copy_place_join(to, place->path, place->name) || !copy_file_sync_directory(place->draft)) {
        return false;
    }
    if (rename(place->draft, to) != 0) {
        return failed(to);
    }
    place->draft[0] = '\0';
    return copy_file_sync_directory(place->path);
}

static size_t count_too_old(const struct names *names, size_t gone, int64_t now_ms)
{
    static const int64_t too_old_ms = LIMIT_COPY_DAYS * 24LL * 3600 * 1000;
    size_t count = 0;
    for (size_t i = gone; i < names->count; i++) {
        int64_t made_ms;
        count += copy_name_time(names->names[i], &made_ms) && now_ms - made_ms > too_old_ms;
    }
    return count;
}

bool copy_place_prune(const struct copy_place *place, size_t keep, int64_t now_ms, size_t *ret_gone,
                      size_t *ret_too_old)
{
    DEFER(names_fini) struct names names;
    if (!list(place->path, is_copy, &names)) {
        return false;
    }
    DEFER(defer_free) size_t *gone = calloc(names.count + 1, sizeof *gone);
    if (gone == NULL) {
        complain("no memory");
        return false;
    }
    size_t count = copy_surplus(names.names, names.count, keep, place->name, gone);
    for (size_t i = 0; i < count; i++) {
        if (!remove_copy(place, names.names[gone[i]])) {
            return false;
        }
    }
    *ret_gone = count;
    *ret_too_old = count_too_old(&names, count, now_ms);
    return copy_file_sync_directory(place->path);
}

void copy_place_close(struct copy_place *place)
{
    if (place->draft[0] != '\0') {
        (void)remove_directory(place->draft);
        place->draft[0] = '\0';
    }
    if (place->lock_fd >= 0) {
        (void)close(place->lock_fd);
        place->lock_fd = -1;
    }
}
