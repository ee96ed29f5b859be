/* The other half of pdf.h: what a PDF tells beside its pages is taken out of it. */
#include "checker/pdf.h"

#include <string.h>

#include "base/array.h"
#include "checker/jpeg.h"
#include "checker/pdf_file.h"

/* The same picture without what a camera wrote into it. */
static check_reason strip_photo(struct pdf_file *file, qpdf_oh dictionary, qpdf_oh stream)
{
    size_t filters = 0;
    bytes clean;
    if (strcmp(pdf_file_filter(file, dictionary, &filters), "/DCTDecode") != 0 || filters != 1) {
        return PASSED;
    }
    const bytes raw = pdf_file_raw(file, stream);
    const struct arena_mark mark = arena_mark(file->arena);
    const status s = jpeg_strip(raw, false, file->arena, &clean);
    free((void *)(uintptr_t)raw.ptr);
    if (ok(s)) {
        const qpdf_oh filter = qpdf_oh_get_key(file->pdf, dictionary, "/Filter");
        const qpdf_oh parameters = qpdf_oh_get_key(file->pdf, dictionary, "/DecodeParms");
        qpdf_oh_replace_stream_data(file->pdf, stream, clean.ptr, clean.len, filter, parameters);
        qpdf_oh_release(file->pdf, filter);
        qpdf_oh_release(file->pdf, parameters);
    }
    arena_rewind(file->arena, mark);
    return ok(s) ? PASSED : WHY(UNREADABLE);
}

/* A pdf_visit. */
static check_reason strip(struct pdf_file *file, qpdf_oh dictionary, qpdf_oh stream, void *ctx)
{
    static const char *const telling[] = {"/Metadata", "/PieceInfo", "/LastModified", "/Thumb"};
    (void)ctx;
    for (size_t i = 0; i < ARRAY_LEN(telling); i++) {
        qpdf_oh_remove_key(file->pdf, dictionary, telling[i]);
    }
    return stream != 0 ? strip_photo(file, dictionary, stream) : PASSED;
}

static status write_clean(struct pdf_file *file, struct arena *arena, bytes *ret_clean)
{
    if ((qpdf_init_write_memory(file->pdf) & QPDF_ERRORS) != 0) {
        return FAIL(HELPER_FAILED);
    }
    qpdf_set_deterministic_ID(file->pdf, QPDF_TRUE);
    qpdf_set_stream_data_mode(file->pdf, qpdf_s_preserve);
    if ((qpdf_write(file->pdf) & QPDF_ERRORS) != 0) {
        return FAIL(HELPER_FAILED);
    }
    *ret_clean = arena_copy(
        arena, bytes_of(qpdf_get_buffer(file->pdf), qpdf_get_buffer_length(file->pdf)));
    return arena_check(arena);
}

status pdf_strip(bytes file, struct arena *arena, bytes *ret_clean)
{
    struct pdf_file pdf;
    status s = FAIL(HELPER_FAILED);
    if (pdf_file_open(&pdf, file, arena) == PASSED) {
        const qpdf_oh trailer = qpdf_get_trailer(pdf.pdf);
        qpdf_oh_remove_key(pdf.pdf, trailer, "/Info");
        pdf.climbs = true; /* what only a child names is written too */
        if (pdf_file_walk(&pdf, trailer, strip, NULL) == PASSED) {
            s = write_clean(&pdf, arena, ret_clean);
        }
    }
    pdf_file_close(&pdf);
    return s;
}
