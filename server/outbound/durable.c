#include "outbound/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/descriptor.h"

status durable_directory(const char *path, int *ret_directory)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return FAIL(FILE_UNWRITABLE);
    }
    *ret_directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret_directory < 0 ? FAIL(FILE_UNWRITABLE) : STATUS_OK;
}

status durable_open(int directory, const char *name, struct durable_file *ret_file)
{
    struct durable_file file = {.directory = directory, .file = -1};
    int len = snprintf(file.name, sizeof file.name, "%s", name);
    if (len <= 0 || (size_t)len >= sizeof file.name || strchr(name, '/') != NULL) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)snprintf(file.part, sizeof file.part, ".%s.part", name);
    file.file = openat(directory, file.part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                       0600);
    if (file.file < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    *ret_file = file;
    return STATUS_OK;
}

status durable_write(struct durable_file *file, bytes piece)
{
    return descriptor_write_all(file->file, piece) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status durable_commit(struct durable_file *file)
{
    bool flushed = fsync(file->file) == 0;
    flushed = close(file->file) == 0 && flushed;
    file->file = -1;
    bool there = flushed &&
                 renameat(file->directory, file->part, file->directory, file->name) == 0 &&
                 fsync(file->directory) == 0;
    return there ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

void durable_abandon(struct durable_file *file)
{
    if (file->file >= 0) {
        (void)close(file->file);
    }
    (void)unlinkat(file->directory, file->part, 0);
}

status durable_put(int directory, const char *name, bytes content)
{
    struct durable_file file;
    TRY(durable_open(directory, name, &file));
    status s = durable_write(&file, content);
    if (ok(s)) {
        s = durable_commit(&file);
    }
    if (!ok(s)) {
        durable_abandon(&file);
    }
    return s;
}

/* True when the file is empty or its last line is whole. */
static bool ends_whole(int file)
{
    char last = '\n';
    off_t size = lseek(file, 0, SEEK_END);
    return size <= 0 || (pread(file, &last, 1, size - 1) == 1 && last == '\n');
}

status durable_append(int directory, const char *name, bytes line)
{
    DEFER(defer_close)
    int file = openat(directory, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    bool written = (ends_whole(file) || descriptor_write_all(file, bytes_str("\n"))) &&
                   descriptor_write_all(file, line) && fsync(file) == 0 && fsync(directory) == 0;
    return written ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

bool durable_exists(int directory, const char *name)
{
    return faccessat(directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
