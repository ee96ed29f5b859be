#include "storage/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "storage/env.h"
#include "storage/failpoint.h"

enum { DIRECTORY_MODE = 0700 };

static bool made(const char *directory)
{
    return mkdir(directory, DIRECTORY_MODE) == 0 || errno == EEXIST;
}

/* LMDB's own: whoever has the environment open holds its first byte, shared. */
static status lock_others_out(const char *directory, int *ret_fd)
{
    char path[PATH_MAX];
    if (!env_join(path, directory, "lock.mdb")) {
        return FAIL(STORE_FAILED);
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        *ret_fd = -1;
        return errno == ENOENT ? STATUS_OK : FAIL(STORE_FAILED);
    }
    struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    if (fcntl(fd, F_SETLK, &first) != 0) {
        status s = errno == EAGAIN || errno == EACCES ? FAIL(STORE_LOCKED) : FAIL(STORE_FAILED);
        (void)close(fd);
        return s;
    }
    *ret_fd = fd;
    return STATUS_OK;
}

/* Where the old store goes: beside its directory, or into it when a rename cannot leave it. */
static bool aside_of(const struct replace *replace, const char *stamp, char out[PATH_MAX])
{
    char parent[PATH_MAX];
    struct stat inside, outside;
    if (!env_join(parent, replace->directory, "..") || stat(replace->directory, &inside) != 0 ||
        stat(parent, &outside) != 0) {
        return false;
    }
    int n = snprintf(out, PATH_MAX, "%s%sbefore-restore-%s", replace->directory,
                     inside.st_dev == outside.st_dev ? "." : "/", stamp);
    return n > 0 && n < PATH_MAX;
}

/* The old store's second name becomes its only one. */
static status move_aside(const struct replace *replace, const char *stamp, char out[PATH_MAX])
{
    char from[PATH_MAX], to[PATH_MAX], above[PATH_MAX];
    if (!aside_of(replace, stamp, out) || !env_join(from, replace->staging, "old.mdb") ||
        !env_join(to, out, "data.mdb") || !env_join(above, out, "..")) {
        return FAIL(STORE_FAILED);
    }
    if (!made(out) || access(to, F_OK) == 0 || rename(from, to) != 0) {
        return FAIL(STORE_FAILED); /* a store that is there is never written over */
    }
    TRY(env_sync_directory(out));
    TRY(env_sync_directory(above));
    return env_sync_directory(replace->staging);
}

static bool same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

/* A run that was killed after the second name was given, and before it was moved. */
static status settle_old(struct replace *replace, const char *stamp)
{
    char old[PATH_MAX], data[PATH_MAX];
    if (!env_join(old, replace->staging, "old.mdb") ||
        !env_join(data, replace->directory, "data.mdb")) {
        return FAIL(STORE_FAILED);
    }
    if (access(old, F_OK) != 0) {
        return errno == ENOENT ? STATUS_OK : FAIL(STORE_FAILED);
    }
    if (same_file(old, data)) {
        return unlink(old) == 0 ? STATUS_OK : FAIL(STORE_FAILED);
    }
    return move_aside(replace, stamp, replace->found);
}

static void clear_new(const struct replace *replace)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    char path[PATH_MAX];
    for (size_t i = 0; i < 2; i++) {
        if (env_join(path, replace->staging, names[i])) {
            (void)unlink(path);
        }
    }
}

static status prepare(struct replace *replace, const char *stamp)
{
    int fd = -1;
    TRY(lock_others_out(replace->directory, &fd)); /* said now, not after a long check */
    defer_close(&fd);
    if (!env_join(replace->staging, replace->directory, "restoring") || !made(replace->staging)) {
        return FAIL(STORE_FAILED);
    }
    TRY(settle_old(replace, stamp));
    clear_new(replace);
    return env_sync_directory(replace->directory);
}

status replace_begin(const char *directory, const char *stamp, struct replace *ret_replace)
{
    *ret_replace = (struct replace){.lock_fd = -1};
    TRY(env_make_directory(directory));
    if (realpath(directory, ret_replace->directory) == NULL) {
        return FAIL(STORE_FAILED);
    }
    TRY(env_lock(ret_replace->directory, &ret_replace->lock_fd));
    status s = prepare(ret_replace, stamp);
    if (!ok(s)) {
        defer_close(&ret_replace->lock_fd);
        ret_replace->lock_fd = -1;
    }
    return s;
}

/* The old store under a second name; false in *ret_there when there is none. */
static status keep_old(const char *data, const char *old, bool *ret_there)
{
    *ret_there = access(data, F_OK) == 0;
    if (!*ret_there) {
        return errno == ENOENT ? STATUS_OK : FAIL(STORE_FAILED);
    }
    return link(data, old) == 0 ? STATUS_OK : FAIL(STORE_FAILED);
}

status replace_commit(struct replace *replace, const char *stamp, char ret_aside[PATH_MAX])
{
    char data[PATH_MAX], fresh[PATH_MAX], old[PATH_MAX], lock[PATH_MAX];
    if (!env_join(data, replace->directory, "data.mdb") ||
        !env_join(fresh, replace->staging, "data.mdb") ||
        !env_join(old, replace->staging, "old.mdb") ||
        !env_join(lock, replace->directory, "lock.mdb")) {
        return FAIL(STORE_FAILED);
    }
    DEFER(defer_close) int others_fd = -1;
    TRY(lock_others_out(replace->directory, &others_fd));
    bool there = false;
    TRY(keep_old(data, old, &there));
    TRY(env_sync_directory(replace->staging));
    if (FAILPOINT("replace.linked") || rename(fresh, data) != 0) {
        return FAIL(STORE_FAILED);
    }
    /* After the rename: a program that opens the store between the two has a number of its own wrong, and no other's. */
    if (unlink(lock) != 0 && errno != ENOENT) {
        return FAIL(STORE_FAILED);
    }
    TRY(env_sync_directory(replace->directory));
    if (FAILPOINT("replace.renamed")) {
        return FAIL(STORE_FAILED);
    }
    ret_aside[0] = '\0';
    TRY(there ? move_aside(replace, stamp, ret_aside) : STATUS_OK);
    return FAILPOINT("replace.moved") ? FAIL(STORE_FAILED) : STATUS_OK;
}

void replace_end(struct replace *replace)
{
    if (replace->lock_fd < 0) {
        return;
    }
    clear_new(replace);
    (void)rmdir(
        replace->staging); /* unless it holds an old store's second name: the next begin's */
    (void)close(replace->lock_fd);
    replace->lock_fd = -1;
}
