/*
 * Promise: real scans pass; hostile files are refused, for the right reason where it is known; nothing crashes, escapes or hangs the
 * checker (SEC-E6); what agents get says nothing but its picture or its pages.
 *
 * 600 files through the program itself, as hayatd runs it.  HAYAT_CHECK_MUTANTS is how many damaged copies there are among them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "confine/confine.h"
#include "helper/helper.h"
#include "tests/checker/files.h"
#include "tests/support/cm.h"

enum { FILES_IN_ALL = 600, FILES_SANITIZED = 250, ANSWER_BYTES = 24 * 1024 * 1024 };

static struct file_list list;
static size_t valid_count;

static int setup(void **state)
{
    (void)state;
    const char *mutants = getenv("HAYAT_CHECK_MUTANTS");
    const size_t all = confine_applies() ? FILES_IN_ALL : FILES_SANITIZED;
    file_list_init(&list);
    files_add_valid(&list);
    valid_count = list.count;
    files_add_hostile(&list);
    files_add_mutants(&list, mutants != NULL ? strtoul(mutants, NULL, 10) : all - list.count);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    file_list_fini(&list);
    return 0;
}

static status run(const char *what, const char *type, bytes data, struct arena *arena,
                  bytes *ret_answer)
{
    const char *args[] = {what, type, NULL};
    const struct helper helper = {.program = HAYAT_CHECK_PROGRAM,
                                  .args = args,
                                  .deadline_ms = LIMIT_CHECK_DEADLINE_MS *
                                                 (confine_applies() ? 1 : 8),
                                  .output_max = ANSWER_BYTES};
    return helper_run(&helper, data, arena, ret_answer);
}

/* Without the size before it, which must be right. */
static status clean_file(const struct file *file, struct arena *arena, bytes *ret_clean)
{
    bytes answer;
    *ret_clean = bytes_str("");
    TRY(run("clean", file->type, file->data, arena, &answer));
    if (answer.ptr == NULL || answer.len <= sizeof(uint64_t)) {
        return FAIL(HELPER_FAILED);
    }
    *ret_clean = bytes_skip(answer, sizeof(uint64_t));
    assert_int_equal(get_be64(answer.ptr), ret_clean->len);
    return STATUS_OK;
}

static Hayat__Check__V1__Verdict *inspect(const char *type, bytes data, struct arena *arena)
{
    bytes answer = {NULL, 0};
    if (!ok(run("inspect", type, data, arena, &answer)) || answer.len > LIMIT_VERDICT_BYTES) {
        return NULL;
    }
    return hayat__check__v1__verdict__unpack(&arena->allocator, answer.len, answer.ptr);
}

/* --- the answers --- */

static bool is_right(const struct file *file, const Hayat__Check__V1__Verdict *verdict)
{
    if (verdict == NULL) {
        (void)fprintf(stderr, "%s: no answer\n", file->name);
        return false;
    }
    if (!file->reason_known) {
        return true;
    }
    const bool good = verdict->reason == file->reason && verdict->page == file->page &&
                      (file->page_count == 0 || verdict->page_count == file->page_count);
    if (!good) {
        (void)fprintf(stderr, "%s: reason %d on page %u of %u, not %d on %u of %u\n", file->name,
                      (int)verdict->reason, verdict->page, verdict->page_count, (int)file->reason,
                      file->page, file->page_count);
    }
    return good;
}

static void test_every_file_gets_its_answer(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < list.count; i++) {
        struct arena arena;
        arena_init(&arena, 4 * 1024 * 1024);
        const struct file *file = &list.files[i];
        wrong += is_right(file, inspect(file->type, file->data, &arena)) ? 0 : 1;
        arena_fini(&arena);
    }
    assert_int_equal(wrong, 0);
}

/* --- what is left of them for agents --- */

static bool holds(bytes where, const char *what)
{
    return memmem(where.ptr, where.len, what, strlen(what)) != NULL;
}

static const char *clean_type(const char *type)
{
    return strcmp(type, "image/heic") == 0 ? "image/jpeg" : type;
}

