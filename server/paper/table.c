#include "paper/table.h"

#include <assert.h>
#include <math.h>

#define CELL_SIDE 0.8 /* white beside a cell's text */
#define CELL_TOP 0.7  /* ... above and below */

static double table_width(const struct table *table)
{
    double width = 0;
    for (size_t i = 0; i < table->count; i++) {
        width += table->columns[i].width;
    }
    return width;
}

static double cell_width(const struct table_column *column)
{
    return column->width - 2 * CELL_SIDE;
}

/* --- the head --- */

static struct text_style title_style(const struct table *table, size_t i, enum script script)
{
    struct text_style style = table->head;
    style.script = script;
    /* The column's side of the page, whatever the title's script. */
    const enum align align = table->columns[i].align;
    style.align = align;
    if (script == SCRIPT_ARABIC && align != ALIGN_CENTRE) {
        style.align = align == ALIGN_START ? ALIGN_END : ALIGN_START;
    }
    return style;
}

struct head_size {
    double fr, ar; /* heights of the taller titles */
};

static struct head_size head_size(struct sheet *sheet, const struct table *table)
{
    struct head_size size = {0, 0};
    for (size_t i = 0; i < table->count; i++) {
        const struct table_column *column = &table->columns[i];
        const struct text_style fr = title_style(table, i, SCRIPT_LATIN);
        const struct text_style ar = title_style(table, i, SCRIPT_ARABIC);
        size.fr = fmax(size.fr, text_height(sheet, &fr, column->fr, cell_width(column)));
        size.ar = fmax(size.ar, text_height(sheet, &ar, column->ar, cell_width(column)));
    }
    return size;
}

static void draw_head(struct sheet *sheet, const struct table *table, struct head_size size)
{
    const double height = size.fr + size.ar + 2 * CELL_TOP;
    double x = table->x;
    sheet_fill(sheet, (struct box){x, sheet->y, table_width(table), height}, &colour_tint);
    for (size_t i = 0; i < table->count; i++) {
        const struct table_column *column = &table->columns[i];
        const struct text_style fr = title_style(table, i, SCRIPT_LATIN);
        const struct text_style ar = title_style(table, i, SCRIPT_ARABIC);
        struct place place = {x + CELL_SIDE, sheet->y + CELL_TOP, cell_width(column)};
        (void)text_draw(sheet, &fr, column->fr, place);
        place.y += size.fr;
        (void)text_draw(sheet, &ar, column->ar, place);
        x += column->width;
    }
    sheet->y += height;
    sheet_rule(sheet, (struct box){table->x, sheet->y, table_width(table), 0.3}, &colour_accent);
    sheet->y += 0.6;
}

void table_head(struct sheet *sheet, const struct table *table, double keep)
{
    assert(table->count <= TABLE_COLUMNS_MAX);
    const struct head_size size = head_size(sheet, table);
    sheet_need(sheet, size.fr + size.ar + keep);
    draw_head(sheet, table, size);
}

/* The next page begins with the head. */
static void need(struct sheet *sheet, const struct table *table, double height)
{
    const int page = sheet->page;
    sheet_need(sheet, height);
    if (sheet->page != page && table->columns[0].fr != NULL) {
        draw_head(sheet, table, head_size(sheet, table));
    }
}

/* --- rows --- */

static struct text_style cell_style(const struct table *table, size_t i,
                                    const struct table_look *look, const char *text)
{
    struct text_style style = table->text;
    style.bold = look->bold;
    style.script = SCRIPT_OF_TEXT;
    style.align = table->columns[i].align;
    /* As for titles: a number's cell is right-aligned whatever is in it. */
    if (style.align != ALIGN_CENTRE && text_is_arabic(text)) {
        style.align = style.align == ALIGN_START ? ALIGN_END : ALIGN_START;
    }
    return style;
}

/* A row laid out: cells without text have no layout. */
struct laid_row {
    struct laid_text cells[TABLE_COLUMNS_MAX];
    double height;
};

static struct laid_row lay_row(struct sheet *sheet, const struct table *table,
                               const char *const *cells, const struct table_look *look)
{
    struct laid_row row = {.height = 0};
    for (size_t i = 0; i < table->count; i++) {
        if (cells[i] != NULL) {
            const struct text_style style = cell_style(table, i, look, cells[i]);
            row.cells[i] = text_lay(sheet, &style, cells[i], cell_width(&table->columns[i]));
            row.height = fmax(row.height, row.cells[i].height);
        }
    }
    row.height += 2 * CELL_TOP;
    return row;
}

void table_row(struct sheet *sheet, const struct table *table, const char *const *cells,
               const struct table_look *look)
{
    struct laid_row row = lay_row(sheet, table, cells, look);
    need(sheet, table, row.height);
    if (look->fill != NULL) {
        const struct box box = {table->x, sheet->y, table_width(table), row.height};
        sheet_fill(sheet, box, look->fill);
    }
    double x = table->x;
    for (size_t i = 0; i < table->count; i++) {
        if (row.cells[i].layout != NULL) {
            text_show(sheet, &row.cells[i], x + CELL_SIDE, sheet->y + CELL_TOP);
        }
        x += table->columns[i].width;
    }
    sheet->y += row.height;
    if (look->rule) {
        sheet_rule(sheet, (struct box){table->x, sheet->y, table_width(table), 0.15}, &colour_hair);
        sheet->y += 0.15;
    }
}

void table_band(struct sheet *sheet, const struct table *table, const struct text_pair *pair,
                double keep)
{
    struct text_style style = table->text;
    style.bold = true;
    style.colour = &colour_accent;
    const double width = table_width(table) - 2 * CELL_SIDE;
    const double height = text_pair_height(sheet, &style, pair, width) + 2 * CELL_TOP;
    need(sheet, table, height + keep);
    (void)text_pair_draw(sheet, &style, pair,
                         (struct place){table->x + CELL_SIDE, sheet->y + CELL_TOP, width});
    sheet->y += height;
}
