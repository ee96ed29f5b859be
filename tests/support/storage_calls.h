/*
 * storage_calls: the calls that write files, seen and steered by a test.
 *
 * Include it in one file of a program: it defines pwrite, writev, fdatasync, fsync and ftruncate,
 * and the program's definitions come before libc's for liblmdb too.  They are not in a file of
 * tests/support because there they would be linked into programs that know nothing of them.
 */
#ifndef HAYAT_TESTS_STORAGE_CALLS_H
#define HAYAT_TESTS_STORAGE_CALLS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum storage_call_kind { CALL_WRITE, CALL_SYNC, CALL_TRUNCATE };

struct storage_call {
    enum storage_call_kind kind;
    int fd;
    off_t offset; /* of a write; the new length of a truncation */
    const struct iovec *parts;
    int count;
};

/* What shall happen: 0 go on, > 0 fail with that errno, SHORT_WRITE write half of it. */
enum { SHORT_WRITE = -1 };
typedef int storage_hook(const struct storage_call *call);
static storage_hook *hook; /* NULL: nothing is looked at */

static int ask_hook(const struct storage_call *call)
{
    return hook != NULL ? hook(call) : 0;
}

static ssize_t fail_with(int error)
{
    errno = error;
    return -1;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's names are reserved. */
ssize_t pwrite(int fd, const void *buffer, size_t len, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)buffer, len};
    int verdict = ask_hook(&(struct storage_call){CALL_WRITE, fd, offset, &part, 1});
    if (verdict > 0) {
        return fail_with(verdict);
    }
    return syscall(SYS_pwrite64, fd, buffer, verdict == SHORT_WRITE ? len / 2 : len, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    off_t offset = lseek(fd, 0, SEEK_CUR);
    int verdict = ask_hook(&(struct storage_call){CALL_WRITE, fd, offset, parts, count});
    if (verdict > 0) {
        return fail_with(verdict);
    }
    return syscall(SYS_writev, fd, parts, verdict == SHORT_WRITE ? (count + 1) / 2 : count);
}

static int sync_with(long number, int fd)
{
    int verdict = ask_hook(&(struct storage_call){CALL_SYNC, fd, 0, NULL, 0});
    return verdict > 0 ? (int)fail_with(verdict) : (int)syscall(number, fd);
}

int fdatasync(int fd)
{
    return sync_with(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return sync_with(SYS_fsync, fd);
}

int ftruncate(int fd, off_t length)
{
    int verdict = ask_hook(&(struct storage_call){CALL_TRUNCATE, fd, length, NULL, 0});
    return verdict > 0 ? (int)fail_with(verdict) : (int)syscall(SYS_ftruncate, fd, length);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

#endif
