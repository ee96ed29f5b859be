/*
 * Promise (SEC-F4): a receipt on paper proves by itself what was filed and decided: its QR code, read back from the drawn page, is the whole
 * receipt and verifies with the public key alone; it fits with ten documents and the
 * longest of texts, too; docs/receipts.md has what this code makes.
 * HAYAT_PAPER_OUT=DIR keeps the files, to be looked at.
 */
#include "tests/support/cm.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "hayat/paper/v1/receipt.pb-c.h"
#include "helper/helper.h"
#include "service/message.h"
#include "service/receipt_text.h"
#include "tests/support/paper_receipt.h"

enum { FILE_MAX = 4 << 20 };

static struct arena arena;
static struct receipt_signer signer;
static char directory[64] = "/tmp/hayat-receipt-XXXXXX";

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

/* By the program, as hayat has it done. */
static status draw(Hayat__V1__ReceiptPayload *payload, char *text, const char *name)
{
    static const char *const args[] = {"receipt", NULL};
    const struct helper helper = {.program = HAYAT_PAPER_PROGRAM,
                                  .args = args,
                                  .deadline_ms = LIMIT_HELPER_DEADLINE_MS,
                                  .output_max = FILE_MAX};
    Hayat__Paper__V1__Receipt told = HAYAT__PAPER__V1__RECEIPT__INIT;
    bytes file;
    told.payload = payload;
    told.text = text;
    told.key_id = signer.key_id;
    size_t size = hayat__paper__v1__receipt__get_packed_size(&told);
    uint8_t *packed = arena_alloc(&arena, size);
    assert_non_null(packed);
    (void)hayat__paper__v1__receipt__pack(&told, packed);
    TRY(helper_run(&helper, bytes_of(packed, size), &arena, &file));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s.pdf", directory, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file.ptr, 1, file.len, out), file.len);
    assert_int_equal(fclose(out), 0);
    return STATUS_OK;
}

static char *text_of(const Hayat__V1__ReceiptPayload *payload)
{
    char *text;
    assert_ok(receipt_to_text(paper_receipt_signed(&signer, &arena, payload), &arena, &text));
    return text;
}

/* Draws, prints as a printer at 200 dpi would, reads the QR code with another program, and verifies what it says. */
static Hayat__V1__ReceiptPayload *through_paper(Hayat__V1__ReceiptPayload *payload,
                                                const char *name)
{
    char command[256];
    char *text = text_of(payload);
    Hayat__V1__SignedReceipt receipt;
    Hayat__V1__ReceiptPayload *read;
    assert_ok(draw(payload, text, name));
    (void)snprintf(command, sizeof command,
                   "pdftoppm -r 200 -png %s.pdf %s && for page in %s-*.png; do zbarimg --quiet "
                   "--raw $page 2>/dev/null; done; true",
                   name, name, name);
    const char *seen = output_of(command);
    assert_true(receipt_text_likely(bytes_str(seen)));
    assert_ok(receipt_of_text(bytes_str(seen), &arena, &receipt));
    assert_ok(receipt_verify(signer.public_key, &receipt, &arena, &read));
    return read;
}

static void the_qr_code_of_a_filing_proves_it(void **state)
{
    (void)state;
    const Hayat__V1__ReceiptPayload *read = through_paper(paper_receipt_filing(&arena, 2),
                                                          "filing");
    assert_string_equal(read->pension_number, "P-999-000-001");
    assert_true(read->in_time);
    assert_int_equal(read->n_documents, 2);
    const char *words = output_of("pdftotext -layout filing.pdf -");
    assert_non_null(strstr(words, "02/03/2026 09:30 UTC"));
    assert_non_null(strstr(words, "P-999-000-001"));
    assert_non_null(strstr(output_of("pdfinfo filing.pdf"), "Pages:           1\n"));
}

static void the_qr_code_of_a_decision_proves_it(void **state)
{
    (void)state;
    const Hayat__V1__ReceiptPayload *read = through_paper(paper_receipt_decision(&arena),
                                                          "decision");
    assert_int_equal(read->outcome, HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_REFUSED);
    assert_string_equal(read->kind, RECEIPT_KIND_OF_DECISION);
    assert_int_equal(read->findings_sha256.len, RECEIPT_DIGEST_BYTES);
}

static void the_registry_s_word_is_told_and_proven(void **state)
{
    (void)state;
    const Hayat__V1__ReceiptPayload *read = through_paper(paper_receipt_registry(&arena),
                                                          "registry");
    assert_int_equal(read->outcome, HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED);
    assert_string_equal(read->registry_reference, "REG-999-0001");
    assert_null(read->submit_time);
    const char *words = output_of("pdftotext -layout registry.pdf -");
    assert_non_null(strstr(words, "Confirmé par l’état civil au"));
    assert_non_null(strstr(words, "27/02/2026"));
    assert_non_null(strstr(words, "REG-999-0001"));
    assert_null(strstr(words, "Déposé")); /* nothing was */
}

