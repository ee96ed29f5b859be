/*
 * Promise: every document that is due gets a verdict, by the program itself; what kills the program twice goes to a person, what keeps
 * it from running counts against nobody; a scanner's silence is never clean; agents get a cleaned copy for an hour (SEC-E6, SEC-F3).
 */
#include "tests/support/cm.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "jobs/checker_job.h"
#include "jobs/cleaner.h"
#include "service/document_check.h"
#include "service/document_clean.h"
#include "storage/check_due_store.h"
#include "tests/checker/files.h"
#include "tests/support/clamd.h"
#include "tests/support/fund.h"

#define CHECK_STATE(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define CHECK_REASON(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name

static struct harness h;
static struct harness_member m;
static struct checker_options options;
static struct arena arena; /* of files */

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, "999000071");
    arena_init(&arena, 512 * 1024 * 1024);
    options = (struct checker_options){.app = &h.app, .program = HAYAT_CHECK_PROGRAM};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    harness_stop(&h);
    return 0;
}

/* --- documents --- */

static struct id upload(const char *type, bytes data)
{
    struct id id;
    const struct fund_file file = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM), type,
                                   data};
    const char *name = fund_upload(&h, m.token, &file);
    assert_true(id_parse(bytes_str(name), "upl", &id));
    return id;
}

static bytes photo(void)
{
    const struct picture picture = picture_draw(&arena, 1240, 1754, LOOK_TEXT);
    return picture_jpeg(&arena, &picture, &(struct jpeg_wish){.exif = picture_exif(&arena, 6)});
}

struct sight {
    struct id document;
    document_check_row check; /* without its pages */
    struct document_clean clean;
    status cleaned;
};

static status look_up(void *ctx, struct txn *txn)
{
    struct sight *look = ctx;
    Hayat__Store__V1__StoredDocument *document;
    TRY(document_store_get(txn, m.owner, look->document, &document));
    assert_non_null(document->check);
    look->check = *document->check;
    look->cleaned = document_clean_find(txn, m.owner, look->document, &look->clean);
    return STATUS_OK;
}

static struct sight look_at(struct id document)
{
    struct sight look = {.document = document};
    assert_ok(harness_read(&h, look_up, &look));
    return look;
}

static void assert_verdict(struct id document, Hayat__Store__V1__CheckState state,
                           Hayat__Store__V1__CheckReason reason)
{
    const struct sight look = look_at(document);
    assert_int_equal(look.check.state, state);
    assert_int_equal(look.check.reason, reason);
}

static status list_due(void *ctx, struct txn *txn)
{
    return check_due_store_list(txn, CHECK_QUEUE_CHECK, ctx);
}

static size_t due_count(void)
{
    struct check_due_list list;
    assert_ok(harness_read(&h, list_due, &list));
    return list.count;
}

/* A program in front of the real one: SCRIPT ends when it wants to, or goes on to it. */
static const char *program_with(const char *script)
{
    char *path = arena_printf(&arena, "%s/program", h.directory);
    DEFER(defer_fclose) FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fprintf(file, "#!/bin/sh\n%s\nexec %s \"$@\"\n", script, HAYAT_CHECK_PROGRAM);
    assert_int_equal(fchmod(fileno(file), 0700), 0);
    return path;
}

static void forget_program(void)
{
    (void)unlink(arena_printf(&arena, "%s/program", h.directory));
}

/* --- checks --- */

static void test_each_gets_its_verdict(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(1)>>>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"};
    const struct id good = upload("application/pdf", pdf_drawn(&arena, 3));
    const struct id scripted = upload("application/pdf", pdf_of_objects(&arena, objects, 3));
    const struct id picture = upload("image/jpeg", photo());
    assert_int_equal(due_count(), 3);
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    assert_verdict(good, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED));
    assert_int_equal(look_at(good).check.page_count, 3);
    assert_verdict(scripted, CHECK_STATE(REFUSED), CHECK_REASON(SCRIPTED));
    assert_verdict(picture, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED));
    assert_int_equal(due_count(), 0);
    assert_int_equal(checker_check(&options), CHECKER_IDLE);
}

