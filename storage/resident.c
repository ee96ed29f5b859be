#include "storage/resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/defer.h"
#include "storage/txn.h"

struct mapping {
    uintptr_t from, to;
};

/* "from-to perms offset major:minor inode path", all but the last in hexadecimal, the inode in decimal. */
static bool is_of_file(const char *line, const struct stat *file, struct mapping *ret,
                       unsigned long *ret_offset)
{
    char *at;
    ret->from = strtoul(line, &at, 16);
    ret->to = *at == '-' ? strtoul(at + 1, &at, 16) : 0;
    at = ret->to > 0 ? strchr(at + 1, ' ') : NULL; /* past the permissions */
    if (at == NULL) {
        return false;
    }
    *ret_offset = strtoul(at, &at, 16);
    unsigned device_major = (unsigned)strtoul(at, &at, 16);
    unsigned device_minor = *at == ':' ? (unsigned)strtoul(at + 1, &at, 16) : 0;
    return makedev(device_major, device_minor) == file->st_dev &&
           strtoul(at, NULL, 10) == file->st_ino;
}

/* LMDB does not tell where its map is; the kernel does, in two pieces when one was asked for in large pages. */
static bool find_mapping(const struct stat *file, struct mapping *ret)
{
    DEFER(defer_fclose) FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    struct mapping piece;
    unsigned long offset;
    *ret = (struct mapping){0, 0};
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        if (!is_of_file(line, file, &piece, &offset)) {
            continue;
        }
        if (offset == 0 && ret->to == 0) {
            *ret = piece;
        } else if (piece.from == ret->to) {
            ret->to = piece.to;
        }
    }
    return ret->to > 0;
}

/* The part of the map that the file fills now; RET->to - RET->from is a whole number of pages. */
static bool find_file(struct db *db, struct mapping *ret, mdb_filehandle_t *ret_fd)
{
    struct stat file;
    if (mdb_env_get_fd(db->env, ret_fd) != 0 || fstat(*ret_fd, &file) != 0 ||
        !find_mapping(&file, ret)) {
        return false;
    }
    const uintptr_t end = ret->from + (uintptr_t)file.st_size;
    ret->to = end < ret->to ? end : ret->to;
    return true;
}

static void *address(uintptr_t at)
{
    return (void *)at; /* the kernel told it as a number */
}

/* --- out of memory --- */

void db_forget_pages(struct db *db)
{
    mdb_filehandle_t fd;
    struct mapping mapping;
    if (find_file(db, &mapping, &fd)) { /* else they stay */
        (void)madvise(address(mapping.from), mapping.to - mapping.from, MADV_DONTNEED);
    }
}

void db_forget_cache(struct db *db)
{
    mdb_filehandle_t fd;
    db_forget_pages(db);
    if (mdb_env_get_fd(db->env, &fd) == 0) {
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    }
}

/* --- into memory --- */

/* The file has a tail of its own that nothing is in yet. */
static size_t used_bytes(struct db *db, const struct mapping *mapping)
{
    MDB_envinfo info;
    MDB_stat stat;
    (void)mdb_env_info(db->env, &info); /* neither can fail of an open environment */
    (void)mdb_env_stat(db->env, &stat);
    const size_t used = (info.me_last_pgno + 1) * stat.ms_psize, len = mapping->to - mapping->from;
    return used < len ? used : len;
}

/* Calls that look at what is not there yet read little: only what comes now is asked for in large pages. */
static bool take_step(uintptr_t from, size_t len)
{
    (void)madvise(address(from), len, MADV_HUGEPAGE); /* else in small ones */
    return madvise(address(from), len, MADV_POPULATE_READ) == 0;
}

enum preload_end db_preload(struct db *db, uint64_t memory_bytes, const _Atomic bool *stop,
                            uint64_t *ret_bytes)
{
    mdb_filehandle_t fd;
    struct mapping mapping;
    *ret_bytes = 0;
    if (!find_file(db, &mapping, &fd)) {
        return PRELOAD_REFUSED;
    }
    const size_t len = used_bytes(db, &mapping);
    if (len > memory_bytes - memory_bytes / LIMIT_PRELOAD_SPARED) {
        return PRELOAD_TOO_LARGE;
    }
    for (size_t done = 0, step; done < len; done += step) {
        step = len - done < LIMIT_PRELOAD_STEP_BYTES ? len - done : LIMIT_PRELOAD_STEP_BYTES;
        if (atomic_load_explicit(stop, memory_order_relaxed)) {
            return PRELOAD_STOPPED;
        }
        if (!take_step(mapping.from + done, step)) {
            return PRELOAD_REFUSED;
        }
        *ret_bytes = done + step;
    }
    return PRELOAD_DONE;
}
