#include "tools/hayatctl/csv_out.h"

#include <inttypes.h>

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
        (void)fwrite(field.ptr, 1, field.len, out);
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

void csv_int(FILE *out, int64_t field)
{
    (void)fprintf(out, "%" PRId64, field);
}

void csv_date(FILE *out, struct date date)
{
    if (date.year > 0) {
        (void)fprintf(out, "%04d-%02d-%02d", date.year, date.month, date.day);
    }
}
