#include "storage/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/limits.h"
#include "storage/failpoint.h"

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600 };

bool env_join(char out[PATH_MAX], const char *directory, const char *name)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    return n > 0 && n < PATH_MAX;
}

status env_sync_directory(const char *path)
{
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? STATUS_OK : FAIL(STORE_FAILED);
}

status env_make_directory(const char *directory)
{
    char parent[PATH_MAX];
    if (mkdir(directory, DIRECTORY_MODE) != 0) {
        return errno == EEXIST ? STATUS_OK : FAIL(STORE_FAILED);
    }
    return env_join(parent, directory, "..") ? env_sync_directory(parent) : FAIL(STORE_FAILED);
}

status env_lock(const char *directory, int *ret_fd)
{
    char path[PATH_MAX];
    if (!env_join(path, directory, "writer.lock")) {
        return FAIL(STORE_FAILED);
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return FAIL(STORE_FAILED);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        status result = errno == EWOULDBLOCK ? FAIL(STORE_LOCKED) : FAIL(STORE_FAILED);
        (void)close(fd);
        return result;
    }
    *ret_fd = fd;
    return STATUS_OK;
}

bool env_exists(const char *directory)
{
    char path[PATH_MAX];
    return env_join(path, directory, "data.mdb") && access(path, F_OK) == 0;
}

status env_judge_flags(unsigned flags, bool read_only)
{
    unsigned expected = MDB_NOTLS | (read_only ? MDB_RDONLY : 0U);
    return flags == expected ? STATUS_OK : FAIL(STORE_FLAGS);
}

static status judge_open(MDB_env *env, bool read_only)
{
    unsigned flags = 0;
    int rc = mdb_env_get_flags(env, &flags);
    TRY(status_of_mdb(rc));
    return env_judge_flags(flags, read_only);
}

/* LMDB would take an emptied file for a new one and begin again. */
static bool is_emptied(const char *directory)
{
    char path[PATH_MAX];
    struct stat st;
    return env_join(path, directory, "data.mdb") && stat(path, &st) == 0 && st.st_size == 0;
}

status env_open(const char *directory, bool read_only, MDB_env **ret_env)
{
    if (is_emptied(directory)) {
        return FAIL(STORE_CORRUPT);
    }
    MDB_env *env = NULL;
    int rc = mdb_env_create(&env);
    if (rc != 0) {
        return status_of_mdb(rc);
    }
    (void)mdb_env_set_mapsize(env, LIMIT_MAP_BYTES); /* before open none of these can fail */
    (void)mdb_env_set_maxreaders(env, LIMIT_READERS);
    (void)mdb_env_set_maxdbs(env, TABLE_SLOTS);
    rc = mdb_env_open(env, directory, MDB_NOTLS | (read_only ? MDB_RDONLY : 0U), FILE_MODE);
    status result = status_of_mdb(rc);
    if (ok(result)) {
        result = judge_open(env, read_only);
    }
    if (ok(result)) {
        result = env_check_size(env);
    }
    if (!ok(result)) {
        mdb_env_close(env);
        return result;
    }
    int dead = 0;
    (void)mdb_reader_check(env, &dead); /* readers of killed processes would keep old pages alive */
    *ret_env = env;
    return STATUS_OK;
}

static status file_size(MDB_env *env, uint64_t *ret_size)
{
    mdb_filehandle_t fd = -1;
    struct stat st;
    if (mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &st) != 0) {
        return FAIL(STORE_FAILED);
    }
    *ret_size = (uint64_t)st.st_size;
    return STATUS_OK;
}

/* Both read the newest meta page, which was checked at open: they cannot fail. */
static uint64_t page_bytes(MDB_env *env)
{
    MDB_stat stat;
    (void)mdb_env_stat(env, &stat);
    return stat.ms_psize;
}

uint64_t env_last_page_end(MDB_env *env)
{
    MDB_envinfo info;
    (void)mdb_env_info(env, &info);
    return ((uint64_t)info.me_last_pgno + 1) * page_bytes(env);
}

status env_check_size(MDB_env *env)
{
    uint64_t size = 0;
    TRY(file_size(env, &size));
    return size >= env_last_page_end(env) ? STATUS_OK : FAIL(STORE_CORRUPT);
}

int env_reserve(struct db *db, uint64_t value_bytes, uint64_t ops)
{
    /* A put copies its path from the root and may split it: eight pages; the rest is for the free
       list. */
    uint64_t pages = ops * 8 + 256;
    uint64_t needed = env_last_page_end(db->env) + value_bytes + pages * page_bytes(db->env);
    mdb_filehandle_t fd = -1;
    if (mdb_env_get_fd(db->env, &fd) != 0) {
        return EINVAL;
    }
    if (db->file_bytes == 0 && !ok(file_size(db->env, &db->file_bytes))) {
        return EIO;
    }
    if (needed <= db->file_bytes) {
        return 0;
    }
    uint64_t size = (needed / LIMIT_GROW_BYTES + 1) * LIMIT_GROW_BYTES;
    if (ftruncate(fd, (off_t)size) != 0 || fsync(fd) != 0) {
        return errno;
    }
    db->file_bytes = size;
    return 0;
}

void env_trim(struct db *db)
{
    uint64_t end = env_last_page_end(db->env);
    mdb_filehandle_t fd = -1;
    if (db->file_bytes <= end + LIMIT_SLACK_BYTES || mdb_env_get_fd(db->env, &fd) != 0) {
        return;
    }
    uint64_t size = (end / LIMIT_GROW_BYTES + 1) * LIMIT_GROW_BYTES;
    if (ftruncate(fd, (off_t)size) == 0) { /* no snapshot has pages past the newest one's end */
        db->file_bytes = size;
    }
}

static void remove_draft(const char *draft)
{
    static const char *const names[] = {"data.mdb", "lock.mdb"};
    char path[PATH_MAX];
    for (size_t i = 0; i < 2; i++) {
        if (env_join(path, draft, names[i])) {
            (void)unlink(path);
        }
    }
    (void)rmdir(draft);
}

/* An empty environment with both meta pages on disk. */
static status make_draft(const char *draft)
{
    if (mkdir(draft, DIRECTORY_MODE) != 0) {
        return FAIL(STORE_FAILED);
    }
    MDB_env *env = NULL;
    TRY(env_open(draft, false, &env));
    int rc = mdb_env_sync(env, 1);
    mdb_env_close(env);
    return status_of_mdb(rc);
}

status env_create(const char *directory)
{
    char draft[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    if (!env_join(draft, directory, "new") || !env_join(from, draft, "data.mdb") ||
        !env_join(to, directory, "data.mdb")) {
        return FAIL(STORE_FAILED);
    }
    remove_draft(draft); /* what a killed first open left; the process lock is held */
    TRY(make_draft(draft));
    if (FAILPOINT("create.before") || rename(from, to) != 0) {
        return FAIL(STORE_FAILED);
    }
    remove_draft(draft);
    return env_sync_directory(directory);
}
