#include "tools/hayatctl/import_control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/defer.h"
#include "tools/hayatctl/csv_rows.h"

enum { COLUMNS = 4 };

static const char *const columns[COLUMNS] = {"file", "rows", "billed_centimes",
                                             "reimbursed_centimes"};

static void close_rows(struct csv_rows **rows)
{
    csv_rows_close(*rows);
}

static bool read_count(bytes text, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || text.len > 18) {
            return false;
        }
        *ret = *ret * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0;
}

static bool read_row(const struct csv_row *row, struct control_totals *totals)
{
    char name[64];
    enum feed_kind kind;
    uint64_t rows, billed = 0, reimbursed = 0;
    if (row->state != CSV_ROW_GOOD || row->field_count != COLUMNS ||
        row->fields[0].len >= sizeof name) {
        return false;
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)row->fields[0].len,
                   (const char *)row->fields[0].ptr);
    bool amounts = row->fields[2].len > 0;
    if (!feed_kind_parse(name, &kind) || !read_count(row->fields[1], &rows) ||
        (amounts &&
         (!read_count(row->fields[2], &billed) || !read_count(row->fields[3], &reimbursed)))) {
        return false;
    }
    totals->of[kind] = (struct control_total){true, rows, amounts, (int64_t)billed,
                                              (int64_t)reimbursed};
    return true;
}

static bool is_header(const struct csv_row *row)
{
    bool good = row->state == CSV_ROW_GOOD && row->field_count == COLUMNS;
    for (size_t i = 0; good && i < COLUMNS; i++) {
        good = bytes_equal_str(row->fields[i], columns[i]);
    }
    return good;
}

status control_totals_read(const char *path, struct control_totals *ret_totals)
{
    DEFER(close_rows) struct csv_rows *rows = NULL;
    struct csv_row row;
    *ret_totals = (struct control_totals){0};
    TRY(csv_rows_open(path, &rows));
    TRY(csv_rows_next(rows, &row));
    if (!is_header(&row)) {
        return FAIL(IMPORT_REFUSED);
    }
    for (;;) {
        TRY(csv_rows_next(rows, &row));
        if (row.state == CSV_ROWS_END) {
            return STATUS_OK;
        }
        if (!read_row(&row, ret_totals)) {
            return FAIL(IMPORT_REFUSED);
        }
    }
}

bool control_total_agrees(const struct control_totals *control, enum feed_kind kind,
                          const struct taken_total *taken)
{
    const struct control_total *told = &control->of[kind];
    const char *name = feed_layout(kind)->name;
    if (!told->told) {
        (void)printf("control: %s: nothing told\n", name);
        return true;
    }
    bool agrees = told->rows == taken->rows && taken->refused == 0 &&
                  (!told->has_amounts || (told->billed_centimes == taken->billed_centimes &&
                                          told->reimbursed_centimes == taken->reimbursed_centimes));
    (void)printf("control: %s: %" PRIu64 " rows of %" PRIu64 " told, %" PRIu64 " refused", name,
                 taken->rows, told->rows, taken->refused);
    if (told->has_amounts) {
        (void)printf("; billed %" PRId64 " of %" PRId64 ", reimbursed %" PRId64 " of %" PRId64
                     " centimes",
                     taken->billed_centimes, told->billed_centimes, taken->reimbursed_centimes,
                     told->reimbursed_centimes);
    }
    (void)printf(": %s\n", agrees ? "agrees" : "DIFFERS");
    return agrees;
}
