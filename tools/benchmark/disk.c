#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/defer.h"
#include "bench.h"
#include "stats.h"

static int scratch(const char *directory, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/bench.scratch", directory);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

double disk_syncs_per_second(const char *directory)
{
    enum { SYNCS = 400, RECORD_BYTES = 512 };
    static const char record[RECORD_BYTES] = {'r'};
    char path[PATH_MAX];
    DEFER(defer_close) int fd = scratch(directory, path);
    int64_t start_ns = stats_now_ns();
    for (int i = 0; i < SYNCS; i++) {
        if (fd < 0 || write(fd, record, sizeof record) != (ssize_t)sizeof record ||
            fdatasync(fd) != 0) {
            return 0;
        }
    }
    double seconds = (double)(stats_now_ns() - start_ns) / 1e9;
    (void)unlink(path);
    return SYNCS / seconds;
}

double disk_write_rate(const char *directory, const unsigned char *content, size_t len, int count)
{
    char path[PATH_MAX];
    int64_t start_ns = stats_now_ns();
    for (int i = 0; i < count; i++) {
        DEFER(defer_close) int fd = scratch(directory, path);
        if (fd < 0 || write(fd, content, len) != (ssize_t)len || fsync(fd) != 0) {
            return 0;
        }
    }
    double seconds = (double)(stats_now_ns() - start_ns) / 1e9;
    (void)unlink(path);
    return (double)len * count / 1e6 / seconds;
}
