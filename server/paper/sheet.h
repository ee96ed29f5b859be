/*
 * sheet: a document being laid out: A4 pages, one after the other, with a place that moves down.
 *
 * A document is drawn twice: once to count its pages, once for good, so that a footer can say "2 / 5".  Drawing
 * functions do not return failures: the sheet remembers the first one, draws on, and sheet_produce tells it.
 * Units    millimetres from the top left corner.
 */
#ifndef HAYAT_SERVER_PAPER_SHEET_H
#define HAYAT_SERVER_PAPER_SHEET_H

#include <cairo.h>
#include <pango/pango.h>

#include "paper/paper.h"

#define SHEET_WIDTH 210.0
#define SHEET_HEIGHT 297.0
#define SHEET_LEFT 20.0   /* margins of running text */
#define SHEET_RIGHT 190.0 /* ... to here */
#define SHEET_GAP 8.0     /* between two columns */

enum { SHEET_PAGES_MAX = 400 };

struct sheet_plan;

struct sheet {
    cairo_t *cr;
    PangoContext *latin, *arabic; /* a context has one direction for all its layouts */
    const struct sheet_plan *plan;
    int page;  /* 1 and up */
    int pages; /* of the whole document; 0 while they are counted */
    double y;  /* where the next thing goes */
    status failure;
};

struct sheet_plan {
    const char *title;                 /* for the file's metadata: the kind of document */
    int64_t created_ms;                /* for the file's metadata */
    double bottom;                     /* running text ends here */
    void (*page)(struct sheet *sheet); /* what each page has; sets sheet->y to where text begins */
    void (*draw)(struct sheet *sheet); /* the document */
    const void *content;               /* theirs */
};

status sheet_produce(struct paper *paper, const struct sheet_plan *plan,
                     const struct paper_output *output);

/* The first failure is the one told. */
void sheet_fail(struct sheet *sheet, status failure);
/* Ends this page and begins the next. */
void sheet_next_page(struct sheet *sheet);
/* The next page unless HEIGHT millimetres are left on this one. */
void sheet_need(struct sheet *sheet, double height);

struct colour {
    double red, green, blue;
};
extern const struct colour colour_ink, colour_quiet, colour_accent, colour_tint, colour_hair;

struct box {
    double x, y, width, height;
};

void sheet_fill(struct sheet *sheet, struct box box, const struct colour *colour);
void sheet_frame(struct sheet *sheet, struct box box, double line, const struct colour *colour);
/* From (x, y) so far to the right. */
void sheet_rule(struct sheet *sheet, struct box line, const struct colour *colour);

#endif
