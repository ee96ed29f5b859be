#include "paper/text.h"

#include <math.h>
#include <pango/pangocairo.h>

/* Noto Naskh Arabic's letters are smaller and its lines further apart than Noto Sans's at the same size. */
#define ARABIC_SIZE 1.14
#define LATIN_LEADING 1.02
#define ARABIC_LEADING 0.70
#define MM_PER_POINT (25.4 / 72.0)

bool text_is_arabic(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL)) {
        return false;
    }
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        const gunichar c = g_utf8_get_char(text);
        if (g_unichar_isalpha(c)) {
            return g_unichar_get_script(c) == G_UNICODE_SCRIPT_ARABIC;
        }
    }
    return false;
}

static bool is_arabic(const struct text_style *style, const char *text)
{
    return style->script == SCRIPT_ARABIC ||
           (style->script == SCRIPT_OF_TEXT && text_is_arabic(text));
}

static void set_font(PangoLayout *layout, const struct text_style *style, bool arabic)
{
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, arabic ? "Noto Naskh Arabic,Noto Sans"
                                                          : "Noto Sans,Noto Naskh Arabic");
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    /* The sheet's unit is the millimetre, and so is the layout's. */
    double size = style->size * MM_PER_POINT * (arabic ? ARABIC_SIZE : 1);
    pango_font_description_set_absolute_size(font, round(size * PANGO_SCALE));
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
}

static void set_spacing(PangoLayout *layout, double points)
{
    if (points > 0) {
        PangoAttrList *list = pango_attr_list_new();
        pango_attr_list_insert(
            list, pango_attr_letter_spacing_new((int)(points * MM_PER_POINT * PANGO_SCALE)));
        pango_layout_set_attributes(layout, list);
        pango_attr_list_unref(list);
    }
}

/* With a direction of its own instead of the text's, "left" and "right" are the page's. */
static PangoAlignment alignment(enum align align, bool arabic)
{
    switch (align) {
    case ALIGN_CENTRE:
        return PANGO_ALIGN_CENTER;
    case ALIGN_START:
        return arabic ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
    case ALIGN_END:
        return arabic ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT;
    }
    return PANGO_ALIGN_LEFT;
}

static PangoLayout *lay_out(struct sheet *sheet, const struct text_style *style, const char *text,
                            double width)
{
    if (!g_utf8_validate(text, -1, NULL)) {
        sheet_fail(sheet, FAIL(PAPER_CONTENT));
        text = "";
    }
    const bool arabic = is_arabic(style, text);
    PangoLayout *layout = pango_layout_new(arabic ? sheet->arabic : sheet->latin);
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_alignment(layout, alignment(style->align, arabic));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_line_spacing(layout, arabic ? (float)ARABIC_LEADING : (float)LATIN_LEADING);
    set_font(layout, style, arabic);
    set_spacing(layout, style->spacing);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static double layout_height(PangoLayout *layout)
{
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    return (double)logical.height / PANGO_SCALE;
}

struct laid_text text_lay(struct sheet *sheet, const struct text_style *style, const char *text,
                          double width)
{
    struct laid_text laid = {.layout = lay_out(sheet, style, text, width),
                             .colour = style->colour != NULL ? style->colour : &colour_ink};
    laid.height = layout_height(laid.layout);
    return laid;
}

void text_show(struct sheet *sheet, struct laid_text *laid, double x, double y)
{
    if (sheet->pages > 0) { /* nobody looks while pages are counted */
        const struct colour *colour = laid->colour;
        cairo_set_source_rgb(sheet->cr, colour->red, colour->green, colour->blue);
        cairo_move_to(sheet->cr, x, y);
        pango_cairo_show_layout(sheet->cr, laid->layout);
    }
    g_object_unref(laid->layout);
    laid->layout = NULL;
}

double text_height(struct sheet *sheet, const struct text_style *style, const char *text,
                   double width)
{
    struct laid_text laid = text_lay(sheet, style, text, width);
    g_object_unref(laid.layout);
    return laid.height;
}

double text_draw(struct sheet *sheet, const struct text_style *style, const char *text,
                 struct place place)
{
    struct laid_text laid = text_lay(sheet, style, text, place.width);
    text_show(sheet, &laid, place.x, place.y);
    return laid.height;
}

/* Two layouts side by side.  The Arabic one is moved for the first lines to stand level: upwards, as Noto Naskh Arabic
   has more room above its letters than anything in our texts needs. */
struct laid_pair {
    struct laid_text fr, ar;
    double column, ar_down, height;
};

static struct laid_pair lay_out_pair(struct sheet *sheet, const struct text_style *style,
                                     const struct text_pair *pair, double width)
{
    struct text_style french = *style, arabic = *style;
    french.script = SCRIPT_LATIN;
    arabic.script = SCRIPT_ARABIC;
    struct laid_pair laid = {.column = (width - SHEET_GAP) / 2};
    laid.fr = text_lay(sheet, &french, pair->fr, laid.column);
    laid.ar = text_lay(sheet, &arabic, pair->ar, laid.column);
    laid.ar_down = (double)(pango_layout_get_baseline(laid.fr.layout) -
                            pango_layout_get_baseline(laid.ar.layout)) /
                   PANGO_SCALE;
    laid.height = fmax(laid.fr.height, laid.ar.height + laid.ar_down);
    return laid;
}

double text_pair_height(struct sheet *sheet, const struct text_style *style,
                        const struct text_pair *pair, double width)
{
    struct laid_pair laid = lay_out_pair(sheet, style, pair, width);
    g_object_unref(laid.fr.layout);
    g_object_unref(laid.ar.layout);
    return laid.height;
}

double text_pair_draw(struct sheet *sheet, const struct text_style *style,
                      const struct text_pair *pair, struct place place)
{
    struct laid_pair laid = lay_out_pair(sheet, style, pair, place.width);
    text_show(sheet, &laid.fr, place.x, place.y);
    text_show(sheet, &laid.ar, place.x + place.width - laid.column, place.y + laid.ar_down);
    return laid.height;
}

void text_pair_flow(struct sheet *sheet, const struct text_style *style,
                    const struct text_pair *pair)
{
    const double width = SHEET_RIGHT - SHEET_LEFT;
    sheet_need(sheet, text_pair_height(sheet, style, pair, width));
    sheet->y += text_pair_draw(sheet, style, pair, (struct place){SHEET_LEFT, sheet->y, width});
}

void text_sample_page(struct sheet *sheet)
{
    sheet->y = 0;
}

void text_sample(struct sheet *sheet)
{
    for (int bold = 0; bold < 2; bold++) {
        const struct text_style style = {.size = 10, .bold = bold == 1};
        const struct text_pair pair = {"Aé1", "لا1"};
        text_pair_flow(sheet, &style, &pair);
    }
}