static void test_clean_files_tell_nothing_else(void **state)
{
    (void)state;
    static const char *const telling[] = {"GPS-Casablanca", "Cam",     "Author",
                                          "CreationDate",   "Casabla", "second picture",
                                          "Location",       "Made-at"};
    for (size_t i = 0; i < valid_count; i++) {
        const struct file *file = &list.files[i];
        struct arena arena;
        bytes clean;
        arena_init(&arena, 256 * 1024 * 1024);
        assert_ok(clean_file(file, &arena, &clean));
        for (size_t t = 0; t < sizeof telling / sizeof telling[0]; t++) {
            assert_false(holds(clean, telling[t]));
        }
        const Hayat__Check__V1__Verdict *verdict = inspect(clean_type(file->type), clean, &arena);
        assert_non_null(verdict);
        assert_int_equal(verdict->reason, PASSED);
        assert_true(file->page_count == 0 || verdict->page_count == file->page_count);
        arena_fini(&arena);
    }
}

/* Turned as it was: one number of the EXIF block stays, and the picture's own bytes. */
static void test_a_photo_stays_as_it_is_turned(void **state)
{
    (void)state;
    struct arena arena;
    bytes clean;
    arena_init(&arena, 64 * 1024 * 1024);
    const struct picture picture = picture_draw(&arena, 320, 240, LOOK_TEXT);
    const bytes photo = picture_jpeg(&arena, &picture,
                                     &(struct jpeg_wish){.exif = picture_exif(&arena, 6)});
    assert_ok(clean_file(&(struct file){.type = "image/jpeg", .data = photo}, &arena, &clean));
    static const uint8_t turned[] = {0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6};
    assert_non_null(memmem(clean.ptr, clean.len, turned, sizeof turned));
    bytes again;
    assert_ok(clean_file(&(struct file){.type = "image/jpeg", .data = clean}, &arena,
                         &again)); /* nothing more to take away */
    assert_true(bytes_equal(clean, again));
    arena_fini(&arena);
}

/* Nothing moves: offsets in a film's tables are from its beginning. */
static void test_a_film_stays_as_long_as_it_is(void **state)
{
    (void)state;
    struct arena arena;
    bytes clean, again;
    arena_init(&arena, 64 * 1024 * 1024);
    const bytes film = film_mp4(&arena);
    assert_ok(clean_file(&(struct file){.type = "video/mp4", .data = film}, &arena, &clean));
    assert_int_equal(clean.len, film.len);
    const uint8_t *data = memmem(film.ptr, film.len, "mdat", 4);
    const uint8_t *kept = memmem(clean.ptr, clean.len, "mdat", 4);
    assert_true(data - film.ptr == kept - clean.ptr);
    assert_memory_equal(data, kept, 324);
    assert_ok(clean_file(&(struct file){.type = "video/mp4", .data = clean}, &arena, &again));
    assert_true(bytes_equal(clean, again)); /* nothing more to take away */
    arena_fini(&arena);
}

static void test_nothing_is_given_of_what_is_refused(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    for (size_t i = valid_count; i < list.count; i++) {
        const struct file *file = &list.files[i];
        bytes clean;
        if (file->reason_known) {
            assert_reason(clean_file(file, &arena, &clean), HELPER_FAILED);
        }
    }
    arena_fini(&arena);
}

/* --- hints --- */

static Hayat__Store__V1__PageHint only_hint(const Hayat__Check__V1__Verdict *verdict)
{
    assert_non_null(verdict);
    assert_int_equal(verdict->reason, PASSED);
    assert_int_equal(verdict->n_pages, 1);
    assert_true(verdict->pages[0]->n_hints <= 1);
    return verdict->pages[0]->n_hints == 0 ? HAYAT__STORE__V1__PAGE_HINT__PAGE_HINT_UNSPECIFIED
                                           : verdict->pages[0]->hints[0];
}

#define HINT(name) HAYAT__STORE__V1__PAGE_HINT__PAGE_HINT_##name

