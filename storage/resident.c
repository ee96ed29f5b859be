#include "storage/resident.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/defer.h"
#include "storage/env.h"
#include "storage/txn.h"

struct mapping {
    uintptr_t from, to;
};

/* "from-to perms offset major:minor inode path", all but the last in hexadecimal, the inode in decimal. */
static bool is_of_file(const char *line, const struct stat *file, struct mapping *ret)
{
    char *at;
    ret->from = strtoul(line, &at, 16);
    ret->to = *at == '-' ? strtoul(at + 1, &at, 16) : 0;
    at = ret->to > 0 ? strchr(at + 1, ' ') : NULL; /* past the permissions */
    if (at == NULL) {
        return false;
    }
    unsigned long offset = strtoul(at, &at, 16);
    unsigned device_major = (unsigned)strtoul(at, &at, 16);
    unsigned device_minor = *at == ':' ? (unsigned)strtoul(at + 1, &at, 16) : 0;
    return offset == 0 && makedev(device_major, device_minor) == file->st_dev &&
           strtoul(at, NULL, 10) == file->st_ino;
}

/* LMDB does not tell where its map is; the kernel does. */
static bool find_mapping(const struct stat *file, struct mapping *ret)
{
    DEFER(defer_fclose) FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        if (is_of_file(line, file, ret)) {
            return true;
        }
    }
    return false;
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

uint64_t db_used_bytes(const struct db *db)
{
    return env_last_page_end(db->env); /* the file has a tail of its own that nothing is in yet */
}

enum { LEAST_PAGE_BYTES = 4096 }; /* of any kernel */

struct step {
    int fd;
    uint64_t at; /* in the file */
    size_t len;
    uintptr_t map; /* where LMDB has it */
};

/* Calls and jobs that looked at some of it had small pages read: none of them may stay, or there is no room for a large one. */
static void clear_crumbs(const struct step *step, void *window)
{
    uint8_t resident[LIMIT_PRELOAD_STEP_BYTES / LEAST_PAGE_BYTES];
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (step->len + page - 1) / page;
    size_t there = 0;
    if (mincore(window, step->len, resident) != 0) {
        return;
    }
    for (size_t i = 0; i < pages; i++) {
        there += resident[i] & 1;
    }
    if (there > 0 && there < pages) {
        (void)madvise(address(step->map), step->len, MADV_DONTNEED);
        (void)posix_fadvise(step->fd, (off_t)step->at, (off_t)step->len, POSIX_FADV_DONTNEED);
    }
}

/*
 * Into the page cache, through a map of its own that asks for large pages and goes.  LMDB's map must not ask: were memory to run short, a call that looks at
 * one cold place of it would read 2 MiB.
 */
static bool read_step(const struct step *step)
{
    void *window = mmap(NULL, step->len, PROT_READ, MAP_SHARED, step->fd, (off_t)step->at);
    if (window == MAP_FAILED) {
        return false;
    }
    clear_crumbs(step, window);
    /* What is read ahead of a look comes in pages of any size, which the kernel does not map whole. */
    (void)madvise(window, step->len, MADV_RANDOM);
    (void)madvise(window, step->len, MADV_HUGEPAGE);
    bool read = madvise(window, step->len, MADV_POPULATE_READ) == 0;
    int why = errno;
    (void)munmap(window, step->len);
    errno = why;
    return read && madvise(address(step->map), step->len, MADV_POPULATE_READ) == 0;
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
    const uint64_t used = db_used_bytes(db), mapped = mapping.to - mapping.from;
    const uint64_t len = used < mapped ? used : mapped;
    if (len > memory_bytes - memory_bytes / LIMIT_PRELOAD_SPARED) {
        return PRELOAD_TOO_LARGE;
    }
    struct step step = {.fd = fd};
    for (uint64_t done = 0; done < len; done += step.len) {
        step.at = done;
        step.map = mapping.from + done;
        step.len = len - done < LIMIT_PRELOAD_STEP_BYTES ? len - done : LIMIT_PRELOAD_STEP_BYTES;
        if (atomic_load_explicit(stop, memory_order_relaxed)) {
            return PRELOAD_STOPPED;
        }
        if (!read_step(&step)) {
            return errno == EINVAL || errno == ENOMEM ? PRELOAD_REFUSED : PRELOAD_UNREADABLE;
        }
        *ret_bytes = done + step.len;
    }
    return PRELOAD_DONE;
}
