/*
 * table: rows of cells over the width of the page; cells wrap, rows stay whole, each page begins with the head again.
 *
 * Columns' titles are in both languages, French above Arabic.  Cells are in the script of their text.
 */
#ifndef HAYAT_SERVER_PAPER_TABLE_H
#define HAYAT_SERVER_PAPER_TABLE_H

#include <stddef.h>

#include "paper/text.h"

enum { TABLE_COLUMNS_MAX = 16 };

struct table_column {
    const char *fr, *ar; /* NULL in a table without a head */
    double width;        /* millimetres */
    enum align align;
};

struct table {
    const struct table_column *columns;
    size_t count; /* at most TABLE_COLUMNS_MAX */
    double x;
    struct text_style head, text;
};

/* At sheet->y, which moves below.  Keeps room for KEEP millimetres more under it. */
void table_head(struct sheet *sheet, const struct table *table, double keep);

struct table_look {
    bool bold;
    const struct colour *fill; /* NULL: none */
    bool rule;                 /* a hairline below */
};

/* One text per column; NULL is an empty cell. */
void table_row(struct sheet *sheet, const struct table *table, const char *const *cells,
               const struct table_look *look);
/* A row of the table's width with one text in both languages, on one page with KEEP millimetres of what follows. */
void table_band(struct sheet *sheet, const struct table *table, const struct text_pair *pair,
                double keep);

#endif
