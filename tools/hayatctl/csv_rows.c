#include "tools/hayatctl/csv_rows.h"

#include <csv.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK_BYTES = 256 * 1024 };

struct csv_rows {
    FILE *file;
    uint64_t size;
    uint64_t line;   /* of the next byte */
    uint64_t offset; /* in the file, of the block's end */
    size_t at, len;  /* in the block */
    bool failed;
    bool digests;
    uint64_t digested; /* bytes of the file: a block read twice counts once */
    crypto_generichash_state digest;
    struct csv_parser parser;
    bool parser_ready;
    bool plain; /* the spans are of raw, not of text */
    /* the row under way */
    size_t rows_seen; /* row ends since the row began */
    size_t text_len, field_count;
    struct {
        size_t start, len;
    } spans[CSV_FIELDS_MAX];
    uint8_t text[CSV_ROW_BYTES_MAX + CSV_FIELDS_MAX];
    uint8_t raw[CSV_ROW_BYTES_MAX];
    size_t raw_len;
    uint8_t block[BLOCK_BYTES];
};

/* --- bytes --- */

static void take_digest(struct csv_rows *rows)
{
    uint64_t known = rows->digested > rows->offset ? rows->digested - rows->offset : 0;
    if (rows->digests && known < rows->len) {
        (void)crypto_generichash_update(&rows->digest, rows->block + known, rows->len - known);
        rows->digested = rows->offset + rows->len;
    }
}

/* False at the end of the file, or when it cannot be read. */
static bool fill(struct csv_rows *rows)
{
    if (rows->at < rows->len) {
        return true;
    }
    rows->at = 0;
    rows->len = fread(rows->block, 1, sizeof(rows->block), rows->file);
    take_digest(rows);
    rows->offset += rows->len;
    rows->failed = rows->failed || ferror(rows->file) != 0;
    return rows->len > 0;
}

static uint64_t position(const struct csv_rows *rows)
{
    return rows->offset - (rows->len - rows->at);
}

static bool go_to(struct csv_rows *rows, uint64_t offset)
{
    rows->at = rows->len = 0;
    rows->offset = offset;
    return fseeko(rows->file, (off_t)offset, SEEK_SET) == 0;
}

/* --- fields --- */

/* Blanks are data: libcsv would trim them. */
static int no_blank(unsigned char c)
{
    (void)c;
    return 0;
}

static void take_field(void *data, size_t len, void *ctx)
{
    struct csv_rows *rows = ctx;
    if (rows->field_count < CSV_FIELDS_MAX && len <= sizeof(rows->text) - rows->text_len) {
        rows->spans[rows->field_count].start = rows->text_len;
        rows->spans[rows->field_count].len = len;
        if (len > 0) {
            memcpy(rows->text + rows->text_len, data, len);
        }
        rows->text_len += len;
    }
    rows->field_count++;
}

static void take_row(int terminator, void *ctx)
{
    struct csv_rows *rows = ctx;
    (void)terminator;
    rows->rows_seen++;
}

