/*
 * letterhead: what every letter has around its text: the fund's name in both scripts, the address in the window, date
 * and reference, fold marks, page numbers.
 */
#ifndef HAYAT_SERVER_PAPER_LETTERHEAD_H
#define HAYAT_SERVER_PAPER_LETTERHEAD_H

#include "paper/letter.h"
#include "paper/sheet.h"

#define FOLD_FIRST 99.0
#define FOLD_SECOND 198.0
#define LETTER_BOTTOM 279.0 /* running text ends, the foot begins */

/* The whole head on the first page, the names alone on those that follow; sets sheet->y below it. */
void letterhead_page(struct sheet *sheet, const struct letter_head *head);
/* A name, an address and a reference are what letters can carry, or PAPER_CONTENT. */
status letterhead_check(const struct letter_head *head);
/* The names' band at the top of any document. */
void letterhead_band(struct sheet *sheet, const struct paper_fund *fund);
/* The fund's address and "2 / 5" at the bottom of any document. */
void letterhead_foot(struct sheet *sheet, const struct paper_fund *fund);

#endif
