#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/defer.h"
#include "storage/txn.h"

struct mapping {
    uintptr_t from, to;
};

/* LMDB does not tell where its map is; the kernel does. */
static bool find_mapping(const struct stat *file, struct mapping *ret)
{
    DEFER(defer_fclose) FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to, offset, inode;
        unsigned device_major, device_minor;
        int fields = sscanf(line, "%lx-%lx %*s %lx %x:%x %lu", &from, &to, &offset, &device_major,
                            &device_minor, &inode);
        if (fields == 6 && inode == file->st_ino && offset == 0 &&
            makedev(device_major, device_minor) == file->st_dev) {
            *ret = (struct mapping){from, to};
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
