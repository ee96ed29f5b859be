/*
 * Promise: a statement as PDF and as FHIR tells every amount of its claims, in named fonts and in a valid shape; the
 * confined program hayat-paper writes the same bytes as its code does here, and refuses what is no statement.
 * HAYAT_PAPER_OUT=DIR keeps the files, to be looked at.
 */
#include "tests/support/cm.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/helper.h"
#include "paper/paper.h"
#include "renderer/statement_fhir.h"
#include "renderer/statement_pdf.h"
#include "tests/support/paper_statement.h"

enum { FILE_MAX = 32 << 20 };

static struct arena arena;
static struct paper *paper;
static char directory[64] = "/tmp/hayat-statement-XXXXXX";

struct file {
    uint8_t *bytes;
    size_t len;
};

static status keep(void *ctx, bytes piece)
{
    struct file *file = ctx;
    assert_true(file->len + piece.len <= FILE_MAX);
    memcpy(file->bytes + file->len, piece.ptr, piece.len);
    file->len += piece.len;
    return STATUS_OK;
}

static bytes render(Hayat__Paper__V1__Statement *statement, Hayat__Paper__V1__Rendering rendering)
{
    struct file file = {arena_alloc(&arena, FILE_MAX), 0};
    const struct paper_output output = {keep, &file};
    statement->rendering = rendering;
    assert_non_null(file.bytes);
    if (rendering == HAYAT__PAPER__V1__RENDERING__RENDERING_PDF) {
        assert_ok(statement_pdf(paper, statement, &output));
    } else {
        assert_ok(statement_fhir(statement, &output));
    }
    return bytes_of(file.bytes, file.len);
}

static void save(bytes file, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file.ptr, 1, file.len, out), file.len);
    assert_int_equal(fclose(out), 0);
}

/* What a shell command in the directory prints. */
static const char *output_of(const char *command)
{
    static char text[65536];
    char line[512];
    (void)snprintf(line, sizeof line, "cd %s && %s", directory, command);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c) */
    assert_non_null(pipe);
    size_t len = fread(text, 1, sizeof text - 1, pipe);
    text[len] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static status by_program(bytes input, bytes *ret_output)
{
    const struct helper helper = {
        .program = HAYAT_PAPER_PROGRAM, .deadline_ms = 60000, .output_max = FILE_MAX};
    return helper_run(&helper, input, &arena, ret_output);
}

static bytes pack(const Hayat__Paper__V1__Statement *statement)
{
    uint8_t *packed = arena_alloc(&arena, protobuf_c_message_get_packed_size(&statement->base));
    assert_non_null(packed);
    return bytes_of(packed, protobuf_c_message_pack(&statement->base, packed));
}

#define PDF HAYAT__PAPER__V1__RENDERING__RENDERING_PDF
#define FHIR HAYAT__PAPER__V1__RENDERING__RENDERING_FHIR

static void test_pdf(void **state)
{
    (void)state;
    Hayat__Paper__V1__Statement *statement = paper_statement(&arena, 40);
    save(render(statement, PDF), "statement.pdf");
    const char *text = output_of("pdftotext -layout statement.pdf -");
    assert_non_null(strstr(text, "2026-000040"));
    assert_non_null(strstr(text, statement->content_sha256));
    assert_non_null(strstr(text, statement->document_id));
    const char *fonts = output_of("pdffonts statement.pdf | tail -n +3 | grep -v -e +NotoSans- -e "
                                  "+NotoNaskhArabic- | wc -l");
    assert_string_equal(fonts, "0\n");
    const char *info = output_of("pdfinfo statement.pdf");
    assert_null(strstr(info, "990000042"));
    save(render(paper_statement(&arena, 0), PDF), "empty.pdf");
    assert_non_null(strstr(output_of("pdfinfo empty.pdf"), "Pages:           1\n"));
    save(render(paper_statement(&arena, 1), PDF), "one.pdf");
    assert_non_null(strstr(output_of("pdftotext -layout one.pdf -"), "150,00"));
}