static void ten_documents_fit(void **state)
{
    (void)state;
    assert_int_equal(
        through_paper(paper_receipt_filing(&arena, LIMIT_DOCUMENTS_PER_CERTIFICATE), "ten")
            ->n_documents,
        LIMIT_DOCUMENTS_PER_CERTIFICATE);
    const char *words = output_of("pdftotext -layout ten.pdf -");
    assert_non_null(strstr(words, "Vidéo de preuve de vie"));
    assert_non_null(strstr(words, "Pièce d’identité du témoin"));
    assert_non_null(strstr(words, "Autre document"));
}

static char *longest(size_t len)
{
    char *text = arena_alloc(&arena, len + 1);
    assert_non_null(text);
    memset(text, 'W', len);
    text[len] = '\0';
    return text;
}

/* Every text as long as it can be, ten documents with their stamps, all that a decision has. */
static void the_longest_fits(void **state)
{
    (void)state;
    Hayat__V1__ReceiptPayload *payload = paper_receipt_registry(&arena);
    const Hayat__V1__ReceiptPayload *filing = paper_receipt_filing(&arena,
                                                                   LIMIT_DOCUMENTS_PER_CERTIFICATE);
    payload->documents = filing->documents;
    payload->n_documents = filing->n_documents;
    payload->submit_time = filing->submit_time;
    payload->filing_receipt_id = filing->receipt_id;
    payload->issuer_fr = longest(128);
    payload->issuer_ar = longest(128);
    payload->registry_reference = longest(64);
    payload->pension_number = longest(32);
    const Hayat__V1__ReceiptPayload *read = through_paper(payload, "longest");
    assert_string_equal(read->registry_reference, payload->registry_reference);
}

static void nothing_else_is_drawn(void **state)
{
    (void)state;
    static const char *const args[] = {"receipt", NULL};
    static const uint8_t garbage[] = {0xFF, 0xFF, 0xFF, 0x07};
    const struct helper helper = {
        .program = HAYAT_PAPER_PROGRAM, .args = args, .deadline_ms = 60000, .output_max = FILE_MAX};
    bytes output;
    assert_reason(helper_run(&helper, bytes_of(garbage, sizeof garbage), &arena, &output),
                  HELPER_FAILED);
    assert_reason(draw(paper_receipt_filing(&arena, 1), message_text(&arena, ""), "none"),
                  HELPER_FAILED);
}

static bool reads(const char *text)
{
    Hayat__V1__SignedReceipt receipt;
    Hayat__V1__ReceiptPayload *payload;
    return ok(receipt_of_text(bytes_str(text), &arena, &receipt)) &&
           ok(receipt_verify(signer.public_key, &receipt, &arena, &payload));
}

static void any_changed_letter_is_seen(void **state)
{
    (void)state;
    char *text = text_of(paper_receipt_filing(&arena, 1));
    assert_true(reads(text));
    assert_true(reads(arena_printf(&arena, " %s\r\n", text)));
    for (size_t i = 0; text[i] != '\0'; i++) {
        struct arena_mark mark = arena_mark(&arena);
        char was = text[i];
        text[i] = was == '7' ? '8' : '7';
        assert_false(reads(text));
        text[i] = was;
        arena_rewind(&arena, mark);
    }
    assert_false(reads(arena_printf(&arena, "%s:0", text)));
    text[strlen(text) - 1] = '\0';
    assert_false(reads(text));
}

/* The page for everybody else shows what this code makes. */
static void the_published_vector_is_this(void **state)
{
    (void)state;
    static char page[65536];
    FILE *in = fopen(HAYAT_SOURCE_DIR "/docs/receipts.md", "rb");
    assert_non_null(in);
    page[fread(page, 1, sizeof page - 1, in)] = '\0';
    assert_int_equal(fclose(in), 0);
    const char *filing = text_of(paper_receipt_filing(&arena, 2));
    const char *decision = text_of(paper_receipt_decision(&arena));
    const char *registry = text_of(paper_receipt_registry(&arena));
    if (getenv("HAYAT_PAPER_OUT") != NULL) {
        (void)fprintf(stderr, "%s\n\n%s\n\n%s\n", filing, decision, registry);
    }
    assert_non_null(strstr(page, registry));
    assert_non_null(strstr(page, filing));
    assert_non_null(strstr(page, decision));
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
    arena_init(&arena, (size_t)256 << 20);
    paper_receipt_signer(&signer);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    receipt_signer_fini(&signer);
    arena_fini(&arena);
    if (getenv("HAYAT_PAPER_OUT") == NULL) {
        (void)output_of("rm -f *.pdf *.png && rmdir \"$PWD\"");
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_qr_code_of_a_filing_proves_it),
        cmocka_unit_test(the_qr_code_of_a_decision_proves_it),
        cmocka_unit_test(the_registry_s_word_is_told_and_proven),
        cmocka_unit_test(ten_documents_fit),
        cmocka_unit_test(the_longest_fits),
        cmocka_unit_test(nothing_else_is_drawn),
        cmocka_unit_test(any_changed_letter_is_seen),
        cmocka_unit_test(the_published_vector_is_this),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, open_all, close_all);
}
