#include "tools/hayatctl/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tools/hayatctl/csv_out.h"

static status open_at(struct quarantine *quarantine, uint64_t length)
{
    int fd = open(quarantine->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    if (ftruncate(fd, (off_t)length) != 0 || lseek(fd, 0, SEEK_END) < 0 ||
        (quarantine->file = fdopen(fd, "w")) == NULL) {
        (void)close(fd);
        return FAIL(FILE_UNWRITABLE);
    }
    if (length == 0) {
        (void)fputs("line,reason,column,row\n", quarantine->file);
    }
    return STATUS_OK;
}

status quarantine_open(struct quarantine *quarantine, const char *import_path, uint64_t length)
{
    quarantine->file = NULL;
    quarantine->length = length;
    int len = snprintf(quarantine->path, sizeof(quarantine->path), "%s.quarantine.csv",
                       import_path);
    if (len < 0 || (size_t)len >= sizeof(quarantine->path)) {
        return FAIL(FILE_UNWRITABLE);
    }
    if (length > 0) {
        return open_at(quarantine, length);
    }
    return unlink(quarantine->path) == 0 || errno == ENOENT ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status quarantine_add(struct quarantine *quarantine, uint64_t line, struct feed_error error,
                      bytes row)
{
    if (quarantine->file == NULL) {
        TRY(open_at(quarantine, 0));
    }
    FILE *out = quarantine->file;
    csv_int(out, (int64_t)line);
    csv_comma(out);
    csv_text(out, feed_fault_name(error.fault));
    csv_comma(out);
    csv_text(out, error.column);
    csv_comma(out);
    csv_bytes(out, row);
    csv_end(out);
    return ferror(out) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status quarantine_sync(struct quarantine *quarantine)
{
    if (quarantine->file == NULL) {
        return STATUS_OK;
    }
    if (fflush(quarantine->file) != 0 || fdatasync(fileno(quarantine->file)) != 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    off_t length = ftello(quarantine->file);
    if (length < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    quarantine->length = (uint64_t)length;
    return STATUS_OK;
}

void quarantine_close(struct quarantine *quarantine)
{
    if (quarantine->file != NULL) {
        (void)fclose(quarantine->file);
        quarantine->file = NULL;
    }
}