static json_t *parse(bytes file)
{
    json_t *json = json_loadb((const char *)file.ptr, file.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

/* Centimes of the amount of that category in an adjudication or total list. */
static int64_t centimes(const json_t *list, const char *category)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *code, *currency;
        double value;
        if (json_unpack(entry, "{s:{s:[{s:s}]},s:{s:F,s:s}}", "category", "coding", "code", &code,
                        "amount", "value", &value, "currency", &currency) == 0 &&
            strcmp(code, category) == 0) {
            assert_string_equal(currency, "MAD");
            return (int64_t)(value * 100 + 0.5);
        }
    }
    fail_msg("no %s", category);
    return 0;
}

static void test_fhir_amounts(void **state)
{
    (void)state;
    static const char *const parts[] = {"submitted", "benefit", "coinsurance", "overrun",
                                        "noncovered"};
    Hayat__Paper__V1__Statement *statement = paper_statement(&arena, 25);
    bytes file = render(statement, FHIR);
    save(file, "statement.json");
    json_t *bundle = parse(file);
    const json_t *entries = json_object_get(bundle, "entry");
    int64_t lines[5] = {0}, totals[5] = {0};
    size_t i, j, explanations = 0;
    json_t *entry, *item;
    json_array_foreach(entries, i, entry)
    {
        const json_t *resource = json_object_get(entry, "resource");
        const char *type = json_string_value(json_object_get(resource, "resourceType"));
        if (strcmp(type, "ExplanationOfBenefit") != 0) {
            continue;
        }
        explanations++;
        for (size_t p = 0; p < 5; p++) {
            totals[p] += centimes(json_object_get(resource, "total"), parts[p]);
        }
        json_array_foreach(json_object_get(resource, "item"), j, item)
        {
            for (size_t p = 0; p < 5; p++) {
                lines[p] += centimes(json_object_get(item, "adjudication"), parts[p]);
            }
        }
    }
    const Hayat__Store__V1__StoredSplit *sum = statement->totals;
    const int64_t expected[] = {sum->billed_centimes, sum->reimbursed_centimes,
                                sum->ticket_moderateur_centimes, sum->overrun_centimes,
                                sum->non_covered_centimes};
    assert_int_equal(explanations, 25);
    assert_memory_equal(lines, expected, sizeof expected);
    assert_memory_equal(totals, expected, sizeof expected);
    json_decref(bundle);
}

static void test_program_writes_the_same(void **state)
{
    (void)state;
    static const Hayat__Paper__V1__Rendering renderings[] = {PDF, FHIR};
    for (size_t i = 0; i < 2; i++) {
        Hayat__Paper__V1__Statement *statement = paper_statement(&arena, 12);
        bytes here = render(statement, renderings[i]), there;
        assert_ok(by_program(pack(statement), &there));
        assert_true(bytes_equal(here, there));
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const uint8_t garbage[] = {0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00};
    bytes output;
    assert_reason(by_program((bytes){NULL, 0}, &output), HELPER_FAILED); /* no rendering */
    assert_reason(by_program(bytes_of(garbage, sizeof garbage), &output), HELPER_FAILED);
    Hayat__Paper__V1__Statement *statement = paper_statement(&arena, 1);
    statement->rendering = FHIR;
    statement->persons[0]->family_name = (char *)(uintptr_t) "\xC3\x28";
    assert_reason(by_program(pack(statement), &output), HELPER_FAILED);
    statement = paper_statement(&arena, 1);
    statement->rendering = FHIR;
    statement->claims[0]->claim->beneficiary_seq = 9; /* nobody */
    assert_reason(by_program(pack(statement), &output), HELPER_FAILED);
}

static int open_all(void **state)
{
    (void)state;
    const char *out = getenv("HAYAT_PAPER_OUT");
    if (out != NULL) {
        (void)snprintf(directory, sizeof directory, "%s", out);
    } else {
        assert_non_null(mkdtemp(directory));
    }
    arena_init(&arena, (size_t)1 << 30);
    assert_ok(paper_open(NULL, &paper));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    paper_close(paper);
    arena_fini(&arena);
    if (getenv("HAYAT_PAPER_OUT") == NULL) {
        (void)output_of("rm -f *.pdf *.json && rmdir \"$PWD\"");
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pdf),
        cmocka_unit_test(test_fhir_amounts),
        cmocka_unit_test(test_program_writes_the_same),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
