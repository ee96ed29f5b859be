#include "tools/hayatctl/demo_form.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { OBJECTS_MOST = 2 + 2 * FORM_PAGES, PADDING_LINE = 64, SLACK_BYTES = 4096 };

struct pdf {
    char *text;
    size_t len, size;
    size_t offsets[OBJECTS_MOST + 1]; /* from object 1 */
    int objects;
};

static void put(struct pdf *pdf, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct pdf *pdf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(pdf->text + pdf->len, pdf->size - pdf->len, format, args);
    va_end(args);
    pdf->len += n > 0 && (size_t)n < pdf->size - pdf->len ? (size_t)n : 0;
}

static void begin_object(struct pdf *pdf)
{
    pdf->offsets[++pdf->objects] = pdf->len;
    put(pdf, "%d 0 obj\n", pdf->objects);
}

/* Comments of the page's program stand for the scan's bytes. */
static void put_page(struct pdf *pdf, const char *whose, int page, size_t padding)
{
    size_t lines = padding / PADDING_LINE + 1, text_len = 0;
    char text[160];
    int n = snprintf(text, sizeof text,
                     "BT /F1 14 Tf 72 760 Td (Life certificate of %s, page %d) Tj ET\n", whose,
                     page);
    text_len = n > 0 ? (size_t)n : 0;
    begin_object(pdf);
    put(pdf,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
        "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>\nendobj\n",
        pdf->objects + 1);
    begin_object(pdf);
    put(pdf, "<</Length %zu>>stream\n%s", text_len + lines * PADDING_LINE, text);
    for (size_t i = 0; i < lines; i++) {
        put(pdf, "%%%62zu\n", i * 2654435761U % 99999989U);
    }
    put(pdf, "endstream\nendobj\n");
}

static void put_end(struct pdf *pdf)
{
    size_t table = pdf->len;
    put(pdf, "xref\n0 %d\n0000000000 65535 f \n", pdf->objects + 1);
    for (int i = 1; i <= pdf->objects; i++) {
        put(pdf, "%010zu 00000 n \n", pdf->offsets[i]);
    }
    put(pdf, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", pdf->objects + 1,
        table);
}

static void put_all(struct pdf *pdf, const char *whose, int pages, size_t bytes)
{
    put(pdf, "%%PDF-1.4\n");
    begin_object(pdf);
    put(pdf, "<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    begin_object(pdf);
    put(pdf, "<</Type/Pages/Count %d/Kids[", pages);
    for (int i = 0; i < pages; i++) {
        put(pdf, " %d 0 R", 3 + 2 * i);
    }
    put(pdf, "]>>\nendobj\n");
    for (int i = 0; i < pages; i++) {
        put_page(pdf, whose, i + 1, bytes / (size_t)pages);
    }
    put_end(pdf);
}

struct demo_form demo_form_make(enum demo_paper paper, const char *whose, size_t bytes)
{
    struct pdf pdf = {.size = bytes + SLACK_BYTES};
    struct demo_form form = {0};
    pdf.text = malloc(pdf.size);
    if (pdf.text == NULL) {
        return form;
    }
    put_all(&pdf, whose, paper == PAPER_PAGE_LEFT_OUT ? FORM_PAGES - 1 : FORM_PAGES, bytes);
    form.bytes = (uint8_t *)pdf.text;
    form.len = paper == PAPER_BROKEN_OFF ? pdf.len / 2 : pdf.len;
    (void)crypto_hash_sha256(form.sha256, form.bytes, form.len);
    return form;
}

void demo_form_fini(struct demo_form *form)
{
    free(form->bytes);
    form->bytes = NULL;
}
