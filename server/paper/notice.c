#include "paper/letter.h"
#include "paper/letterhead.h"
#include "paper/text.h"

static const struct text_style body = {.size = 10};
static const struct text_style title = {.size = 13, .bold = true, .colour = &colour_accent};

static void english(struct sheet *sheet, const struct notice_text *text)
{
    const double width = SHEET_RIGHT - SHEET_LEFT;
    double height = text_height(sheet, &title, text->title, width) + 3 +
                    text_height(sheet, &body, text->body, width);
    sheet->y += 8;
    sheet_need(sheet, height);
    sheet_rule(sheet, (struct box){SHEET_LEFT, sheet->y - 4, width, 0.2}, &colour_hair);
    sheet->y += text_draw(sheet, &title, text->title, (struct place){SHEET_LEFT, sheet->y, width});
    sheet->y += 3;
    sheet->y += text_draw(sheet, &body, text->body, (struct place){SHEET_LEFT, sheet->y, width});
}

static void draw_notice(struct sheet *sheet)
{
    const struct notice_letter *letter = sheet->plan->content;
    const struct text_pair titles = {letter->fr.title, letter->ar.title};
    const struct text_pair bodies = {letter->fr.body, letter->ar.body};
    text_pair_flow(sheet, &title, &titles);
    sheet->y += 3;
    text_pair_flow(sheet, &body, &bodies);
    if (letter->head.preferred == LANGUAGE_EN && letter->en != NULL) {
        english(sheet, letter->en);
    }
}

static void notice_page(struct sheet *sheet)
{
    const struct notice_letter *letter = sheet->plan->content;
    letterhead_page(sheet, &letter->head);
}

status letter_notice(struct paper *paper, const struct notice_letter *letter,
                     const struct paper_output *output)
{
    TRY(letterhead_check(&letter->head));
    const struct sheet_plan plan = {
        .title = "Avis de la caisse",
        .created_ms = letter->head.created_ms,
        .bottom = LETTER_BOTTOM,
        .page = notice_page,
        .draw = draw_notice,
        .content = letter,
    };
    return sheet_produce(paper, &plan, output);
}
