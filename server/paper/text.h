/*
 * text: paragraphs in either script.
 *
 * The direction follows the script the caller names, not the first letter of the text: an Arabic paragraph may begin
 * with a number or a Latin name.  SCRIPT_OF_TEXT is for names and values that may be in either.
 */
#ifndef HAYAT_SERVER_PAPER_TEXT_H
#define HAYAT_SERVER_PAPER_TEXT_H

#include <stdbool.h>

#include "paper/sheet.h"

enum script { SCRIPT_LATIN, SCRIPT_ARABIC, SCRIPT_OF_TEXT };
enum align { ALIGN_START, ALIGN_CENTRE, ALIGN_END };

struct text_style {
    double size; /* points */
    enum script script;
    enum align align;
    bool bold;
    double spacing; /* between letters, points */
    const struct colour *colour;
};

struct place {
    double x, y, width;
};

/* Whether its first letter is Arabic: what SCRIPT_OF_TEXT goes by. */
bool text_is_arabic(const char *text);

/* Text laid out once, to be measured first and drawn afterwards: laying out is what costs. */
struct laid_text {
    PangoLayout *layout;
    const struct colour *colour;
    double height;
};
struct laid_text text_lay(struct sheet *sheet, const struct text_style *style, const char *text,
                          double width);
/* Draws it and lets go of it. */
void text_show(struct sheet *sheet, struct laid_text *laid, double x, double y);

/* Both return the height in millimetres.  Lines break at WIDTH; '\n' ends a paragraph. */
double text_height(struct sheet *sheet, const struct text_style *style, const char *text,
                   double width);
double text_draw(struct sheet *sheet, const struct text_style *style, const char *text,
                 struct place place);

/* The same text in both languages. */
struct text_pair {
    const char *fr, *ar;
};

/* French left and Arabic right in PLACE, GAP between them, their first lines level; returns the height. */
double text_pair_height(struct sheet *sheet, const struct text_style *style,
                        const struct text_pair *pair, double width);
double text_pair_draw(struct sheet *sheet, const struct text_style *style,
                      const struct text_pair *pair, struct place place);
/* Over the whole width at sheet->y, which moves below it.  Kept together on one page. */
void text_pair_flow(struct sheet *sheet, const struct text_style *style,
                    const struct text_pair *pair);

/* What opens every font. */
void text_sample_page(struct sheet *sheet);
void text_sample(struct sheet *sheet);

#endif
