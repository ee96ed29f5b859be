#include "service/feed_values.h"
#include "service/calendar_rules.h"

#include <string.h>

enum { PATTERN_TEXT_MAX = 32 };

void feed_blame(struct feed_reading *r, size_t column, enum feed_fault fault)
{
    if (r->error.fault == FEED_FAULT_NONE) {
        r->error = (struct feed_error){fault, r->layout->columns[column]};
    }
}

/* Printable, with nothing at its ends that one does not see. */
static bool clean_text(bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return text.len == 0 || (text.ptr[0] != ' ' && text.ptr[text.len - 1] != ' ');
}

char *feed_read_text(struct feed_reading *r, size_t column, size_t max, int required)
{
    bytes text = r->fields[column];
    if (text.len == 0 && required == FEED_REQUIRED) {
        feed_blame(r, column, FEED_FAULT_EMPTY);
    } else if (text.len > max) {
        feed_blame(r, column, FEED_FAULT_TOO_LONG);
    } else if (!clean_text(text)) {
        feed_blame(r, column, FEED_FAULT_NOT_TEXT);
    }
    return r->error.fault == FEED_FAULT_NONE ? arena_str(r->arena, text) : NULL;
}

char *feed_read_pattern(struct feed_reading *r, size_t column, const regex_t *pattern)
{
    char *text = feed_read_text(r, column, PATTERN_TEXT_MAX, FEED_REQUIRED);
    if (text != NULL && regexec(pattern, text, 0, NULL, 0) != 0) {
        feed_blame(r, column, FEED_FAULT_PATTERN);
    }
    return text;
}

char *feed_read_code(struct feed_reading *r, size_t column, size_t least, size_t most)
{
    char *text = feed_read_text(r, column, most, FEED_REQUIRED);
    if (text == NULL) {
        return NULL;
    }
    size_t len = strlen(text);
    if (len < least || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len) {
        feed_blame(r, column, FEED_FAULT_PATTERN);
    }
    return text;
}

char *feed_read_country(struct feed_reading *r, size_t column)
{
    char *text = feed_read_text(r, column, 2, FEED_REQUIRED);
    if (text != NULL && (strlen(text) != 2 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)) {
        feed_blame(r, column, FEED_FAULT_PATTERN);
    }
    return text;
}

char *feed_read_phone(struct feed_reading *r, size_t column)
{
    char *text = feed_read_text(r, column, 16, FEED_OPTIONAL);
    if (text != NULL && text[0] != '\0') {
        size_t digits = strspn(text + 1, "0123456789");
        if (text[0] != '+' || text[1 + digits] != '\0' || digits < 6 || digits > 15) {
            feed_blame(r, column, FEED_FAULT_PATTERN);
        }
    }
    return text;
}

size_t feed_read_word(struct feed_reading *r, size_t column, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_str(r->fields[column], words[i])) {
            return i;
        }
    }
    feed_blame(r, column, r->fields[column].len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_WORD);
    return 0;
}

uint32_t feed_read_number(struct feed_reading *r, size_t column, uint32_t most)
{
    bytes text = r->fields[column];
    uint32_t value = 0;
    bool good = text.len > 0 && text.len <= 9 && (text.len == 1 || text.ptr[0] != '0');
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    if (!good || value > most) {
        feed_blame(r, column, text.len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_NUMBER);
        return 0;
    }
    return value;
}

static int64_t days_of(struct feed_reading *r, size_t column, bytes field)
{
    char text[11] = "";
    struct date date;
    if (field.len == 10) {
        memcpy(text, field.ptr, 10);
    }
    if (!date_parse(text, &date) || date.year < 1900 || date.year > 2100) {
        feed_blame(r, column, field.len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_DATE);
        return 0;
    }
    return date_to_days(date);
}

int64_t feed_read_days(struct feed_reading *r, size_t column)
{
    return days_of(r, column, r->fields[column]);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' ||
           c == '_' || c == '-';
}

