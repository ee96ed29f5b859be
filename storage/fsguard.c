#include "storage/fsguard.h"

#include <stddef.h>
#include <sys/vfs.h>

#include "base/array.h"

/* Numbers of statfs(2); linux/magic.h lacks zfs. */
static const uint64_t durable[] = {
    0xEF53,     /* ext2, ext3, ext4 */
    0x58465342, /* xfs */
    0x9123683E, /* btrfs */
    0x2FC12FC1, /* zfs */
};

static const uint64_t for_tests[] = {
    0x01021994, /* tmpfs */
    0x794C7630, /* overlayfs */
};

static bool contains(const uint64_t *list, size_t count, uint64_t magic)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == magic) {
            return true;
        }
    }
    return false;
}

status fsguard_judge(uint64_t magic, bool allow_test_file_systems)
{
    bool allowed = contains(durable, ARRAY_LEN(durable), magic) ||
                   (allow_test_file_systems && contains(for_tests, ARRAY_LEN(for_tests), magic));
    return allowed ? STATUS_OK : FAIL(STORE_FILE_SYSTEM);
}

status fsguard_check(const char *path, bool allow_test_file_systems)
{
    struct statfs fs;
    if (statfs(path, &fs) != 0) {
        return FAIL(FILE_UNREADABLE);
    }
    return fsguard_judge((uint64_t)fs.f_type & 0xFFFFFFFF, allow_test_file_systems);
}
