#include "auth/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/descriptor.h"
#include "storage/failpoint.h"

/* -1 when there is none. */
static int open_directory_of(const char *path)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy) {
        return -1;
    }
    return open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

status key_file_lock(const char *path, int *ret_fd)
{
    int fd = open_directory_of(path);
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

/* systemd hands a credential over as root's own, with an entry for the service's user alone in its access list; the list's mask
   shows as the right of root's group to read. */
static mode_t rights_of_others(const struct stat *st)
{
    bool handed_over = st->st_uid == 0 && st->st_gid == 0 && geteuid() != 0;
    return st->st_mode & (S_IRWXO | (handed_over ? S_IWGRP | S_IXGRP : S_IRWXG));
}

static status check_trust(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return FAIL(FILE_UNREADABLE);
    }
    bool ours = st.st_uid == geteuid() || st.st_uid == 0;
    return S_ISREG(st.st_mode) && ours && rights_of_others(&st) == 0 ? STATUS_OK
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

static bool sync_directory_of(const char *path)
{
    DEFER(defer_close) int fd = open_directory_of(path);
    return fd >= 0 && fsync(fd) == 0;
}

/* Puts TEMPORARY in place under PATH, or leaves PATH as it was. */
typedef bool install(const char *temporary, const char *path);

static bool install_new(const char *temporary, const char *path)
{
    bool linked = link(temporary, path) == 0; /* unlike rename, never replaces */
    return unlink(temporary) == 0 && linked;
}

static bool install_over(const char *temporary, const char *path)
{
    return rename(temporary, path) == 0;
}

static bool name_beside(const char *path, const char *ending, char out[PATH_MAX])
{
    return snprintf(out, PATH_MAX, "%s%s", path, ending) < PATH_MAX;
}

/* What is in place gets a second name first. */
static bool install_beside_old(const char *temporary, const char *path)
{
    char old[PATH_MAX];
    if (FAILPOINT("erasure.written") || !name_beside(path, ".old", old) || link(path, old) != 0) {
        return false;
    }
    if (FAILPOINT("erasure.linked") || rename(temporary, path) != 0) {
        return false;
    }
    return !FAILPOINT("erasure.renamed");
}

static status write_and_install(const char *path, bytes content, install *put_in_place)
{
    char temporary[PATH_MAX];
    if (!name_beside(path, ".new", temporary)) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)unlink(temporary); /* left by a crash */
    DEFER(defer_close)
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    if (!descriptor_write_all(fd, content) || fsync(fd) != 0 || !put_in_place(temporary, path)) {
        (void)unlink(temporary);
        return FAIL(FILE_UNWRITABLE);
    }
    return sync_directory_of(path) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status key_file_write(const char *path, bytes content, bool replace)
{
    return write_and_install(path, content, replace ? install_over : install_new);
}

/* --- superseding --- */

/* Zeroes over all of it, on the disk. */
static bool overwrite(const char *path)
{
    static const uint8_t zeroes[4096];
    struct stat st;
    DEFER(defer_close) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0) {
        return false;
    }
    for (off_t left = st.st_size; left > 0;) {
        size_t len = left < (off_t)sizeof zeroes ? (size_t)left : sizeof zeroes;
        if (!descriptor_write_all(fd, bytes_of(zeroes, len))) {
            return false;
        }
        left -= (off_t)len;
    }
    return fsync(fd) == 0;
}

/* A crash between link and rename leaves two names for what is still in place. */
static bool is_in_place(const char *old, const char *path)
{
    struct stat a, b;
    return stat(old, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

status key_file_wipe_superseded(const char *path)
{
    char old[PATH_MAX];
    if (!name_beside(path, ".old", old)) {
        return FAIL(FILE_UNWRITABLE);
    }
    if (!key_file_exists(old)) {
        return STATUS_OK;
    }
    /* The new name first: a power cut must never find the overwritten file in place. */
    if (!is_in_place(old, path) &&
        (!sync_directory_of(path) || FAILPOINT("erasure.synced") || !overwrite(old))) {
        return FAIL(FILE_UNWRITABLE);
    }
    bool gone = !FAILPOINT("erasure.wiped") && unlink(old) == 0 && sync_directory_of(path);
    return gone ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status key_file_supersede(const char *path, bytes content)
{
    TRY(key_file_wipe_superseded(path));
    return write_and_install(path, content, install_beside_old);
}
