#include "tools/hayatctl/copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/descriptor.h"
#include "base/limits.h"
#include "tools/hayatctl/command.h"

enum { PIECE_BYTES = 64 * 1024, FILE_MODE = 0600, MIB = 1024 * 1024 };

static bool failed(const char *path)
{
    complain("%s: %s", path, strerror(errno));
    return false;
}

static void free_digest(EVP_MD_CTX **sha256)
{
    EVP_MD_CTX_free(*sha256);
}

static EVP_MD_CTX *begin_digest(void)
{
    EVP_MD_CTX *sha256 = EVP_MD_CTX_new();
    if (sha256 == NULL || EVP_DigestInit_ex(sha256, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(sha256);
        complain("no memory");
        return NULL;
    }
    return sha256;
}

static bool end_digest(EVP_MD_CTX *sha256, uint8_t out[COPY_DIGEST_BYTES])
{
    unsigned len = 0;
    return EVP_DigestFinal_ex(sha256, out, &len) == 1 && len == COPY_DIGEST_BYTES;
}

bool copy_file_create(const char *path, uint64_t expected, bool quiet, struct copy_file *ret_file)
{
    *ret_file = (struct copy_file){.path = path, .fd = -1, .expected = expected};
    ret_file->sha256 = begin_digest();
    if (ret_file->sha256 == NULL) {
        return false;
    }
    ret_file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (ret_file->fd < 0) {
        return failed(path);
    }
    progress_init(&ret_file->progress, &clock_system, "copied", quiet);
    ret_file->progress.unit = "MiB";
    return true;
}

static bool sync_so_far(struct copy_file *file)
{
    if (fdatasync(file->fd) != 0) {
        return failed(file->path);
    }
    (void)posix_fadvise(file->fd, 0, (off_t)file->bytes, POSIX_FADV_DONTNEED);
    file->synced = file->bytes;
    return true;
}

bool copy_file_take(void *ctx, bytes piece)
{
    struct copy_file *file = ctx;
    if (!descriptor_write_all(file->fd, piece)) {
        return failed(file->path);
    }
    (void)EVP_DigestUpdate(file->sha256, piece.ptr, piece.len);
    file->bytes += piece.len;
    if (file->bytes - file->synced >= LIMIT_COPY_SYNC_BYTES && !sync_so_far(file)) {
        return false;
    }
    uint64_t share = file->expected > 0 ? file->bytes * 1000 / file->expected : 0;
    progress_tick(&file->progress, file->bytes / MIB, (uint32_t)(share < 1000 ? share : 1000));
    return true;
}

bool copy_file_finish(struct copy_file *file, uint8_t ret_sha256[COPY_DIGEST_BYTES])
{
    if (fsync(file->fd) != 0 || !sync_so_far(file)) {
        return failed(file->path);
    }
    int fd = file->fd;
    file->fd = -1;
    if (close(fd) != 0) {
        return failed(file->path);
    }
    progress_finish(&file->progress, file->bytes / MIB, "");
    return end_digest(file->sha256, ret_sha256);
}

void copy_file_fini(struct copy_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
    EVP_MD_CTX_free(file->sha256);
    file->sha256 = NULL;
}

bool copy_file_read(const char *from, bool (*take)(void *ctx, bytes piece), void *ctx)
{
    uint8_t piece[PIECE_BYTES];
    DEFER(defer_close) int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed(from);
    }
    for (;;) {
        ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0 || failed(from);
        }
        if (!take(ctx, bytes_of(piece, (size_t)got))) {
            return false;
        }
    }
}

static bool add_to_digest(void *ctx, bytes piece)
{
    return EVP_DigestUpdate(ctx, piece.ptr, piece.len) == 1;
}

bool copy_file_digest(const char *path, uint8_t ret_sha256[COPY_DIGEST_BYTES])
{
    DEFER(free_digest) EVP_MD_CTX *sha256 = begin_digest();
    return sha256 != NULL && copy_file_read(path, add_to_digest, sha256) &&
           end_digest(sha256, ret_sha256);
}

bool copy_file_write_text(const char *path, bytes text)
{
    DEFER(defer_close) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    return (fd >= 0 && descriptor_write_all(fd, text) && fsync(fd) == 0) || failed(path);
}

bool copy_file_sync_directory(const char *path)
{
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return (fd >= 0 && fsync(fd) == 0) || failed(path);
}
