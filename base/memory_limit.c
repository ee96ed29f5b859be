#include "base/memory_limit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/defer.h"

/* "max", which strtoull does not take, is none. */
static uint64_t limit_in(const char *root, const char *group, const char *name, uint64_t most)
{
    char path[PATH_MAX], line[32], *end;
    if (snprintf(path, sizeof path, "%s%s/%s", root, group, name) >= (int)sizeof path) {
        return most;
    }
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return most;
    }
    const uint64_t limit = strtoull(line, &end, 10);
    return end != line && limit < most ? limit : most;
}

/* Version 2's line is "0::/system.slice/hayatd.service"; false when there is none. */
static bool read_group(const char *cgroup_file, char ret_group[PATH_MAX])
{
    static const char start[] = "0::";
    DEFER(defer_fclose) FILE *file = fopen(cgroup_file, "re");
    while (file != NULL && fgets(ret_group, PATH_MAX, file) != NULL) {
        if (strncmp(ret_group, start, sizeof start - 1) == 0) {
            ret_group[strcspn(ret_group, "\n")] = '\0';
            memmove(ret_group, ret_group + sizeof start - 1,
                    strlen(ret_group + sizeof start - 1) + 1);
            return true;
        }
    }
    return false;
}

uint64_t memory_limit_of(const char *cgroup_file, const char *root, uint64_t physical)
{
    char group[PATH_MAX];
    uint64_t most = physical;
    char *last = read_group(cgroup_file, group) ? group + strlen(group) : NULL;
    while (last != NULL) { /* a group's limit is for those in it, too */
        *last = '\0';
        most = limit_in(root, group, "memory.max", most);
        most = limit_in(root, group, "memory.high", most);
        last = strrchr(group, '/');
    }
    return most;
}

uint64_t memory_limit_bytes(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return memory_limit_of("/proc/self/cgroup", "/sys/fs/cgroup",
                           pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0);
}