static char *read_of(struct feed_reading *r, size_t column, size_t most, int required,
                     bool (*allowed)(uint8_t c))
{
    bytes text = r->fields[column];
    if (text.len == 0 && required == FEED_REQUIRED) {
        feed_blame(r, column, FEED_FAULT_EMPTY);
    } else if (text.len > most) {
        feed_blame(r, column, FEED_FAULT_TOO_LONG);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!allowed(text.ptr[i])) {
            feed_blame(r, column, FEED_FAULT_PATTERN);
            break;
        }
    }
    return r->error.fault == FEED_FAULT_NONE ? arena_str(r->arena, text) : NULL;
}

bool feed_is_name(bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_name(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

char *feed_read_name(struct feed_reading *r, size_t column, size_t most, int required)
{
    return read_of(r, column, most, required, is_name);
}

char *feed_read_digits(struct feed_reading *r, size_t column, size_t most, int required)
{
    return read_of(r, column, most, required, is_digit);
}

bool feed_read_bool(struct feed_reading *r, size_t column)
{
    static const char *const words[] = {"false", "true"};
    return feed_read_word(r, column, words, 2) == 1;
}

int64_t feed_read_amount(struct feed_reading *r, size_t column)
{
    bytes text = r->fields[column];
    int64_t value = 0;
    bool good = text.len > 0 && text.len <= 13 && (text.len == 1 || text.ptr[0] != '0');
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        value = value * 10 + (text.ptr[i] - '0');
    }
    if (!good || value > FEED_AMOUNT_MAX) {
        feed_blame(r, column, text.len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_NUMBER);
        return 0;
    }
    return value;
}

int64_t feed_read_optional_days(struct feed_reading *r, size_t column)
{
    return r->fields[column].len == 0 ? 0 : feed_read_days(r, column);
}

static bool two_digits(const uint8_t *at, int64_t most, int64_t *ret)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9') {
        return false;
    }
    *ret = (at[0] - '0') * 10 + (at[1] - '0');
    return *ret <= most;
}

/* THH:MM:SSZ, in seconds. */
static bool read_time(const uint8_t *at, int64_t *ret)
{
    int64_t hours, minutes, seconds;
    if (at[0] != 'T' || at[3] != ':' || at[6] != ':' || at[9] != 'Z' ||
        !two_digits(at + 1, 23, &hours) || !two_digits(at + 4, 59, &minutes) ||
        !two_digits(at + 7, 59, &seconds)) {
        return false;
    }
    *ret = (hours * 60 + minutes) * 60 + seconds;
    return true;
}

int64_t feed_instant_of(struct feed_reading *r, size_t column, bytes text)
{
    enum { DATE_BYTES = 10, INSTANT_BYTES = 20 };
    int64_t seconds = 0;
    if (text.len == INSTANT_BYTES && !read_time(text.ptr + DATE_BYTES, &seconds)) {
        feed_blame(r, column, FEED_FAULT_DATE);
        return 0;
    }
    bytes date = text.len == INSTANT_BYTES ? bytes_head(text, DATE_BYTES) : text;
    return days_of(r, column, date) * MS_PER_DAY + seconds * 1000;
}

int64_t feed_read_instant(struct feed_reading *r, size_t column, int required)
{
    bytes text = r->fields[column];
    return text.len == 0 && required == FEED_OPTIONAL ? 0 : feed_instant_of(r, column, text);
}

int64_t feed_read_update_ms(struct feed_reading *r, size_t column)
{
    return feed_read_instant(r, column, FEED_REQUIRED);
}

bool feed_next_item(bytes *rest, bytes *ret_item)
{
    if (rest->len == 0) {
        return false;
    }
    const uint8_t *end = memchr(rest->ptr, ';', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    *ret_item = bytes_head(*rest, len);
    *rest = bytes_skip(*rest, len + 1);
    return true;
}
