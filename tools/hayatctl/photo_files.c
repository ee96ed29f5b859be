#include "tools/hayatctl/photo_files.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"

enum {
    CACHE_BYTES_KEPT = 8 * 1024 * 1024,
    CACHE_BYTES_MAX = 64 * 1024 * 1024, /* a batch's photos and what was kept, and one more */
};

status photo_files_init(struct photo_files *files, const char *import_path)
{
    memset(files, 0, sizeof(*files));
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s", import_path);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return FAIL(FILE_UNREADABLE);
    }
    files->directory = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->directory < 0) {
        return FAIL(FILE_UNREADABLE);
    }
    arena_init(&files->arena, CACHE_BYTES_MAX);
    return STATUS_OK;
}

void photo_files_fini(struct photo_files *files)
{
    if (files->directory >= 0) {
        (void)close(files->directory);
        arena_fini(&files->arena);
        files->directory = -1;
    }
}

/* Relative, and every part is a name: nothing outside the directory can be meant. */
static bool path_stays_inside(bytes path)
{
    size_t start = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.ptr[i] != '/') {
            continue;
        }
        bytes part = bytes_of(path.ptr + start, i - start);
        if (part.len == 0 || bytes_equal_str(part, ".") || bytes_equal_str(part, "..")) {
            return false;
        }
        start = i + 1;
    }
    return true;
}

static const char *media_type_of(bytes data)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff};
    if (bytes_equal(bytes_head(data, sizeof(png)), bytes_of(png, sizeof(png)))) {
        return "image/png";
    }
    return bytes_equal(bytes_head(data, sizeof(jpeg)), bytes_of(jpeg, sizeof(jpeg))) ? "image/jpeg"
                                                                                     : NULL;
}

static bool read_whole(int fd, uint8_t *out, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = read(fd, out + got, len - got);
        if (n <= 0) {
            return false;
        }
        got += (size_t)n;
    }
    return true;
}

/* Part by part, so that no link on the way leads outside; PATH is cut up.  -1 when it cannot be opened. */
static int open_inside(int directory, char *path)
{
    enum { NEVER_ELSEWHERE = O_RDONLY | O_CLOEXEC | O_NOFOLLOW };
    int at = directory;
    for (char *slash = strchr(path, '/'); slash != NULL && at >= 0; slash = strchr(path, '/')) {
        *slash = '\0';
        int next = openat(at, path, NEVER_ELSEWHERE | O_DIRECTORY);
        if (at != directory) {
            (void)close(at);
        }
        at = next;
        path = slash + 1;
    }
    int fd = at < 0 ? -1 : openat(at, path, NEVER_ELSEWHERE | O_NONBLOCK);
    if (at >= 0 && at != directory) {
        (void)close(at);
    }
    return fd;
}

static status read_photo(struct photo_files *files, char *path, struct photo_slot *slot)
{
    DEFER(defer_close) int fd = open_inside(files->directory, path);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0 ||
        info.st_size > PHOTO_BYTES_MAX) {
        return STATUS_OK;
    }
    size_t len = (size_t)info.st_size;
    uint8_t *data = arena_alloc(&files->arena, len);
    if (data == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (read_whole(fd, data, len)) {
        slot->photo.data = bytes_of(data, len);
        slot->photo.media_type = media_type_of(slot->photo.data);
        slot->good = slot->photo.media_type != NULL;
    }
    return STATUS_OK;
}

static struct photo_slot *slot_of(struct photo_files *files, bytes path)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < path.len; i++) {
        hash = (hash ^ path.ptr[i]) * 16777619u;
    }
    return &files->slots[hash % PHOTO_CACHE_SLOTS];
}

status photo_files_get(struct photo_files *files, bytes path, struct feed_photo *ret_photo,
                       bool *ret_good, size_t *ret_read)
{
    struct photo_slot *slot = slot_of(files, path);
    *ret_read = 0;
    if (slot->path.ptr == NULL || !bytes_equal(slot->path, path)) {
        *slot = (struct photo_slot){.path = arena_copy(&files->arena, path)};
        char *name = arena_str(&files->arena, path);
        TRY(arena_check(&files->arena));
        if (path_stays_inside(path)) {
            TRY(read_photo(files, name, slot));
        }
        *ret_read = slot->photo.data.len;
    }
    *ret_photo = slot->photo;
    *ret_good = slot->good;
    return STATUS_OK;
}

void photo_files_trim(struct photo_files *files)
{
    if (files->arena.used > CACHE_BYTES_KEPT) {
        memset(files->slots, 0, sizeof(files->slots));
        arena_reset(&files->arena, CACHE_BYTES_MAX);
    }
}
