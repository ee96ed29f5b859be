#include "checker/kind.h"

#include <ctype.h>
#include <magic.h>

#include "base/array.h"

enum {
    HEAD_BYTES = 1024,      /* where a PDF's header may stand, and where browsers look for a page */
    ARCHIVE_END_BYTES = 22, /* the end record of a zip ... */
    ARCHIVE_COMMENT_MAX = 65535, /* ... and the comment behind it */
};

static const struct {
    const char *type;
    enum kind kind;
} types[] = {
    {"application/pdf", KIND_PDF}, {"image/jpeg", KIND_JPEG}, {"image/png", KIND_PNG},
    {"image/heic", KIND_HEIC},     {"image/heif", KIND_HEIC}, {"image/heic-sequence", KIND_HEIC},
    {"video/mp4", KIND_FILM},
};

static magic_t book;

enum kind kind_of_type(const char *media_type)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(types[i].type, media_type) == 0) {
            return types[i].kind;
        }
    }
    return KIND_NONE;
}

status kind_prepare(void)
{
    book = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR |
                      MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_ELF);
    return book != NULL && magic_load(book, NULL) == 0 ? STATUS_OK : FAIL(HELPER_FAILED);
}

check_reason kind_check(bytes file, enum kind declared)
{
    const char *type = magic_buffer(book, file.ptr, file.len);
    return type != NULL && kind_of_type(type) == declared ? PASSED : WHY(WRONG_TYPE);
}

/* --- two things at once --- */

static bool holds(bytes where, const char *what)
{
    return where.len > 0 && memmem(where.ptr, where.len, what, strlen(what)) != NULL;
}

/* In any case of letters. */
static bool holds_word(bytes where, const char *word)
{
    const size_t len = strlen(word);
    for (size_t i = 0; i + len <= where.len; i++) {
        size_t same = 0;
        while (same < len && tolower(where.ptr[i + same]) == word[same]) {
            same++;
        }
        if (same == len) {
            return true;
        }
    }
    return false;
}

static bool holds_page(bytes where)
{
    static const char *const words[] = {"<html", "<script", "<!doctype html", "<?php", "<svg"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (holds_word(where, words[i])) {
            return true;
        }
    }
    return false;
}

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The end record of a zip that would really be found: its directory lies before it, its comment ends with the file. */
static bool is_archive_end(bytes file, size_t at)
{
    const uint8_t *record = file.ptr + at;
    const uint64_t directory = (uint64_t)le32(record + 12) + le32(record + 16);
    const size_t comment = record[20] | (size_t)record[21] << 8;
    const bool has_entries = (record[10] | record[11]) != 0;
    return has_entries && directory <= at && at + ARCHIVE_END_BYTES + comment <= file.len;
}

static bool ends_as_archive(bytes file)
{
    const size_t reach = ARCHIVE_END_BYTES + ARCHIVE_COMMENT_MAX;
    for (size_t at = file.len > reach ? file.len - reach : 0; at + ARCHIVE_END_BYTES <= file.len;
         at++) {
        if (memcmp(file.ptr + at, "PK\5\6", 4) == 0 && is_archive_end(file, at)) {
            return true;
        }
    }
    return false;
}

/* Behind its end, past padding: something that another program starts or opens. */
static bool begins_another(bytes tail)
{
    static const struct {
        const char *magic;
        size_t len;
    } others[] = {{"%PDF-", 5},
                  {"PK\3\4", 4},
                  {"Rar!", 4},
                  {"7z\xBC\xAF", 4},
                  {"MZ", 2},
                  {"\x7F"
                   "ELF",
                   4},
                  {"#!", 2},
                  {"\xCA\xFE\xBA\xBE", 4},
                  {"GIF8", 4},
                  {"\x1F\x8B", 2},
                  {"{\\rtf", 5},
                  {"\xD0\xCF\x11\xE0", 4}};
    while (tail.len > 0 && (tail.ptr[0] == 0 || isspace(tail.ptr[0]) != 0)) {
        tail = bytes_skip(tail, 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (tail.len >= others[i].len && memcmp(tail.ptr, others[i].magic, others[i].len) == 0) {
            return true;
        }
    }
    return false;
}

check_reason kind_check_polyglot(bytes file, enum kind kind, size_t end)
{
    const bytes head = bytes_head(file, HEAD_BYTES), tail = bytes_skip(file, end);
    const bool second_head = kind != KIND_PDF && (holds(head, "%PDF-") || holds_page(head));
    const bool second_tail = begins_another(tail) || holds(tail, "%PDF-") || holds_page(tail);
    return second_head || second_tail || ends_as_archive(file) ? WHY(POLYGLOT) : PASSED;
}