static void test_a_row_outlives_its_document(void **state)
{
    (void)state;
    const struct fund_file file = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                                   "application/pdf", pdf_drawn(&arena, 1)};
    Hayat__V1__CancelUploadRequest request;
    hayat__v1__cancel_upload_request__init(&request);
    request.upload_id = fund_upload(&h, m.token, &file);
    request.request_id = fund_request_id(&h);
    (void)fund_call(&h, UPLOAD_METHOD("CancelUpload"), m.token, &request.base);
    assert_int_equal(due_count(), 1);
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    assert_int_equal(due_count(), 0);
}

static void test_what_kills_the_program_goes_to_a_person(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "[ $2 = image/png ] || kill -SEGV $$", "[ $2 = image/png ] || exit 1",
        "[ $2 = image/png ] || { echo nonsense; exit 0; }",
        "[ $2 = image/png ] || { head -c 100000 /dev/zero; exit 0; }"};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        options.program = program_with(scripts[i]);
        const struct id document = upload("application/pdf", pdf_drawn(&arena, 1));
        assert_int_equal(checker_check(&options), CHECKER_MORE);
        assert_verdict(document, CHECK_STATE(PENDING), CHECK_REASON(UNSPECIFIED));
        assert_int_equal(due_count(), 0); /* not now */
        fake_clock_advance(&h.clock, LIMIT_CHECK_RETRY_MS);
        assert_int_equal(due_count(), 1);
        assert_int_equal(checker_check(&options), CHECKER_MORE);
        assert_verdict(document, CHECK_STATE(REFUSED), CHECK_REASON(NOT_CHECKABLE));
        fake_clock_advance(&h.clock, LIMIT_CHECK_RETRY_MS);
        assert_int_equal(due_count(), 0);
        forget_program();
    }
}

static Hayat__V1__LifeCertificateState state_of(const char *certificate)
{
    Hayat__V1__GetLifeCertificateRequest request;
    hayat__v1__get_life_certificate_request__init(&request);
    request.life_certificate_id = (char *)(uintptr_t)certificate;
    return ((Hayat__V1__GetLifeCertificateResponse *)fund_call(
                &h, CERTIFICATE_METHOD("GetLifeCertificate"), m.token, &request.base))
        ->life_certificate->state;
}

/* What was filed before its check goes to a person by it, whatever the machine says. */
static void test_a_filed_certificate_goes_on(void **state)
{
    (void)state;
    const bytes whole = photo(), cut = bytes_head(whole, whole.len / 2);
    const bytes files[] = {whole, cut};
    for (size_t i = 0; i < 2; i++) {
        const struct fund_file file = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                                       "image/jpeg", files[i]};
        (void)fund_upload(&h, m.token, &file);
        assert_ok(fund_submit(&h, m.token, file.certificate).result);
        assert_int_equal(state_of(file.certificate),
                         HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_SUBMITTED);
        assert_int_equal(checker_check(&options), CHECKER_MORE);
        assert_int_equal(state_of(file.certificate),
                         HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_IN_REVIEW);
    }
}

static void test_once_is_no_death(void **state)
{
    (void)state;
    options.program = program_with("[ $2 = image/png ] || kill -KILL $$");
    const struct id document = upload("application/pdf", pdf_drawn(&arena, 1));
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    forget_program();
    options.program = HAYAT_CHECK_PROGRAM;
    fake_clock_advance(&h.clock, LIMIT_CHECK_RETRY_MS);
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    assert_verdict(document, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED));
}

static void test_a_program_that_cannot_run_counts_against_nobody(void **state)
{
    (void)state;
    const struct id document = upload("application/pdf", pdf_drawn(&arena, 1));
    options.program = "/nonexistent/hayat-check";
    for (int i = 0; i < 2 * LIMIT_CHECK_TRIES; i++) {
        assert_int_equal(checker_check(&options), CHECKER_DOWN);
    }
    options.program = program_with("kill -SYS $$");
    for (int i = 0; i < 2 * LIMIT_CHECK_TRIES; i++) {
        assert_int_equal(checker_check(&options), CHECKER_DOWN);
    }
    assert_false(checker_is_fit(&options));
    forget_program();
    assert_int_equal(due_count(), 1);
    assert_verdict(document, CHECK_STATE(PENDING), CHECK_REASON(UNSPECIFIED));
    options.program = HAYAT_CHECK_PROGRAM;
    assert_true(checker_is_fit(&options));
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    assert_verdict(document, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED));
}

