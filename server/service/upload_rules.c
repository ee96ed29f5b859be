#include "service/upload_rules.h"

#include <string.h>

#include "base/array.h"
#include "base/limits.h"

/* RULE UP-1: bytes are taken at the committed size only; anything else changes nothing.  A retry of what is on disk in
   full is acknowledged again.  domain 5 (uploads that restart from zero) */
enum append append_rule(uint64_t committed, uint64_t size, uint64_t offset, uint64_t len)
{
    if (offset == committed) {
        return len <= size - committed ? APPEND_TAKE : APPEND_TOO_LONG;
    }
    if (offset < committed && len > 0 && len <= committed - offset) {
        return APPEND_AGAIN;
    }
    return APPEND_OFFSET_MISMATCH;
}

#define VIDEO_TYPE "video/mp4"

/* How files of a type begin: MAGIC at OFFSET.  A type may have several. */
struct magic {
    const char *media_type;
    size_t offset, len;
    const char *magic;
};

/* RULE UP-2: PDF, JPEG, PNG and HEIC only, and MP4 for a liveness video alone, told by the first bytes; nothing is parsed here.  SEC-E6 */
static const struct magic magics[] = {
    {"application/pdf", 0, 5, "%PDF-"},
    {"image/jpeg", 0, 3, "\xFF\xD8\xFF"},
    {"image/png", 0, 8, "\x89PNG\r\n\x1A\n"},
    {"image/heic", 4, 8, "ftypheic"},
    {"image/heic", 4, 8, "ftypheix"},
    {"image/heic", 4, 8, "ftypheim"},
    {"image/heic", 4, 8, "ftypheis"},
    {"image/heic", 4, 8, "ftyphevc"},
    {"image/heic", 4, 8, "ftypmif1"},
    {VIDEO_TYPE, 4, 7, "ftypiso"},
    {VIDEO_TYPE, 4, 7, "ftypmp4"},
    {VIDEO_TYPE, 4, 8, "ftypavc1"},
};

bool media_type_accepted(const char *media_type, bool is_video)
{
    for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
        if (strcmp(magics[i].media_type, media_type) == 0) {
            return is_video == (strcmp(media_type, VIDEO_TYPE) == 0);
        }
    }
    return false;
}

static bool magic_fits(const struct magic *magic, bytes head, bool whole)
{
    if (head.len < magic->offset + magic->len && whole) {
        return false;
    }
    bytes there = bytes_head(bytes_skip(head, magic->offset), magic->len);
    return there.len == 0 || memcmp(there.ptr, magic->magic, there.len) == 0;
}

bool media_type_fits(const char *media_type, bytes head, bool whole)
{
    for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
        if (strcmp(magics[i].media_type, media_type) == 0 && magic_fits(&magics[i], head, whole)) {
            return true;
        }
    }
    return false;
}

static bool fits(uint64_t used, uint64_t size, uint64_t most)
{
    return size <= most && used <= most - size;
}

status upload_fits_the_day(uint64_t bytes_today, uint64_t size)
{
    return fits(bytes_today, size, LIMIT_UPLOAD_BYTES_PER_DAY) ? STATUS_OK : FAIL(UPLOAD_QUOTA);
}

/* What a person asked for finds room whatever is kept: a pension must not end for want of disk. */
static bool has_space(const struct upload_standing *standing, uint64_t size)
{
    return fits(standing->bytes_kept, size, LIMIT_UPLOAD_BYTES_PER_MEMBER) ||
           (standing->asked && fits(standing->bytes_live, size, LIMIT_UPLOAD_BYTES_ASKED));
}

static size_t most_documents(const struct upload_standing *standing)
{
    return LIMIT_DOCUMENTS_PER_MEMBER - (standing->asked ? 0 : LIMIT_DOCUMENTS_ASKED);
}

/* RULE UP-3: few uploads at a time, few bytes a day and in all, one live document per item that does not repeat. */
status upload_standing_allows(const struct upload_standing *standing, bool repeats, uint64_t size)
{
    if (!repeats && standing->of_item > 0) {
        return FAIL(UPLOAD_ITEM_TAKEN);
    }
    if (standing->open >= LIMIT_UPLOADS_OPEN || standing->count_today >= LIMIT_UPLOADS_PER_DAY ||
        standing->of_certificate >= LIMIT_DOCUMENTS_PER_CERTIFICATE ||
        standing->documents >= most_documents(standing)) {
        return FAIL(UPLOAD_QUOTA);
    }
    TRY(upload_fits_the_day(standing->bytes_today, size));
    return has_space(standing, size) ? STATUS_OK : FAIL(UPLOAD_SPACE);
}
