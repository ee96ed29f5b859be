/*
 * table: columns that stay aligned, Arabic among them.
 *
 * A letter is one column wide, a mark above or below it and a direction mark none.  When a cell has Arabic, it is set in an
 * isolate (Unicode 6.3), so that a terminal that turns Arabic round turns the cell alone and not its neighbours.
 *
 * Memory  cells are borrowed until table_print.
 */
#ifndef HAYAT_CLI_TABLE_H
#define HAYAT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { TABLE_COLUMNS_MAX = 8 };

struct table {
    size_t column_count, row_count, room;
    bool right[TABLE_COLUMNS_MAX]; /* numbers */
    const char *(*rows)[TABLE_COLUMNS_MAX];
};

/* ROOM rows, the heading among them. */
status table_init(struct table *table, struct arena *arena, size_t column_count, size_t room);
/* A row of column_count cells; NULL is an empty one. */
void table_add(struct table *table, const char *const *cells);
void table_print(const struct table *table);

/* How many columns of a terminal TEXT takes. */
int table_columns(const char *text);

#endif