/* --- the scanner --- */

static void test_the_scanner_has_a_word(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        Hayat__Store__V1__CheckState state;
        Hayat__Store__V1__CheckReason reason;
    } rows[] = {
        {"stream: OK", CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED)},
        {"stream: Eicar-Test FOUND", CHECK_STATE(REFUSED), CHECK_REASON(INFECTED)},
        {"INSTREAM size limit exceeded. ERROR", CHECK_STATE(NOT_CHECKED),
         CHECK_REASON(NOT_SCANNED)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct clamd clamd;
        const bytes data = photo();
        clamd_start(&clamd, CLAMD_ANSWERS, rows[i].answer);
        options.clamd = clamd.path;
        const struct id document = upload("image/jpeg", data);
        assert_int_equal(checker_check(&options), CHECKER_MORE);
        clamd_stop(&clamd);
        assert_int_equal(clamd.heard, data.len);
        assert_verdict(document, rows[i].state, rows[i].reason);
    }
}

static void test_silence_is_never_clean(void **state)
{
    (void)state;
    options.clamd = "/tmp/hayat-no-such-socket";
    const struct id document = upload("image/jpeg", photo());
    int rounds = 0;
    while (look_at(document).check.state == CHECK_STATE(PENDING) && rounds < 2 * LIMIT_SCAN_TRIES) {
        (void)checker_check(&options);
        fake_clock_advance(&h.clock, LIMIT_SCAN_RETRY_MS << LIMIT_SCAN_TRIES);
        rounds++;
    }
    assert_int_equal(rounds, LIMIT_SCAN_TRIES);
    assert_verdict(document, CHECK_STATE(NOT_CHECKED), CHECK_REASON(NOT_SCANNED));
}

static void test_a_scanner_that_comes_back(void **state)
{
    (void)state;
    struct clamd clamd;
    const struct id document = upload("image/jpeg", photo());
    options.clamd = "/tmp/hayat-no-such-socket";
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    clamd_start(&clamd, CLAMD_ANSWERS, "stream: OK");
    options.clamd = clamd.path;
    fake_clock_advance(&h.clock, LIMIT_SCAN_RETRY_MS);
    assert_int_equal(checker_check(&options), CHECKER_MORE);
    clamd_stop(&clamd);
    assert_verdict(document, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED));
}

/* --- copies for agents --- */

static status ask(void *ctx, struct txn *txn)
{
    return document_clean_ask(txn, m.owner, *(const struct id *)ctx);
}

struct reading {
    const struct document_clean *clean;
    uint64_t offset;
    uint8_t *data;
};

static status read_some(void *ctx, struct txn *txn)
{
    struct reading *reading = ctx;
    bytes piece;
    TRY(document_clean_read(txn, m.owner, reading->clean, reading->offset, &piece));
    memcpy(reading->data + reading->offset, piece.ptr, piece.len);
    reading->offset += piece.len;
    return STATUS_OK;
}

static bytes read_copy(const struct document_clean *clean)
{
    struct reading reading = {.clean = clean, .data = arena_alloc(&arena, clean->size_bytes)};
    while (reading.offset < clean->size_bytes) {
        assert_ok(harness_read(&h, read_some, &reading));
    }
    assert_reason(harness_read(&h, read_some, &reading), READ_OUT_OF_RANGE);
    return bytes_of(reading.data, clean->size_bytes);
}

static struct document_clean clean_copy(struct id document)
{
    assert_ok(harness_write(&h, ask, &document));
    assert_int_equal(look_at(document).clean.state, DOCUMENT_CLEAN_WAITING);
    assert_int_equal(cleaner_clean(&options), CHECKER_MORE);
    assert_int_equal(cleaner_clean(&options), CHECKER_IDLE);
    return look_at(document).clean;
}

