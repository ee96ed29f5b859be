/*
 * Promise: what the fund would refuse (other kinds of file, empty ones, more than 20 MiB) is
 * refused before anything is sent, by the file's content and not its name; size and digest are the
 * file's own.
 */
#include "tests/support/cm.h"

#include <fcntl.h>

#include "base/codec.h"
#include "scratch.h"
#include "tools/hayat/media.h"
#include "tools/hayat/text.h"

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    scratch_free(*state);
    return 0;
}

static const char *type_of(const char *head, size_t len)
{
    const char *type = media_type_of(bytes_of(head, len));
    return type == NULL ? "none" : type;
}

static void test_types(void **state)
{
    (void)state;
    assert_string_equal(type_of("%PDF-1.7\n", 9), "application/pdf");
    assert_string_equal(type_of("\xFF\xD8\xFF\xE0", 4), "image/jpeg");
    assert_string_equal(type_of("\x89PNG\r\n\x1A\n....", 12), "image/png");
    assert_string_equal(type_of("\0\0\0\x18"
                                "ftypheic\0\0\0\0",
                                16),
                        "image/heic");
    assert_string_equal(type_of("\0\0\0\x18"
                                "ftypmif1\0\0\0\0",
                                16),
                        "image/heic");
    assert_string_equal(type_of("\0\0\0\x18"
                                "ftypisom\0\0\0\0",
                                16),
                        "video/mp4");
    assert_string_equal(type_of("\0\0\0\x18"
                                "ftypqt  \0\0\0\0",
                                16),
                        "none");
    assert_string_equal(type_of("MZ\x90\0", 4), "none");
    assert_string_equal(type_of("%PD", 3), "none");
    assert_string_equal(type_of("", 0), "none");
}

static status inspect(const char *directory, const char *name, const char *text,
                      struct filing_document *document)
{
    char *path = scratch_write(directory, name, text, 0644);
    *document = (struct filing_document){.path = path};
    status s = media_inspect(document);
    document->path = NULL;
    free(path);
    return s;
}

static void test_size_and_digest(void **state)
{
    struct filing_document document;
    char digest[2 * SHA256_BYTES + 1];
    assert_ok(inspect(*state, "x.jpg", "%PDF-1.7\n", &document));
    assert_int_equal(document.size_bytes, 9);
    assert_string_equal(document.media_type, "application/pdf");
    hex_encode(bytes_of(document.sha256, SHA256_BYTES), digest);
    assert_string_equal(digest, "0716f9264c9fe19f5d7455276107f3ddcc1d3497f63d60689a73558ae8a1bf5e");
}

static void test_refusals(void **state)
{
    struct filing_document document;
    assert_reason(inspect(*state, "x.pdf", "hello", &document), MEDIA_TYPE_REFUSED);
    assert_reason(inspect(*state, "x.pdf", "", &document), FILE_SIZE_REFUSED);
    char *path = scratch_write(*state, "large.pdf", "%PDF-1.7\n", 0644);
    assert_int_equal(truncate(path, LIMIT_UPLOAD_BYTES + 1), 0);
    document = (struct filing_document){.path = path};
    assert_reason(media_inspect(&document), FILE_SIZE_REFUSED);
    free(path);
    document = (struct filing_document){.path = *state}; /* a directory */
    assert_reason(media_inspect(&document), FILE_UNREADABLE);
    document = (struct filing_document){.path = "/nonexistent"};
    assert_reason(media_inspect(&document), FILE_UNREADABLE);
}

static void test_language_tags(void **state)
{
    (void)state;
    enum language language = LANGUAGE_EN;
    assert_true(language_parse("fr_FR.UTF-8", &language));
    assert_int_equal(language, LANGUAGE_FR);
    assert_true(language_parse("ar-MA", &language));
    assert_int_equal(language, LANGUAGE_AR);
    assert_true(language_parse("en", &language));
    assert_false(language_parse("fra", &language));
    assert_false(language_parse("C.UTF-8", &language));
    assert_int_equal(language, LANGUAGE_EN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test_setup_teardown(test_size_and_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test(test_language_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
