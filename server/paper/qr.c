#include "paper/qr.h"

#include <qrencode.h>

enum { QUIET_MODULES = 4 };

/* Each run of dark modules is one rectangle: whole ones, so that no hairline shows between them. */
static void add_row(cairo_t *cr, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int run = 0;
        while (x + run < width && (row[x + run] & 1) != 0) {
            run++;
        }
        if (run > 0) {
            cairo_rectangle(cr, x, y, run, 1);
        }
        x += run > 0 ? run : 1;
    }
}

void qr_draw(struct sheet *sheet, const char *text, struct box box)
{
    /* By runs: digits and capitals take two thirds of the room that bytes do. */
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (code == NULL) {
        sheet_fail(sheet, FAIL(PAPER_CONTENT));
        return;
    }
    const double module = box.width / (code->width + 2 * QUIET_MODULES);
    cairo_save(sheet->cr);
    cairo_set_source_rgb(sheet->cr, 1, 1, 1);
    cairo_rectangle(sheet->cr, box.x, box.y, box.width, box.width);
    cairo_fill(sheet->cr);
    cairo_set_source_rgb(sheet->cr, 0, 0, 0);
    cairo_translate(sheet->cr, box.x, box.y);
    cairo_scale(sheet->cr, module, module);
    cairo_translate(sheet->cr, QUIET_MODULES, QUIET_MODULES);
    for (int y = 0; y < code->width; y++) {
        add_row(sheet->cr, code->data + (ptrdiff_t)y * code->width, code->width, y);
    }
    cairo_fill(sheet->cr);
    cairo_restore(sheet->cr);
    QRcode_free(code);
}