static void test_a_copy_tells_no_place(void **state)
{
    (void)state;
    const bytes data = photo();
    const struct id document = upload("image/jpeg", data);
    assert_int_equal(look_at(document).clean.state, DOCUMENT_CLEAN_NONE);
    const struct document_clean clean = clean_copy(document);
    assert_int_equal(clean.state, DOCUMENT_CLEAN_READY);
    assert_string_equal(clean.media_type, "image/jpeg");
    const bytes copy = read_copy(&clean);
    assert_true(copy.len > data.len / 2); /* several chunks of it */
    assert_non_null(memmem(data.ptr, data.len, "GPS-", 4));
    assert_null(memmem(copy.ptr, copy.len, "GPS-", 4));
}

static void test_a_copy_is_nobodys_to_read(void **state)
{
    (void)state;
    char name[ID_TEXT_MAX];
    bytes data;
    const struct document_clean clean = clean_copy(upload("image/jpeg", photo()));
    id_format(clean.copy, "doc", name);
    assert_reason(
        fund_read(&h, m.token, fund_document_name(&h, name), (struct fund_range){0, 0}, &data)
            .result,
        NOT_FOUND);
}

static void test_a_copy_ends_after_an_hour(void **state)
{
    (void)state;
    struct id document = upload("image/jpeg", photo());
    const struct document_clean first = clean_copy(document);
    assert_ok(harness_write(&h, ask, &document)); /* fresh: the same */
    assert_memory_equal(look_at(document).clean.copy.bytes, first.copy.bytes, ID_BYTES);
    fake_clock_advance(&h.clock, LIMIT_CLEAN_LIFE_MS);
    assert_int_equal(look_at(document).clean.state, DOCUMENT_CLEAN_NONE);
    const struct document_clean second = clean_copy(document);
    assert_int_equal(second.state, DOCUMENT_CLEAN_READY);
    assert_memory_not_equal(second.copy.bytes, first.copy.bytes, ID_BYTES);
}

static void test_heic_becomes_jpeg(void **state)
{
    (void)state;
    const struct picture picture = picture_draw(&arena, 640, 480, LOOK_TEXT);
    const struct document_clean clean = clean_copy(
        upload("image/heic", picture_heic(&arena, &picture, picture_exif(&arena, 1))));
    assert_int_equal(clean.state, DOCUMENT_CLEAN_READY);
    assert_string_equal(clean.media_type, "image/jpeg");
    assert_memory_equal(read_copy(&clean).ptr, "\xFF\xD8\xFF", 3);
}

static void test_nothing_safe_to_show(void **state)
{
    (void)state;
    const bytes whole = photo();
    const struct id cut = upload("image/jpeg", bytes_head(whole, whole.len / 2));
    assert_int_equal(clean_copy(cut).state, DOCUMENT_CLEAN_IMPOSSIBLE);
    struct id unknown = id_new(h.app.random);
    assert_reason(harness_write(&h, ask, &unknown), NOT_FOUND);
}

/* Half a copy, more than it announced, less, and none. */
static void test_a_program_that_writes_nonsense(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "[ $1 = inspect ] || { printf '\\0\\0\\0\\0\\0\\0\\0\\12half'; exit 0; }",
        "[ $1 = inspect ] || { printf '\\0\\0\\0\\0\\0\\0\\0\\2too much'; exit 0; }",
        "[ $1 = inspect ] || { printf '\\377\\377\\377\\377\\377\\377\\377\\377'; exit 0; }",
        "[ $1 = inspect ] || exit 0",
        "[ $1 = inspect ] || kill -SEGV $$",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        options.program = program_with(scripts[i]);
        assert_int_equal(clean_copy(upload("application/pdf", pdf_drawn(&arena, 1))).state,
                         DOCUMENT_CLEAN_IMPOSSIBLE);
        forget_program();
    }
}

