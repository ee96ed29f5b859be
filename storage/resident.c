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

void db_forget_pages(struct db *db)
{
    mdb_filehandle_t fd;
    struct stat file;
    struct mapping mapping;
    if (mdb_env_get_fd(db->env, &fd) != 0 || fstat(fd, &file) != 0 ||
        !find_mapping(&file, &mapping)) {
        return; /* then they stay */
    }
    size_t len = mapping.to - mapping.from;
    len = (uint64_t)file.st_size < len ? (size_t)file.st_size : len;
    (void)madvise((void *)mapping.from, len, MADV_DONTNEED); /* the pages stay in the page cache */
}
