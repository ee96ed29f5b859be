/*
 * Promise: the enrolment letter is one page in French and Arabic whose QR code reads back as its URI, whose fonts are the
 * named ones, whose bytes depend on nothing but its content, and whose metadata name nobody; what does not fit its
 * window is refused, not cut.  HAYAT_PAPER_OUT=DIR keeps the files, to be looked at.
 */
#include "tests/support/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "paper/letter.h"

enum { PDF_MAX = 1 << 20 };

static struct paper *paper;
static char directory[64] = "/tmp/hayat-letter-XXXXXX";

struct file {
    uint8_t bytes[PDF_MAX];
    size_t len;
};
static struct file first, second;

static status keep(void *ctx, bytes piece)
{
    struct file *file = ctx;
    assert_true(file->len + piece.len <= PDF_MAX);
    memcpy(file->bytes + file->len, piece.ptr, piece.len);
    file->len += piece.len;
    return STATUS_OK;
}

static status refuse(void *ctx, bytes piece)
{
    (void)ctx;
    (void)piece;
    return FAIL(FILE_UNWRITABLE);
}

static const struct letter_head amina = {
    .fund = {.name_fr = "Caisse de démonstration",
             .name_ar = "صندوق العرض التجريبي",
             .address = "1, avenue de l'Exemple\n10000 Rabat",
             .phone = "+212 5 00 00 00 00",
             .site = "caisse.example"},
    .to = {.name = "Amina EXEMPLE",
           .name_ar = "أمينة المثال",
           .address = "12, rue des Orangers, appartement 4\n20000 Casablanca\nMAROC"},
    .date = {2026, 11, 28},
    .created_ms = 1795860000000,
    .reference = "ENR-2026-0000042",
    .preferred = LANGUAGE_FR,
};

static struct enrolment_letter a_letter(void)
{
    return (struct enrolment_letter){
        .head = amina,
        .enrolment_id = "enr_0p3x5gk2m8q4t6v7w9y1z0a2b3",
        .code = "7k3mq9xt2wbe",
        .valid_until = {2026, 12, 19},
        .tries = 5,
    };
}

static status render(const struct enrolment_letter *letter, struct file *ret)
{
    const struct paper_output output = {keep, ret};
    ret->len = 0;
    return letter_enrolment(paper, letter, &output);
}

static void save(const struct file *file, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s.pdf", directory, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file->bytes, 1, file->len, out), file->len);
    assert_int_equal(fclose(out), 0);
}

/* What a shell command in the directory prints. */
static const char *output_of(const char *command)
{
    static char text[8192];
    char line[512];
    (void)snprintf(line, sizeof(line), "cd %s && %s", directory, command);
    FILE *pipe = popen(line, "r"); /* NOLINT(cert-env33-c) */
    assert_non_null(pipe);
    size_t len = fread(text, 1, sizeof(text) - 1, pipe);
    text[len] = '\0';
    assert_int_equal(pclose(pipe), 0);
    return text;
}

static size_t lines_with(const char *text, const char *word)
{
    size_t count = 0;
    while ((text = strstr(text, word)) != NULL) {
        count++;
        text += strlen(word);
    }
    return count;
}

static void test_qr_reads_back(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    assert_ok(render(&letter, &first));
    save(&first, "letter");
    (void)output_of("pdftoppm -r 100 -png letter.pdf letter");
    assert_string_equal(output_of("zbarimg --quiet --raw letter-1.png"),
                        "hayat:enrol?id=enr_0p3x5gk2m8q4t6v7w9y1z0a2b3&code=7K3MQ9XT2WBE\n");
}

static void test_one_page_named_fonts(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    assert_ok(render(&letter, &first));
    save(&first, "letter");
    assert_non_null(strstr(output_of("pdfinfo letter.pdf"), "Pages:           1\n"));
    const char *fonts = output_of("pdffonts letter.pdf | tail -n +3");
    assert_int_equal(lines_with(fonts, "\n"),
                     lines_with(fonts, "+NotoSans-") + lines_with(fonts, "+NotoNaskhArabic-"));
    assert_int_equal(lines_with(fonts, "yes yes yes"), lines_with(fonts, "\n")); /* embedded */
    assert_true(lines_with(fonts, "\n") >= 4);
}

static void test_english_on_request(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    letter.head.preferred = LANGUAGE_EN;
    assert_ok(render(&letter, &first));
    save(&first, "english");
    assert_non_null(strstr(output_of("pdfinfo english.pdf"), "Pages:           2\n"));
    assert_non_null(strstr(output_of("pdftotext -f 2 english.pdf -"), "Your activation code"));
}

static void test_same_content_same_bytes(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    assert_ok(render(&letter, &first));
    struct paper *other;
    assert_ok(paper_open(NULL, &other));
    const struct paper_output output = {keep, &second};
    second.len = 0;
    assert_ok(letter_enrolment(other, &letter, &output));
    paper_close(other);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.bytes, second.bytes, first.len);
    letter.code = "7k3mq9xt2wbf";
    assert_ok(render(&letter, &second));
    assert_false(first.len == second.len && memcmp(first.bytes, second.bytes, first.len) == 0);
}

