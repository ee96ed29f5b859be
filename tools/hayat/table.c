#include "table.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

enum { GAP = 2 };

static const char isolate[] = "\u2068", isolate_end[] = "\u2069";

/* The code point at *TEXT, which moves on; texts are UTF-8, what is not counts byte by byte. */
static uint32_t next_point(const unsigned char **text)
{
    const unsigned char *p = *text;
    int more = p[0] >= 0xF0 ? 3 : p[0] >= 0xE0 ? 2 : p[0] >= 0xC0 ? 1 : 0;
    uint32_t point = more == 0 ? p[0] : p[0] & (0x3FU >> more);
    p++;
    for (; more > 0 && (*p & 0xC0) == 0x80; more--) {
        point = point << 6 | (*p++ & 0x3FU);
    }
    *text = p;
    return point;
}

static bool has_no_width(uint32_t point)
{
    bool combining = (point >= 0x0300 && point <= 0x036F) || (point >= 0x064B && point <= 0x065F) ||
                     point == 0x0670;
    bool direction = (point >= 0x200B && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) ||
                     (point >= 0x2066 && point <= 0x2069);
    return combining || direction;
}

static bool is_arabic(uint32_t point)
{
    return (point >= 0x0600 && point <= 0x06FF) || (point >= 0x0750 && point <= 0x077F);
}

int table_columns(const char *text)
{
    int columns = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
        columns += has_no_width(next_point(&p)) ? 0 : 1;
    }
    return columns;
}

static bool has_arabic(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
        if (is_arabic(next_point(&p))) {
            return true;
        }
    }
    return false;
}

status table_init(struct table *table, struct arena *arena, size_t column_count, size_t room)
{
    assert(column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.column_count = column_count, .room = room};
    table->rows = arena_array(arena, room, sizeof *table->rows);
    return arena_check(arena);
}

void table_add(struct table *table, const char *const *cells)
{
    assert(table->row_count < table->room);
    for (size_t c = 0; c < table->column_count; c++) {
        table->rows[table->row_count][c] = cells[c] == NULL ? "" : cells[c];
    }
    table->row_count++;
}

static void print_cell(const char *cell, int pad, bool right, bool is_last)
{
    bool arabic = has_arabic(cell);
    (void)printf("%*s%s", right ? pad : 0, "", arabic ? isolate : "");
    output_safe(stdout, cell);
    (void)printf("%s%*s", arabic ? isolate_end : "", right || is_last ? 0 : pad, "");
}

void table_print(const struct table *table)
{
    int widths[TABLE_COLUMNS_MAX] = {0};
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            int width = table_columns(table->rows[r][c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            const char *cell = table->rows[r][c];
            bool is_last = c + 1 == table->column_count;
            print_cell(cell, widths[c] - table_columns(cell), table->right[c], is_last);
            (void)printf("%*s", is_last ? 0 : GAP, "");
        }
        (void)putchar('\n');
    }
}
