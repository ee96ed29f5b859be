#include "outbound/carried.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/id.h"
#include "outbound/durable.h"

status carried_open(const char *path, struct carried *ret_carried)
{
    return durable_directory(path, &ret_carried->directory);
}

void carried_close(struct carried *carried)
{
    defer_close(&carried->directory);
    carried->directory = -1;
}

/* Ids come from the server and become file names. */
static bool is_id(const char *id)
{
    struct id parsed;
    return id_parse(bytes_str(id), "obx", &parsed);
}

static char word_of(const struct report *report)
{
    if (report->verdict == VERDICT_DELIVERED) {
        return report->report_expected ? 'e' : 'd';
    }
    return report->gone ? 'g' : 'r';
}

status carried_put(const struct carried *carried, const char *id, const struct report *report)
{
    char line[EVIDENCE_MAX + 8];
    if (!is_id(id)) {
        return FAIL(FILE_UNWRITABLE);
    }
    int len = snprintf(line, sizeof line, "%c %s", word_of(report), report->evidence);
    return durable_put(carried->directory, id, bytes_of(line, (size_t)len));
}

bool carried_find(const struct carried *carried, const char *id, struct report *ret_report)
{
    char line[EVIDENCE_MAX + 8] = "";
    DEFER(defer_close)
    int file = is_id(id) ? openat(carried->directory, id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    ssize_t len = file < 0 ? -1 : read(file, line, sizeof line - 1);
    if (len < 2) {
        return false;
    }
    bool delivered = line[0] == 'd' || line[0] == 'e';
    report_fill(ret_report, delivered ? VERDICT_DELIVERED : VERDICT_REFUSED, line + 2);
    ret_report->gone = line[0] == 'g';
    ret_report->report_expected = line[0] == 'e';
    return true;
}

void carried_forget(const struct carried *carried, const char *id)
{
    if (is_id(id)) {
        (void)unlinkat(carried->directory, id, 0);
    }
}

void carried_sweep(const struct carried *carried, int64_t before_ms)
{
    int copy = dup(carried->directory);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (directory == NULL) {
        return;
    }
    rewinddir(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat about;
        if (is_id(entry->d_name) && fstatat(carried->directory, entry->d_name, &about, 0) == 0 &&
            about.st_mtim.tv_sec * INT64_C(1000) < before_ms) {
            carried_forget(carried, entry->d_name);
        }
    }
    (void)closedir(directory);
}
