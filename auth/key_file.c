#include "auth/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"

status key_file_lock(const char *path, int *ret_fd)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return FAIL(FILE_UNREADABLE);
    }
    if (flock(fd, LOCK_EX) != 0) {
        (void)close(fd);
        return FAIL(FILE_UNREADABLE);
    }
    *ret_fd = fd;
    return STATUS_OK;
}

bool key_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 || errno != ENOENT;
}

static status check_trust(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return FAIL(FILE_UNREADABLE);
    }
    bool ours = st.st_uid == geteuid() || st.st_uid == 0;
    return S_ISREG(st.st_mode) && ours && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0
               ? STATUS_OK
               : FAIL(FILE_PERMISSIONS);
}

/* Reads to the end or until OUT is full. */
static bool read_all(int fd, uint8_t *out, size_t size, size_t *ret_len)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, out + len, size - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        if (n == 0) {
            break;
        }
        len += (size_t)n;
    }
    *ret_len = len;
    return true;
}

status key_file_read(const char *path, uint8_t *out, size_t size, size_t *ret_len)
{
    /* Not blocking: opening a fifo somebody planted would wait for ever. */
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return FAIL(FILE_UNREADABLE);
    }
    TRY(check_trust(fd));
    size_t len, rest;
    uint8_t more;
    if (!read_all(fd, out, size, &len) || !read_all(fd, &more, 1, &rest) || rest > 0) {
        return FAIL(FILE_UNREADABLE);
    }
    *ret_len = len;
    return STATUS_OK;
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
    return true;
}

static bool sync_directory_of(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) {
        return false;
    }
    DEFER(defer_close) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0;
}

/* Puts TEMPORARY in place under PATH, or leaves PATH as it was. */
static bool install(const char *temporary, const char *path, bool replace)
{
    if (replace) {
        return rename(temporary, path) == 0;
    }
    bool linked = link(temporary, path) == 0; /* unlike rename, never replaces */
    return unlink(temporary) == 0 && linked;
}

status key_file_write(const char *path, bytes content, bool replace)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)unlink(temporary); /* left by a crash */
    DEFER(defer_close)
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    if (!write_all(fd, content) || fsync(fd) != 0 || !install(temporary, path, replace)) {
        (void)unlink(temporary);
        return FAIL(FILE_UNWRITABLE);
    }
    return sync_directory_of(path) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}