static void test_metadata_name_nobody(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    assert_ok(render(&letter, &first));
    save(&first, "letter");
    const char *info = output_of("TZ=UTC pdfinfo letter.pdf");
    assert_null(strstr(info, "Amina"));
    assert_null(strstr(info, "enr_"));
    assert_non_null(strstr(info, "CreationDate:    Sat Nov 28"));
}

static void test_names_and_addresses(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    letter.head.to.name_ar = NULL;
    assert_ok(render(&letter, &first));
    save(&first, "no-arabic-name");
    letter.head.to = (struct letter_addressee){.name_ar = "أمينة المثال",
                                               .address = "حي المثال، الرباط"};
    assert_ok(render(&letter, &first));
    save(&first, "arabic-only");
    letter.head.to = (struct letter_addressee){
        .name =
            "Marie-Antoinette Fatima-Zahra EXEMPLE EL IDRISSI BENABDELJALIL DE LA MONTAGNE-VERTE",
        .name_ar = "ماري أنطوانيت فاطمة الزهراء المثال الإدريسي بنعبد الجليل",
        .address =
            "Résidence des Jardins de l'Exemple, immeuble B, escalier 3, appartement 142\n"
            "boulevard du Général-Exemple, prolongé, face à la grande poste\n"
            "Lotissement Les Invente-Mots, tranche 7\n98765 Aïn-Exemple-les-Bains Cedex 12\nMAROC"};
    assert_ok(render(&letter, &first));
    save(&first, "long");
}

static void test_refused(void **state)
{
    (void)state;
    char lines[LETTER_ADDRESS_MAX];
    struct enrolment_letter letter = a_letter();
    memset(lines, '\n', sizeof(lines) - 1);
    lines[sizeof(lines) - 1] = '\0';
    lines[0] = 'A';
    letter.head.to.address = lines;
    assert_reason(render(&letter, &first), PAPER_CONTENT);
    letter = a_letter();
    letter.head.to.name = letter.head.to.name_ar = "";
    assert_reason(render(&letter, &first), PAPER_CONTENT);
    letter = a_letter();
    letter.head.to.name = "not \xc3\x28 UTF-8";
    assert_reason(render(&letter, &first), PAPER_CONTENT);
    letter = a_letter();
    letter.code = "7k3m q9xt";
    assert_reason(render(&letter, &first), PAPER_CONTENT);
    letter = a_letter();
    letter.enrolment_id = "enr_&code=evil";
    assert_reason(render(&letter, &first), PAPER_CONTENT);
}

static void test_output_fails(void **state)
{
    (void)state;
    struct enrolment_letter letter = a_letter();
    const struct paper_output output = {refuse, NULL};
    assert_reason(letter_enrolment(paper, &letter, &output), FILE_UNWRITABLE);
}

static void test_no_fonts(void **state)
{
    (void)state;
    struct paper *none = NULL;
    assert_reason(paper_open("/nonexistent", &none), PAPER_FONTS);
    assert_null(none);
}

static void test_notice(void **state)
{
    (void)state;
    const struct notice_text english = {
        "A device was added",
        "A phone was added to your account on 28 November 2026.\nIf it was not you, call us."};
    const struct notice_letter notice = {
        .head = amina,
        .fr = {"Un appareil a été ajouté",
               "Le 28 novembre 2026, un téléphone a été ajouté à votre compte.\nSi ce n'est pas "
               "vous, "
               "appelez-nous ou présentez-vous dans une agence : l'appareil sera retiré aussitôt."},
        .ar = {"تمت إضافة جهاز",
               "أضيف هاتف إلى حسابكم يوم 28 نونبر 2026.\nإذا لم تكونوا أنتم، فاتصلوا بنا أو "
               "تقدموا إلى إحدى الوكالات: سيحذف الجهاز فورا."},
        .en = &english,
    };
    const struct paper_output output = {keep, &first};
    first.len = 0;
    assert_ok(letter_notice(paper, &notice, &output));
    save(&first, "notice");
    assert_non_null(strstr(output_of("pdfinfo notice.pdf"), "Pages:           1\n"));
}

static int open_paper(void **state)
{
    (void)state;
    const char *out = getenv("HAYAT_PAPER_OUT");
    if (out != NULL) {
        (void)snprintf(directory, sizeof(directory), "%s", out);
    } else {
        assert_non_null(mkdtemp(directory));
    }
    assert_ok(paper_open(NULL, &paper));
    return 0;
}

static int close_paper(void **state)
{
    (void)state;
    paper_close(paper);
    if (getenv("HAYAT_PAPER_OUT") == NULL) {
        (void)output_of("rm -f *.pdf *.png && rmdir \"$PWD\"");
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qr_reads_back),
        cmocka_unit_test(test_one_page_named_fonts),
        cmocka_unit_test(test_english_on_request),
        cmocka_unit_test(test_same_content_same_bytes),
        cmocka_unit_test(test_metadata_name_nobody),
        cmocka_unit_test(test_names_and_addresses),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_output_fails),
        cmocka_unit_test(test_no_fonts),
        cmocka_unit_test(test_notice),
    };
    return cmocka_run_group_tests(tests, open_paper, close_paper);
}
