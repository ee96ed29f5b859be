#include "paper/letterhead.h"

#include <math.h>

#include "base/array.h"
#include "paper/text.h"
#include "paper/words.h"

/* Where a DL envelope's window always shows the sheet (letter.h). */
static const struct box window = {104, 46, 85, 33};

/* The eight-pointed star of two squares, drawn and not named: it belongs to nobody. */
static void star(struct sheet *sheet, double x, double y, double radius)
{
    cairo_t *cr = sheet->cr;
    cairo_set_line_width(cr, 0.55);
    cairo_set_source_rgb(cr, colour_accent.red, colour_accent.green, colour_accent.blue);
    for (int turn = 0; turn < 2; turn++) {
        cairo_new_path(cr);
        for (int corner = 0; corner < 4; corner++) {
            double angle = M_PI / 4 * (2 * corner + turn);
            cairo_line_to(cr, x + radius * cos(angle), y + radius * sin(angle));
        }
        cairo_close_path(cr);
        cairo_stroke(cr);
    }
    cairo_new_path(cr);
    cairo_arc(cr, x, y, radius * 0.34, 0, 2 * M_PI);
    cairo_fill(cr);
}

void letterhead_band(struct sheet *sheet, const struct paper_fund *fund)
{
    const struct text_style style = {
        .size = 12.5, .bold = true, .colour = &colour_accent, .script = SCRIPT_LATIN};
    struct text_style arabic = style;
    arabic.script = SCRIPT_ARABIC;
    const double width = 70, top = 11;
    double left = text_height(sheet, &style, fund->name_fr, width);
    double right = text_height(sheet, &arabic, fund->name_ar, width);
    double height = fmax(fmax(left, right), 11);
    (void)text_draw(sheet, &style, fund->name_fr,
                    (struct place){SHEET_LEFT, top + (height - left) / 2, width});
    (void)text_draw(sheet, &arabic, fund->name_ar,
                    (struct place){SHEET_RIGHT - width, top + (height - right) / 2, width});
    star(sheet, SHEET_WIDTH / 2, top + height / 2, 5);
    sheet->y = top + height + 2;
    sheet_rule(sheet, (struct box){SHEET_LEFT, sheet->y, SHEET_RIGHT - SHEET_LEFT, 0.5},
               &colour_accent);
    sheet->y += 3;
}

void letterhead_foot(struct sheet *sheet, const struct paper_fund *fund)
{
    char line[512], number[32];
    const struct text_style style = {.size = 7.5, .colour = &colour_quiet, .align = ALIGN_CENTRE};
    const bool both = fund->phone[0] != '\0' && fund->site[0] != '\0';
    (void)snprintf(line, sizeof(line), "%s%s%s", fund->phone, both ? "  ·  " : "", fund->site);
    (void)snprintf(number, sizeof(number), "%d / %d", sheet->page, sheet->pages);
    sheet_rule(sheet, (struct box){SHEET_LEFT, 283, SHEET_RIGHT - SHEET_LEFT, 0.2}, &colour_hair);
    (void)text_draw(sheet, &style, line, (struct place){SHEET_LEFT, 284, SHEET_RIGHT - SHEET_LEFT});
    struct text_style end = style;
    end.align = ALIGN_END;
    (void)text_draw(sheet, &end, number, (struct place){SHEET_RIGHT - 20, 284, 20});
}

static void fold_marks(struct sheet *sheet)
{
    static const double folds[] = {FOLD_FIRST, FOLD_SECOND};
    for (size_t i = 0; i < ARRAY_LEN(folds); i++) {
        sheet_rule(sheet, (struct box){4, folds[i] - 0.1, 6, 0.2}, &colour_quiet);
        sheet_rule(sheet, (struct box){SHEET_WIDTH - 10, folds[i] - 0.1, 6, 0.2}, &colour_quiet);
    }
}

static double window_line(struct sheet *sheet, const struct text_style *style, const char *text,
                          double y)
{
    if (text == NULL || text[0] == '\0') {
        return y;
    }
    return y + text_draw(sheet, style, text, (struct place){window.x, y, window.width});
}