static void test_copies_wait_for_the_program(void **state)
{
    (void)state;
    struct id document = upload("image/jpeg", photo());
    options.program = "/nonexistent/hayat-check";
    assert_ok(harness_write(&h, ask, &document));
    assert_int_equal(cleaner_clean(&options), CHECKER_DOWN);
    assert_int_equal(look_at(document).clean.state, DOCUMENT_CLEAN_WAITING);
    options.program = HAYAT_CHECK_PROGRAM;
    assert_int_equal(cleaner_clean(&options), CHECKER_MORE);
    assert_int_equal(look_at(document).clean.state, DOCUMENT_CLEAN_READY);
}

/* --- the threads --- */

static int told_down;

static void tell_down(bool down)
{
    told_down += down ? 1 : 100;
}

static void test_the_job_tells_that_it_is_down(void **state)
{
    (void)state;
    struct checker_job *job;
    told_down = 0;
    const struct checker_job_options gone = {
        .checker = {.app = &h.app, .program = "/nonexistent/hayat-check"}, .on_down = tell_down};
    assert_ok(checker_job_start(&gone, &job));
    assert_int_equal(told_down, 1); /* before anything was due */
    checker_job_stop(job);
    told_down = 0;
    const struct checker_job_options there = {.checker = options, .on_down = tell_down};
    assert_ok(checker_job_start(&there, &job));
    checker_job_stop(job);
    assert_int_equal(told_down, 0);
}

struct waiting_file {
    struct id document;
    uint32_t waiting; /* others of its owner's */
    bool taken;
};

static status put_waiting(void *ctx, struct txn *txn)
{
    const struct waiting_file *file = ctx;
    struct check_due due = {
        .queue = CHECK_QUEUE_CHECK, .owner = m.owner, .document = file->document};
    TRY(check_due_store_turn(txn, CHECK_QUEUE_CHECK, file->waiting, &due.time_ms));
    return check_due_store_put(txn, &due);
}

static status take_round(void *ctx, struct txn *txn)
{
    struct waiting_file *file = ctx;
    struct check_due_list list;
    TRY(check_due_store_list(txn, CHECK_QUEUE_CHECK, &list));
    for (size_t i = 0; i < list.count; i++) {
        file->taken |= memcmp(list.rows[i].document.bytes, file->document.bytes, ID_BYTES) == 0;
        TRY(check_due_store_delete(txn, &list.rows[i]));
    }
    return STATUS_OK;
}

/* As many come as are looked at, for as long as it lasts: the second file of a member gets its turn all the same. */
static void test_a_second_file_is_not_passed_over_for_ever(void **state)
{
    (void)state;
    struct waiting_file first = {.waiting = 0}, second = {.document = {{0xFF}}, .waiting = 1};
    assert_ok(harness_write(&h, put_waiting, &first));
    assert_ok(harness_write(&h, put_waiting, &second));
    for (int round = 0; round < 10 && !second.taken; round++) {
        for (int i = 0; i < LIMIT_CHECK_DUE; i++) {
            struct waiting_file other = {.waiting = 0};
            random_fill(h.app.random, other.document.bytes, ID_BYTES);
            assert_ok(harness_write(&h, put_waiting, &other));
        }
        fake_clock_advance(&h.clock, 1000);
        assert_ok(harness_write(&h, take_round, &second));
    }
    assert_true(second.taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_each_gets_its_verdict),
        TEST(test_a_second_file_is_not_passed_over_for_ever),
        TEST(test_a_row_outlives_its_document),
        TEST(test_what_kills_the_program_goes_to_a_person),
        TEST(test_a_filed_certificate_goes_on),
        TEST(test_once_is_no_death),
        TEST(test_a_program_that_cannot_run_counts_against_nobody),
        TEST(test_the_scanner_has_a_word),
        TEST(test_silence_is_never_clean),
        TEST(test_a_scanner_that_comes_back),
        TEST(test_a_copy_tells_no_place),
        TEST(test_a_copy_is_nobodys_to_read),
        TEST(test_a_copy_ends_after_an_hour),
        TEST(test_heic_becomes_jpeg),
        TEST(test_nothing_safe_to_show),
        TEST(test_a_program_that_writes_nonsense),
        TEST(test_copies_wait_for_the_program),
        TEST(test_the_job_tells_that_it_is_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
