/* Promise: bytes are taken at the committed size alone, files begin as they say, and quotas hold at their edges. */
#include "tests/support/cm.h"

#include "base/limits.h"
#include "service/upload_rules.h"

/* A plain reading of the rule, against every small case. */
static enum append expected(uint64_t committed, uint64_t size, uint64_t offset, uint64_t len)
{
    if (offset == committed) {
        return offset + len <= size ? APPEND_TAKE : APPEND_TOO_LONG;
    }
    return len > 0 && offset + len <= committed ? APPEND_AGAIN : APPEND_OFFSET_MISMATCH;
}

static void test_every_small_offset_and_length(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 8; size++) {
        for (uint64_t committed = 0; committed <= size; committed++) {
            for (uint64_t offset = 0; offset <= 10; offset++) {
                for (uint64_t len = 0; len <= 10; len++) {
                    assert_int_equal(append_rule(committed, size, offset, len),
                                     expected(committed, size, offset, len));
                }
            }
        }
    }
}

static void test_huge_numbers_do_not_wrap(void **state)
{
    (void)state;
    assert_int_equal(append_rule(0, 10, INT64_MAX, UINT64_MAX), APPEND_OFFSET_MISMATCH);
    assert_int_equal(append_rule(5, 10, 5, UINT64_MAX), APPEND_TOO_LONG);
    assert_int_equal(append_rule(5, 10, 1, UINT64_MAX), APPEND_OFFSET_MISMATCH);
}

static void test_media_types(void **state)
{
    (void)state;
    assert_true(media_type_accepted("application/pdf", false));
    assert_true(media_type_accepted("image/jpeg", false));
    assert_true(media_type_accepted("image/png", false));
    assert_true(media_type_accepted("image/heic", false));
    assert_false(media_type_accepted("", false));
    assert_false(media_type_accepted("text/html", false));
    assert_false(media_type_accepted("image/jpeg ", false));
    assert_false(media_type_accepted("IMAGE/JPEG", false));
    assert_true(media_type_accepted("video/mp4", true));
    assert_false(media_type_accepted("video/mp4", false));
    assert_false(media_type_accepted("image/jpeg", true));
    assert_false(media_type_accepted("video/quicktime", true));
}

/* Each beginning fits its own type at every length, and no other type once it is long enough. */
static void test_beginnings(void **state)
{
    (void)state;
    static const struct {
        const char *type, *head;
        size_t len, magic;
    } files[] = {{"application/pdf", "%PDF-1.7\n%\xE2\xE3\xCF", 12, 5},
                 {"image/jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF\0\1", 12, 3},
                 {"image/png", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16, 8},
                 {"image/heic",
                  "\0\0\0\x18"
                  "ftypheic\0\0\0\0",
                  16, 12},
                 {"video/mp4",
                  "\0\0\0\x18"
                  "ftypavc1\0\0\0\0",
                  16, 12}};
    for (size_t f = 0; f < 5; f++) {
        for (size_t len = 0; len <= files[f].len; len++) {
            bytes head = bytes_of(files[f].head, len);
            assert_true(media_type_fits(files[f].type, head, false));
            assert_int_equal(media_type_fits(files[f].type, head, true), len >= files[f].magic);
        }
        for (size_t other = 0; other < 5; other++) {
            bytes head = bytes_of(files[f].head, files[f].len);
            assert_int_equal(media_type_fits(files[other].type, head, true), f == other);
        }
    }
    assert_false(media_type_fits("application/pdf", bytes_str("<html>"), false));
    assert_false(media_type_fits("image/heic",
                                 bytes_of("\0\0\0\x18"
                                          "ftypmp42",
                                          12),
                                 false));
}

static void test_quota_edges(void **state)
{
    (void)state;
    struct upload_standing none = {.open = 0};
    assert_ok(upload_standing_allows(&none, false, (uint64_t)LIMIT_UPLOAD_BYTES));
    struct upload_standing open = {.open = LIMIT_UPLOADS_OPEN - 1};
    assert_ok(upload_standing_allows(&open, false, 1));
    open.open = LIMIT_UPLOADS_OPEN;
    assert_reason(upload_standing_allows(&open, false, 1), UPLOAD_QUOTA);
    struct upload_standing day = {.bytes_today = (uint64_t)LIMIT_UPLOAD_BYTES_PER_DAY - 5};
    assert_ok(upload_standing_allows(&day, false, 5));
    assert_reason(upload_standing_allows(&day, false, 6), UPLOAD_QUOTA);
    assert_reason(upload_standing_allows(&none, false, UINT64_MAX), UPLOAD_QUOTA);
    struct upload_standing busy = {.count_today = LIMIT_UPLOADS_PER_DAY - 1};
    assert_ok(upload_standing_allows(&busy, false, 1));
    busy.count_today = LIMIT_UPLOADS_PER_DAY;
    assert_reason(upload_standing_allows(&busy, false, 1), UPLOAD_QUOTA);
    struct upload_standing full = {.bytes_kept = LIMIT_UPLOAD_BYTES_PER_MEMBER - 5};
    assert_ok(upload_standing_allows(&full, false, 5));
    assert_reason(upload_standing_allows(&full, false, 6), UPLOAD_SPACE);
    full.bytes_kept = LIMIT_UPLOAD_BYTES_PER_MEMBER + 1; /* from before there was a limit */
    assert_reason(upload_standing_allows(&full, false, 1), UPLOAD_SPACE);
    struct upload_standing item = {.of_item = 1, .of_certificate = 1};
    assert_reason(upload_standing_allows(&item, false, 1), UPLOAD_ITEM_TAKEN);
    assert_ok(upload_standing_allows(&item, true, 1));
    struct upload_standing certificate = {.of_certificate = LIMIT_DOCUMENTS_PER_CERTIFICATE};
    assert_reason(upload_standing_allows(&certificate, true, 1), UPLOAD_QUOTA);
    struct upload_standing all = {.documents = LIMIT_DOCUMENTS_PER_MEMBER - LIMIT_DOCUMENTS_ASKED};
    assert_reason(upload_standing_allows(&all, true, 1), UPLOAD_QUOTA);
    all.asked = true;
    assert_ok(upload_standing_allows(&all, true, 1));
    all.documents = LIMIT_DOCUMENTS_PER_MEMBER;
    assert_reason(upload_standing_allows(&all, true, 1), UPLOAD_QUOTA);
    struct upload_standing asked = {
        .bytes_kept = UINT64_MAX, .bytes_live = LIMIT_UPLOAD_BYTES_ASKED - 5, .asked = true};
    assert_ok(upload_standing_allows(&asked, false, 5));
    assert_reason(upload_standing_allows(&asked, false, 6), UPLOAD_SPACE);
    asked.asked = false;
    assert_reason(upload_standing_allows(&asked, false, 5), UPLOAD_SPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_small_offset_and_length),
        cmocka_unit_test(test_huge_numbers_do_not_wrap),
        cmocka_unit_test(test_media_types),
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_quota_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