static double window_height(struct sheet *sheet, const struct letter_addressee *to, double size)
{
    const struct text_style bold = {.size = size, .bold = true}, plain = {.size = size},
                            arabic = {.size = size, .bold = true, .script = SCRIPT_ARABIC};
    double height = text_height(sheet, &plain, to->address, window.width);
    if (to->name != NULL && to->name[0] != '\0') {
        height += text_height(sheet, &bold, to->name, window.width);
    }
    if (to->name_ar != NULL && to->name_ar[0] != '\0') {
        height += text_height(sheet, &arabic, to->name_ar, window.width);
    }
    return height;
}

/* As large as fits, down to 6 points; longer is refused rather than cut: a cut address reaches somebody else. */
static void address(struct sheet *sheet, const struct letter_addressee *to)
{
    double size = 10.5;
    while (size > 6 && window_height(sheet, to, size) > window.height) {
        size -= 0.5;
    }
    if (window_height(sheet, to, size) > window.height) {
        sheet_fail(sheet, FAIL(PAPER_CONTENT));
        return;
    }
    const struct text_style bold = {.size = size, .bold = true},
                            plain = {.size = size, .script = SCRIPT_OF_TEXT},
                            arabic = {.size = size, .bold = true, .script = SCRIPT_ARABIC};
    double y = window_line(sheet, &bold, to->name, window.y);
    y = window_line(sheet, &arabic, to->name_ar, y);
    (void)window_line(sheet, &plain, to->address, y);
}

static void sender(struct sheet *sheet, const struct letter_head *head)
{
    char fr[WORDS_DATE_MAX], ar[WORDS_DATE_MAX], line[2 * WORDS_DATE_MAX + 32];
    const struct text_style style = {.size = 8.5, .colour = &colour_quiet};
    const double width = 66;
    sheet->y += text_draw(sheet, &style, head->fund.address,
                          (struct place){SHEET_LEFT, sheet->y, width}) +
                6;
    words_date(head->date, LANGUAGE_FR, fr);
    words_date(head->date, LANGUAGE_AR, ar);
    (void)snprintf(line, sizeof(line), "Le %s", fr);
    const struct text_style dated = {.size = 9.5};
    const struct text_style arabic = {.size = 9.5, .script = SCRIPT_ARABIC, .align = ALIGN_END};
    sheet->y += text_draw(sheet, &dated, line, (struct place){SHEET_LEFT, sheet->y, width});
    (void)snprintf(line, sizeof(line), "بتاريخ %s", ar);
    sheet->y += text_draw(sheet, &arabic, line, (struct place){SHEET_LEFT, sheet->y, width}) + 2;
    if (head->reference != NULL && head->reference[0] != '\0') {
        (void)snprintf(line, sizeof(line), "Réf. : %s", head->reference);
        (void)text_draw(sheet, &style, line, (struct place){SHEET_LEFT, sheet->y, width});
    }
}

void letterhead_page(struct sheet *sheet, const struct letter_head *head)
{
    letterhead_band(sheet, &head->fund);
    letterhead_foot(sheet, &head->fund);
    if (sheet->page == 1) {
        fold_marks(sheet);
        sender(sheet, head);
        address(sheet, &head->to);
        sheet->y = FOLD_FIRST + 5;
    } else {
        sheet->y += 6;
    }
}

static bool within(const char *text, size_t max)
{
    return text == NULL || strnlen(text, max + 1) <= max;
}

status letterhead_check(const struct letter_head *head)
{
    const struct letter_addressee *to = &head->to;
    const bool named = (to->name != NULL && to->name[0] != '\0') ||
                       (to->name_ar != NULL && to->name_ar[0] != '\0');
    const bool fits = within(to->name, LETTER_NAME_MAX) && within(to->name_ar, LETTER_NAME_MAX) &&
                      within(to->address, LETTER_ADDRESS_MAX) && within(head->reference, 40);
    if (!named || to->address == NULL || to->address[0] == '\0' || !fits ||
        !date_valid(head->date)) {
        return FAIL(PAPER_CONTENT);
    }
    return STATUS_OK;
}
