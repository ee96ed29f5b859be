#include "paper/sheet.h"

#include <cairo-pdf.h>
#include <time.h>

#include "paper/fonts.h"
#include "paper/text.h"

const struct colour colour_ink = {0.07, 0.09, 0.11};
const struct colour colour_quiet = {0.33, 0.36, 0.39};
const struct colour colour_accent = {0.02, 0.33, 0.27};
const struct colour colour_tint = {0.93, 0.96, 0.95};
const struct colour colour_hair = {0.72, 0.76, 0.75};

#define POINTS_PER_MM (72.0 / 25.4)

struct sink {
    const struct paper_output *output;
    status failure;
};

static cairo_status_t sink_write(void *closure, const unsigned char *data, unsigned int length)
{
    struct sink *sink = closure;
    if (sink->output->write == NULL) {
        return CAIRO_STATUS_SUCCESS;
    }
    if (ok(sink->failure)) {
        sink->failure = sink->output->write(sink->output->ctx, bytes_of(data, length));
    }
    return ok(sink->failure) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void describe(cairo_surface_t *surface, const struct sheet_plan *plan)
{
    char text[32];
    const time_t seconds = (time_t)(plan->created_ms / 1000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        text[0] = '\0';
    }
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, plan->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Hayat");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, text);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, text);
}

/* One drawing of the document; RET_PAGES may be the one PAGES points to. */
static status draw_once(struct paper *paper, const struct sheet_plan *plan,
                        const struct paper_output *output, int *pages)
{
    struct sink sink = {.output = output};
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
        sink_write, &sink, SHEET_WIDTH * POINTS_PER_MM, SHEET_HEIGHT * POINTS_PER_MM);
    describe(surface, plan);
    struct sheet sheet = {.cr = cairo_create(surface),
                          .latin = paper_text_context(paper, PANGO_DIRECTION_LTR),
                          .arabic = paper_text_context(paper, PANGO_DIRECTION_RTL),
                          .plan = plan,
                          .page = 1,
                          .pages = *pages};
    cairo_scale(sheet.cr, POINTS_PER_MM, POINTS_PER_MM);
    plan->page(&sheet);
    plan->draw(&sheet);
    cairo_show_page(sheet.cr);
    if (cairo_status(sheet.cr) != CAIRO_STATUS_SUCCESS) {
        sheet_fail(&sheet, FAIL(INTERNAL));
    }
    cairo_destroy(sheet.cr);
    cairo_surface_finish(surface);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        sheet_fail(&sheet, FAIL(INTERNAL));
    }
    cairo_surface_destroy(surface);
    g_object_unref(sheet.latin);
    g_object_unref(sheet.arabic);
    *pages = sheet.page;
    return ok(sink.failure) ? sheet.failure : sink.failure;
}

status sheet_produce(struct paper *paper, const struct sheet_plan *plan,
                     const struct paper_output *output)
{
    const struct paper_output nowhere = {NULL, NULL};
    int pages = 0;
    TRY(draw_once(paper, plan, &nowhere, &pages));
    return draw_once(paper, plan, output, &pages);
}

void sheet_fail(struct sheet *sheet, status failure)
{
    if (ok(sheet->failure)) {
        sheet->failure = failure;
    }
}

void sheet_next_page(struct sheet *sheet)
{
    if (sheet->page >= SHEET_PAGES_MAX) {
        sheet_fail(sheet, FAIL(PAPER_CONTENT));
    }
    if (ok(sheet->failure)) {
        cairo_show_page(sheet->cr);
        sheet->page++;
        sheet->plan->page(sheet);
    }
}

void sheet_need(struct sheet *sheet, double height)
{
    if (sheet->y + height > sheet->plan->bottom) {
        sheet_next_page(sheet);
    }
}

static void use(struct sheet *sheet, const struct colour *colour)
{
    cairo_set_source_rgb(sheet->cr, colour->red, colour->green, colour->blue);
}

void sheet_fill(struct sheet *sheet, struct box box, const struct colour *colour)
{
    use(sheet, colour);
    cairo_rectangle(sheet->cr, box.x, box.y, box.width, box.height);
    cairo_fill(sheet->cr);
}

void sheet_frame(struct sheet *sheet, struct box box, double line, const struct colour *colour)
{
    use(sheet, colour);
    cairo_set_line_width(sheet->cr, line);
    cairo_rectangle(sheet->cr, box.x, box.y, box.width, box.height);
    cairo_stroke(sheet->cr);
}

void sheet_rule(struct sheet *sheet, struct box line, const struct colour *colour)
{
    sheet_fill(sheet, line, colour);
}
