#include "paper/fonts.h"

#include <fontconfig/fontconfig.h>
#include <limits.h>
#include <pango/pangocairo.h>

#include "base/array.h"
#include "paper/sheet.h"
#include "paper/text.h"

static const char *const font_files[] = {
    "NotoSans-Regular.ttf",
    "NotoSans-Bold.ttf",
    "NotoNaskhArabic-Regular.ttf",
    "NotoNaskhArabic-Bold.ttf",
};

static status add_fonts(FcConfig *config, const char *directory)
{
    for (size_t i = 0; i < ARRAY_LEN(font_files); i++) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s", directory, font_files[i]);
        if (len < 0 || (size_t)len >= sizeof(path) ||
            FcConfigAppFontAddFile(config, (const FcChar8 *)path) != FcTrue) {
            return FAIL(PAPER_FONTS);
        }
    }
    return STATUS_OK;
}

static status discard(void *ctx, bytes piece)
{
    (void)ctx;
    (void)piece;
    return STATUS_OK;
}

/* All four faces are shaped and drawn once: their files are open from here on. */
static status load_faces(struct paper *paper)
{
    const struct paper_output nowhere = {discard, NULL};
    static const struct sheet_plan plan = {
        .title = "", .bottom = SHEET_HEIGHT, .page = text_sample_page, .draw = text_sample};
    return sheet_produce(paper, &plan, &nowhere);
}

status paper_open(const char *font_directory, struct paper **ret_paper)
{
    FcConfig *config = FcConfigCreate();
    if (config == NULL) {
        return FAIL(PAPER_FONTS);
    }
    status s = add_fonts(config, font_directory != NULL ? font_directory : PAPER_FONT_DIRECTORY);
    if (!ok(s)) {
        FcConfigDestroy(config);
        return s;
    }
    /* Before Pango asks for the machine's: those are never searched. */
    const FcBool set = FcConfigSetCurrent(config);
    FcConfigDestroy(config); /* fontconfig holds it */
    if (set != FcTrue) {
        return FAIL(PAPER_FONTS);
    }
    struct paper *paper = g_new0(struct paper, 1);
    paper->fonts = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    s = load_faces(paper);
    if (!ok(s)) {
        paper_close(paper);
        return s;
    }
    *ret_paper = paper;
    return STATUS_OK;
}

void paper_close(struct paper *paper)
{
    if (paper != NULL) {
        g_object_unref(paper->fonts);
        g_free(paper);
    }
}

PangoContext *paper_text_context(struct paper *paper, PangoDirection direction)
{
    PangoContext *context = pango_font_map_create_context(paper->fonts);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context,
                                            FALSE); /* else the letters are spaced unevenly */
    pango_context_set_base_dir(context, direction);
    pango_context_set_language(
        context, pango_language_from_string(direction == PANGO_DIRECTION_RTL ? "ar" : "fr"));
    return context;
}

#if defined(__SANITIZE_THREAD__)
/* Pango looks fonts up in threads of GLib's, whose locks ThreadSanitizer does not see in the packaged library. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libglib-2.0.so\nrace:libpangoft2-1.0.so\nrace:libfontconfig.so\n"
           "race:libpango-1.0.so\nrace:libharfbuzz.so\n";
}
#endif
