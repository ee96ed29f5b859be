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
    if (name == NULL ||
        snprintf(path, sizeof path, "%s%s/%s", root, group, name) >= (int)sizeof path) {
        return most;
    }
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return most;
    }
    const uint64_t limit = strtoull(line, &end, 10);
    return end != line && limit < most ? limit : most;
}

/* The path after MARK in a line such as "0::/system.slice/hayatd.service" or "4:memory:/docker/1f"; false when there is none. */
static bool read_group(const char *cgroup_file, const char *mark, char ret_group[PATH_MAX])
{
    char line[PATH_MAX];
    DEFER(defer_fclose) FILE *file = fopen(cgroup_file, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, mark);
        if (at != NULL) {
            line[strcspn(line, "\n")] = '\0';
            memcpy(ret_group, at + strlen(mark), strlen(at + strlen(mark)) + 1);
            return true;
        }
    }
    return false;
}

struct version {
    const char *mark, *directory, *names[2];
};

/* A group's limit is for those in it, too. */
static uint64_t limit_by(const struct version *version, const char *cgroup_file, const char *root,
                         uint64_t most)
{
    char group[PATH_MAX], top[PATH_MAX];
    if (snprintf(top, sizeof top, "%s%s", root, version->directory) >= (int)sizeof top) {
        return most;
    }
    char *last = read_group(cgroup_file, version->mark, group) ? group + strlen(group) : NULL;
    for (; last != NULL; last = strrchr(group, '/')) {
        *last = '\0';
        most = limit_in(top, group, version->names[0], most);
        most = limit_in(top, group, version->names[1], most);
    }
    return most;
}

uint64_t memory_limit_of(const char *cgroup_file, const char *root, uint64_t physical)
{
    static const struct version two = {"0::", "", {"memory.max", "memory.high"}};
    static const struct version one = {":memory:", "/memory", {"memory.limit_in_bytes", NULL}};
    return limit_by(&one, cgroup_file, root, limit_by(&two, cgroup_file, root, physical));
}

uint64_t memory_limit_bytes(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return memory_limit_of("/proc/self/cgroup", "/sys/fs/cgroup",
                           pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0);
}
