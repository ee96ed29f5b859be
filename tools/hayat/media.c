#include "media.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/limits.h"

enum { READ_BYTES = 64 * 1024 };

static bool has_brand(bytes head, const char *const *brands, size_t count)
{
    bytes box = bytes_skip(head, 4);
    for (size_t i = 0; i < count && bytes_starts_with(box, "ftyp"); i++) {
        if (bytes_starts_with(bytes_skip(box, 4), brands[i])) {
            return true;
        }
    }
    return false;
}

static bool is_heic(bytes head)
{
    static const char *const brands[] = {"heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"};
    return has_brand(head, brands, ARRAY_LEN(brands));
}

static bool is_mp4(bytes head)
{
    static const char *const brands[] = {"iso", "mp4", "avc1"};
    return has_brand(head, brands, ARRAY_LEN(brands));
}

const char *media_type_of(bytes head)
{
    if (bytes_starts_with(head, "%PDF-")) {
        return "application/pdf";
    }
    if (bytes_starts_with(head, "\xFF\xD8\xFF")) {
        return "image/jpeg";
    }
    if (bytes_starts_with(head, "\x89PNG\r\n\x1A\n")) {
        return "image/png";
    }
    if (is_mp4(head)) {
        return "video/mp4";
    }
    return is_heic(head) ? "image/heic" : NULL;
}

static status digest(int fd, struct filing_document *document)
{
    uint8_t buffer[READ_BYTES];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    int64_t total = 0;
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        if (total == 0) {
            document->media_type = media_type_of(bytes_of(buffer, (size_t)n));
        }
        total += n;
        crypto_hash_sha256_update(&state, buffer, (size_t)n);
    }
    crypto_hash_sha256_final(&state, document->sha256);
    return n == 0 && total == document->size_bytes ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

status media_inspect(struct filing_document *document)
{
    struct stat st;
    DEFER(defer_close) int fd = open(document->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return FAIL(FILE_UNREADABLE);
    }
    if (st.st_size <= 0 || st.st_size > LIMIT_UPLOAD_BYTES) {
        return FAIL(FILE_SIZE_REFUSED);
    }
    document->size_bytes = st.st_size;
    TRY(digest(fd, document));
    return document->media_type != NULL ? STATUS_OK : FAIL(MEDIA_TYPE_REFUSED);
}