static void test_hints(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height;
        enum look look;
        Hayat__Store__V1__PageHint hint;
    } rows[] = {
        {1240, 1754, LOOK_TEXT, HINT(UNSPECIFIED)}, {3000, 4000, LOOK_TEXT, HINT(UNSPECIFIED)},
        {1240, 1754, LOOK_BLURRED, HINT(BLURRED)},  {1240, 1754, LOOK_PALE, HINT(LOW_CONTRAST)},
        {1240, 1754, LOOK_BLANK, HINT(BLANK)},      {600, 800, LOOK_TEXT, HINT(LOW_RESOLUTION)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena;
        arena_init(&arena, 512 * 1024 * 1024);
        const struct picture picture = picture_draw(&arena, rows[i].width, rows[i].height,
                                                    rows[i].look);
        const bytes jpeg = picture_jpeg(&arena, &picture, &(struct jpeg_wish){0});
        assert_int_equal(only_hint(inspect("image/jpeg", jpeg, &arena)), rows[i].hint);
        const bytes png = picture_png(&arena, &picture, &(struct png_wish){0});
        assert_int_equal(only_hint(inspect("image/png", png, &arena)), rows[i].hint);
        const bytes pdf = pdf_scanned(&arena, jpeg, 1);
        assert_int_equal(only_hint(inspect("application/pdf", pdf, &arena)), rows[i].hint);
        arena_fini(&arena);
    }
}

static void test_a_blank_page(void **state)
{
    (void)state;
    static const char *const objects[] = {"<</Type/Catalog/Pages 2 0 R>>",
                                          "<</Type/Pages/Count 1/Kids[3 0 R]>>",
                                          "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"};
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    const bytes pdf = pdf_of_objects(&arena, objects, 3);
    assert_int_equal(only_hint(inspect("application/pdf", pdf, &arena)), HINT(BLANK));
    arena_fini(&arena);
}

/* --- the process --- */

/* A line of /proc/PID/status that begins so. */
static bool status_says(pid_t pid, const char *line)
{
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, sizeof text - 1);
    (void)close(fd);
    assert_true(n > 0);
    text[n] = '\0';
    return strstr(text, line) != NULL;
}

/* Before its first byte arrived it has given everything up. */
static void test_confined_before_the_first_byte(void **state)
{
    (void)state;
    int ends[2];
    if (!confine_applies()) {
        skip();
    }
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[0], STDIN_FILENO);
        (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC),
                   STDOUT_FILENO); /* it may write to no file */
        (void)close(ends[1]);
        (void)execl(HAYAT_CHECK_PROGRAM, "hayat-check", "inspect", "image/png", (char *)NULL);
        _exit(99);
    }
    (void)close(ends[0]);
    bool confined = false;
    for (int i = 0; i < 500 && !confined; i++) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
        confined = status_says(pid, "\nSeccomp:\t2\n") && status_says(pid, "\nNoNewPrivs:\t1\n");
    }
    assert_true(confined);
    (void)close(ends[1]); /* an empty file */
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_int_equal(how, 0);
}

static void test_larger_than_any_upload(void **state)
{
    (void)state;
    struct arena arena;
    bytes answer;
    arena_init(&arena, 64 * 1024 * 1024);
    const bytes data = bytes_of(arena_alloc(&arena, LIMIT_UPLOAD_BYTES + 1),
                                LIMIT_UPLOAD_BYTES + 1);
    assert_reason(run("inspect", "image/png", data, &arena, &answer), HELPER_FAILED);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_file_gets_its_answer),
        cmocka_unit_test(test_clean_files_tell_nothing_else),
        cmocka_unit_test(test_a_photo_stays_as_it_is_turned),
        cmocka_unit_test(test_a_film_stays_as_long_as_it_is),
        cmocka_unit_test(test_nothing_is_given_of_what_is_refused),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_a_blank_page),
        cmocka_unit_test(test_confined_before_the_first_byte),
        cmocka_unit_test(test_larger_than_any_upload),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
