/* PDFs for files.h: by Cairo, by hand, and through qpdf. */
#include <assert.h>
#include <cairo-pdf.h>
#include <cairo.h>
#include <qpdf/qpdf-c.h>
#include <stdio.h>

#include "tests/checker/files.h"

enum { A4_WIDTH = 595, A4_HEIGHT = 842, PDF_MAX_BYTES = 24 * 1024 * 1024 };

bytes joined(struct arena *arena, bytes a, bytes b)
{
    uint8_t *both = arena_alloc(arena, a.len + b.len);
    assert(both != NULL);
    memcpy(both, a.ptr, a.len);
    memcpy(both + a.len, b.ptr, b.len);
    return bytes_of(both, a.len + b.len);
}

/* --- by Cairo --- */

struct sink {
    uint8_t *data;
    size_t len;
};

static cairo_status_t take(void *ctx, const unsigned char *data, unsigned len)
{
    struct sink *sink = ctx;
    assert(sink->len + len <= PDF_MAX_BYTES);
    memcpy(sink->data + sink->len, data, len);
    sink->len += len;
    return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *begin(struct arena *arena, struct sink *sink)
{
    sink->data = arena_alloc(arena, PDF_MAX_BYTES);
    assert(sink->data != NULL);
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, sink, A4_WIDTH, A4_HEIGHT);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, "Author Essai");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "2026-01-15T09:00:00Z");
    return surface;
}

static bytes end(cairo_surface_t *surface, const struct sink *sink)
{
    cairo_surface_finish(surface);
    assert(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(surface);
    return bytes_of(sink->data, sink->len);
}

bytes pdf_drawn(struct arena *arena, uint32_t pages)
{
    struct sink sink = {0};
    cairo_surface_t *surface = begin(arena, &sink);
    cairo_t *cairo = cairo_create(surface);
    for (uint32_t i = 0; i < pages; i++) {
        cairo_select_font_face(cairo, "Noto Sans", CAIRO_FONT_SLANT_NORMAL,
                               CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(cairo, 14);
        cairo_move_to(cairo, 60, 90);
        cairo_show_text(cairo, "Certificat de vie 2026");
        cairo_show_page(cairo);
    }
    cairo_destroy(cairo);
    return end(surface, &sink);
}

static void show_jpeg(cairo_t *cairo, bytes jpeg, uint32_t width, uint32_t height)
{
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width,
                                                        (int)height);
    (void)cairo_surface_set_mime_data(image, CAIRO_MIME_TYPE_JPEG, jpeg.ptr, jpeg.len, NULL, NULL);
    cairo_save(cairo);
    cairo_scale(cairo, (double)A4_WIDTH / width, (double)A4_HEIGHT / height);
    cairo_set_source_surface(cairo, image, 0, 0);
    cairo_paint(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(image);
}

bytes pdf_scanned(struct arena *arena, bytes jpeg, uint32_t pages)
{
    struct sink sink = {0};
    cairo_surface_t *surface = begin(arena, &sink);
    cairo_t *cairo = cairo_create(surface);
    for (uint32_t i = 0; i < pages; i++) {
        show_jpeg(cairo, jpeg, 1240, 1754);
        cairo_show_page(cairo);
    }
    cairo_destroy(cairo);
    return end(surface, &sink);
}

/* --- by hand --- */

bytes pdf_of_objects(struct arena *arena, const char *const *objects, size_t count)
{
    uint8_t *data = arena_alloc(arena, PDF_MAX_BYTES);
    size_t starts[64], len = 0;
    assert(data != NULL && count < 64);
#define WRITE(...) len += (size_t)snprintf((char *)data + len, PDF_MAX_BYTES - len, __VA_ARGS__)
    WRITE("%%PDF-1.7\n");
    for (size_t i = 0; i < count; i++) {
        starts[i] = len;
        WRITE("%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
    }
    const size_t table = len;
    WRITE("xref\n0 %zu\n0000000000 65535 f \n", count + 1);
    for (size_t i = 0; i < count; i++) {
        WRITE("%010zu 00000 n \n", starts[i]);
    }
    WRITE("trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", count + 1, table);
#undef WRITE
    return bytes_of(data, len);
}

/* --- through qpdf --- */

static qpdf_data open_pdf(bytes pdf)
{
    qpdf_data data = qpdf_init();
    const QPDF_ERROR_CODE code = qpdf_read_memory(data, "", (const char *)pdf.ptr, pdf.len, NULL);
    assert((code & QPDF_ERRORS) == 0);
    (void)code;
    (void)qpdf_init_write_memory(data);
    qpdf_set_static_ID(data, QPDF_TRUE);
    return data;
}

static bytes write_pdf(qpdf_data data, struct arena *arena)
{
    const QPDF_ERROR_CODE code = qpdf_write(data);
    assert((code & QPDF_ERRORS) == 0);
    (void)code;
    bytes copy = arena_copy(arena, bytes_of(qpdf_get_buffer(data), qpdf_get_buffer_length(data)));
    qpdf_cleanup(&data);
    return copy;
}

bytes pdf_packed(struct arena *arena, bytes pdf)
{
    qpdf_data data = open_pdf(pdf);
    qpdf_set_object_stream_mode(data, qpdf_o_generate);
    return write_pdf(data, arena);
}

bytes pdf_encrypted(struct arena *arena, bytes pdf, const char *password)
{
    qpdf_data data = open_pdf(pdf);
    qpdf_set_static_aes_IV(data, QPDF_TRUE);
    qpdf_set_r6_encryption_parameters2(data, password, "owner", QPDF_TRUE, QPDF_TRUE, QPDF_TRUE,
                                       QPDF_TRUE, QPDF_TRUE, QPDF_TRUE, qpdf_r3p_full, QPDF_TRUE);
    return write_pdf(data, arena);
}
