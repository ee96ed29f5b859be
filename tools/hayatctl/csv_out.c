#include "tools/hayatctl/csv_out.h"

void csv_comma(FILE *out)
{
    (void)putc_unlocked(',', out);
}

void csv_end(FILE *out)
{
    (void)putc_unlocked('\n', out);
}

static bool needs_quotes(bytes field)
{
    for (size_t i = 0; i < field.len; i++) {
        uint8_t c = field.ptr[i];
        if (c == ',' || c == '"' || c == '\n' || c == '\r') {
            return true;
        }
    }
    return false;
}

void csv_bytes(FILE *out, bytes field)
{
    if (!needs_quotes(field)) {
        (void)fwrite_unlocked(field.ptr, 1, field.len, out);
        return;
    }
    (void)putc_unlocked('"', out);
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '"') {
            (void)putc_unlocked('"', out);
        }
        (void)putc_unlocked(field.ptr[i], out);
    }
    (void)putc_unlocked('"', out);
}

void csv_text(FILE *out, const char *field)
{
    csv_bytes(out, bytes_str(field));
}

/* VALUE in at least WIDTH digits. */
static void put_digits(FILE *out, uint64_t value, unsigned width)
{
    char text[20];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (sizeof(text) - at < width) {
        text[--at] = '0';
    }
    (void)fwrite_unlocked(text + at, 1, sizeof(text) - at, out);
}

void csv_int(FILE *out, int64_t field)
{
    if (field < 0) {
        (void)putc_unlocked('-', out);
    }
    put_digits(out, field < 0 ? 0 - (uint64_t)field : (uint64_t)field, 1);
}

void csv_date(FILE *out, struct date date)
{
    if (date.year > 0) {
        put_digits(out, (uint64_t)date.year, 4);
        (void)putc_unlocked('-', out);
        put_digits(out, (uint64_t)date.month, 2);
        (void)putc_unlocked('-', out);
        put_digits(out, (uint64_t)date.day, 2);
    }
}