static status fresh_parser(struct csv_rows *rows)
{
    if (rows->parser_ready) {
        csv_free(&rows->parser);
    }
    rows->parser_ready = csv_init(&rows->parser, CSV_STRICT | CSV_STRICT_FINI) == 0;
    csv_set_space_func(&rows->parser, no_blank);
    return rows->parser_ready ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

static void skip_byte_order_mark(struct csv_rows *rows)
{
    static const uint8_t mark[3] = {0xef, 0xbb, 0xbf};
    if (fill(rows) && rows->len >= sizeof(mark) && memcmp(rows->block, mark, sizeof(mark)) == 0) {
        rows->at = sizeof(mark);
    }
}

status csv_rows_open(const char *path, struct csv_rows **ret_rows)
{
    FILE *file = fopen(path, "re");
    struct stat info;
    if (file == NULL || fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) {
        if (file != NULL) {
            (void)fclose(file);
        }
        return FAIL(FILE_UNREADABLE);
    }
    struct csv_rows *rows = aligned_alloc(_Alignof(struct csv_rows), sizeof(*rows));
    if (rows == NULL) {
        (void)fclose(file);
        return FAIL(ARENA_FULL);
    }
    memset(rows, 0, sizeof(*rows));
    rows->file = file;
    rows->size = (uint64_t)info.st_size;
    rows->line = 1;
    status s = fresh_parser(rows);
    if (!ok(s)) {
        csv_rows_close(rows);
        return s;
    }
    skip_byte_order_mark(rows);
    *ret_rows = rows;
    return STATUS_OK;
}

void csv_rows_close(struct csv_rows *rows)
{
    if (rows == NULL) {
        return;
    }
    if (rows->parser_ready) {
        csv_free(&rows->parser);
    }
    (void)fclose(rows->file);
    free(rows);
}

enum line_end { LINE_WHOLE, LINE_LAST, LINE_TOO_LONG };

/* Appends one line with its end to raw; the rest of a line that does not fit is skipped. */
static enum line_end read_line(struct csv_rows *rows)
{
    enum line_end end = LINE_WHOLE;
    while (fill(rows)) {
        const uint8_t *from = rows->block + rows->at;
        const uint8_t *line_end = memchr(from, '\n', rows->len - rows->at);
        size_t len = line_end != NULL ? (size_t)(line_end - from) + 1 : rows->len - rows->at;
        size_t room = sizeof(rows->raw) - rows->raw_len;
        end = len > room ? LINE_TOO_LONG : end;
        memcpy(rows->raw + rows->raw_len, from, len < room ? len : room);
        rows->raw_len += len < room ? len : room;
        rows->at += len;
        if (line_end != NULL) {
            rows->line++;
            return end;
        }
    }
    rows->line++;
    return end == LINE_TOO_LONG ? end : LINE_LAST;
}

static bytes trimmed(const uint8_t *raw, size_t len)
{
    while (len > 0 && (raw[len - 1] == '\n' || raw[len - 1] == '\r')) {
        len--;
    }
    return bytes_of(raw, len);
}

/* Back to the line after the row's first one. */
static status give_up(struct csv_rows *rows, uint64_t first_line, size_t first_len,
                      uint64_t second_offset, struct csv_row *ret_row)
{
    if (rows->line > first_line + 1) {
        if (!go_to(rows, second_offset)) {
            return FAIL(FILE_UNREADABLE);
        }
        rows->line = first_line + 1;
    }
    ret_row->state = CSV_ROW_BROKEN;
    ret_row->raw = trimmed(rows->raw, first_len);
    ret_row->next_line = rows->line;
    return fresh_parser(rows);
}

static void fill_row(struct csv_rows *rows, struct csv_row *ret_row)
{
    ret_row->state = CSV_ROW_GOOD;
    ret_row->next_line = rows->line;
    ret_row->raw = trimmed(rows->raw, rows->raw_len);
    ret_row->field_count = rows->field_count;
    size_t kept = rows->field_count < CSV_FIELDS_MAX ? rows->field_count : CSV_FIELDS_MAX;
    for (size_t i = 0; i < kept; i++) {
        const uint8_t *text = rows->plain ? rows->raw : rows->text;
        ret_row->fields[i] = bytes_of(text + rows->spans[i].start, rows->spans[i].len);
    }
}

/* A row on one line without quotes needs no parser: true when this was one. */
static bool split_plain(struct csv_rows *rows, enum line_end end)
{
    bytes line = trimmed(rows->raw, rows->raw_len);
    size_t ends = rows->raw_len - line.len;
    bool one_end = end == LINE_LAST ? ends == 0
                                    : ends == 1 || (ends == 2 && line.ptr[line.len] == '\r');
    if (!one_end || line.len == 0 || memchr(line.ptr, '"', line.len) != NULL ||
        memchr(line.ptr, '\r', line.len) != NULL) {
        return false;
    }
    const uint8_t *at = line.ptr, *stop = line.ptr + line.len;
    for (const uint8_t *comma = at; comma != NULL; at = comma + 1) {
        comma = memchr(at, ',', (size_t)(stop - at));
        if (rows->field_count < CSV_FIELDS_MAX) {
            size_t len = (size_t)((comma != NULL ? comma : stop) - at);
            rows->spans[rows->field_count].start = (size_t)(at - line.ptr);
            rows->spans[rows->field_count].len = len;
        }
        rows->field_count++;
        if (comma == NULL) {
            break;
        }
    }
    rows->rows_seen = 1;
    rows->plain = true;
    return true;
}

/* Feeds libcsv what was just read; false when the row cannot become one. */
static bool parse_more(struct csv_rows *rows, size_t from, enum line_end end)
{
    size_t len = rows->raw_len - from;
    bool good = csv_parse(&rows->parser, rows->raw + from, len, take_field, take_row, rows) == len;
    if (good && end == LINE_LAST) {
        good = csv_fini(&rows->parser, take_field, take_row, rows) == 0;
    }
    return good && rows->rows_seen <= 1;
}

static void begin_row(struct csv_rows *rows)
{
    rows->rows_seen = 0;
    rows->text_len = 0;
    rows->field_count = 0;
    rows->raw_len = 0;
    rows->plain = false;
}

/* The lines of one row, up to the line that ends it. */
static status read_row(struct csv_rows *rows, struct csv_row *ret_row)
{
    uint64_t first_line = rows->line;
    size_t first_len = 0;
    uint64_t second_offset = 0;
    *ret_row = (struct csv_row){.line = first_line};
    for (int lines = 1;; lines++) {
        size_t from = rows->raw_len;
        enum line_end end = read_line(rows);
        if (lines == 1) {
            first_len = rows->raw_len;
            second_offset = position(rows);
        }
        if (end == LINE_TOO_LONG && lines == 1) {
            ret_row->state = CSV_ROW_TOO_LONG;
            ret_row->raw = trimmed(rows->raw, rows->raw_len);
            ret_row->next_line = rows->line;
            return fresh_parser(rows);
        }
        bool plain = lines == 1 && end != LINE_TOO_LONG && split_plain(rows, end);
        if (!plain && (end == LINE_TOO_LONG || !parse_more(rows, from, end))) {
            return give_up(rows, first_line, first_len, second_offset, ret_row);
        }
        if (rows->rows_seen == 1) {
            fill_row(rows, ret_row);
            return STATUS_OK;
        }
        if (end == LINE_LAST || lines == CSV_ROW_LINES_MAX) {
            return give_up(rows, first_line, first_len, second_offset, ret_row);
        }
    }
}

/* Past the lines that hold nothing; false at the end of the file. */
static bool skip_blank_lines(struct csv_rows *rows)
{
    while (fill(rows)) {
        uint8_t c = rows->block[rows->at];
        if (c != '\n' && c != '\r') {
            return true;
        }
        rows->at++;
        rows->line += c == '\n' ? 1 : 0;
    }
    return false;
}

status csv_rows_next(struct csv_rows *rows, struct csv_row *ret_row)
{
    begin_row(rows);
    if (!skip_blank_lines(rows)) {
        *ret_row = (struct csv_row){.state = CSV_ROWS_END, .line = rows->line};
        return rows->failed ? FAIL(FILE_UNREADABLE) : STATUS_OK;
    }
    TRY(read_row(rows, ret_row));
    return rows->failed ? FAIL(FILE_UNREADABLE) : STATUS_OK;
}

status csv_rows_skip_to(struct csv_rows *rows, uint64_t line)
{
    while (rows->line < line) {
        begin_row(rows);
        enum line_end end = read_line(rows);
        if (end == LINE_LAST) {
            break;
        }
    }
    return rows->failed ? FAIL(FILE_UNREADABLE) : STATUS_OK;
}

uint32_t csv_rows_permille(const struct csv_rows *rows)
{
    return rows->size == 0 ? 1000 : (uint32_t)(position(rows) * 1000 / rows->size);
}

uint64_t csv_rows_line(const struct csv_rows *rows)
{
    return rows->line;
}

void csv_rows_digest(struct csv_rows *rows)
{
    (void)crypto_generichash_init(&rows->digest, NULL, 0, CSV_DIGEST_BYTES);
    rows->digests = true;
    if (rows->offset > 0) { /* the block that was looked at for its byte order mark */
        uint64_t end = rows->offset;
        rows->offset = 0;
        take_digest(rows);
        rows->offset = end;
    }
}

void csv_rows_digest_final(struct csv_rows *rows, uint8_t digest[CSV_DIGEST_BYTES])
{
    (void)crypto_generichash_final(&rows->digest, digest, CSV_DIGEST_BYTES);
}
