#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"

status path_join(const char *directory, const char *name, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    return n > 0 && n < PATH_MAX ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

static status make_directory(const char *path, mode_t mode)
{
    return mkdir(path, mode) == 0 || errno == EEXIST ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status config_directory(char out[PATH_MAX])
{
    char parent[PATH_MAX];
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (xdg != NULL && xdg[0] == '/') {
        int n = snprintf(parent, sizeof parent, "%s", xdg);
        TRY(n < PATH_MAX ? STATUS_OK : FAIL(FILE_UNREADABLE));
    } else if (home != NULL && home[0] == '/') {
        TRY(path_join(home, ".config", parent));
    } else {
        return FAIL(FILE_UNWRITABLE);
    }
    TRY(make_directory(parent, 0700));
    TRY(path_join(parent, "hayat", out));
    TRY(make_directory(out, 0700));
    struct stat st;
    bool mine = stat(out, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
    return mine && (st.st_mode & 077) == 0 ? STATUS_OK : FAIL(FILE_PERMISSIONS);
}

static status read_open(int fd, char **ret_text)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > SMALL_FILE_MAX_BYTES) {
        return FAIL(FILE_UNREADABLE);
    }
    size_t size = (size_t)st.st_size, used = 0;
    char *text = malloc(size + 1);
    ssize_t n = text == NULL ? -1 : 1;
    while (n > 0 && used < size) {
        n = read(fd, text + used, size - used);
        used += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        free(text);
        return FAIL(FILE_UNREADABLE);
    }
    text[used] = '\0';
    *ret_text = text;
    return STATUS_OK;
}

status file_read(const char *path, char **ret_text)
{
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? FAIL(FILE_UNREADABLE) : read_open(fd, ret_text);
}

status file_read_private(const char *path, char **ret_text)
{
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return FAIL(FILE_UNREADABLE);
    }
    if ((st.st_mode & 077) != 0 || st.st_uid != geteuid()) {
        return FAIL(FILE_PERMISSIONS);
    }
    return read_open(fd, ret_text);
}

static bool write_all(int fd, bytes content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.ptr, content.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        content = bytes_skip(content, (size_t)n);
    }
    return fsync(fd) == 0;
}

static status sync_directory_of(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) {
        return FAIL(FILE_UNWRITABLE);
    }
    DEFER(defer_close) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status file_replace(const char *path, bytes content)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
        return FAIL(FILE_UNWRITABLE);
    }
    DEFER(defer_close) int fd = mkstemp(temporary); /* mode 0600 */
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    if (!write_all(fd, content) || rename(temporary, path) != 0) {
        (void)unlink(temporary);
        return FAIL(FILE_UNWRITABLE);
    }
    return sync_directory_of(path);
}

status file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return FAIL(FILE_UNWRITABLE);
    }
    return sync_directory_of(path);
}
