#include "auth/staff_number.h"

#include <string.h>

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bytes trimmed(bytes text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text = bytes_skip(text, 1);
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

static char capital(uint8_t c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool staff_number_read(bytes text, char ret_number[STAFF_NUMBER_BYTES + 1])
{
    const bytes inner = trimmed(text);
    if (inner.len == 0 || inner.len > STAFF_NUMBER_BYTES) {
        return false;
    }
    for (size_t i = 0; i < inner.len; i++) {
        const char c = capital(inner.ptr[i]);
        if (!is_letter_or_digit(c) && (i == 0 || (c != '-' && c != '.' && c != '/'))) {
            return false;
        }
        ret_number[i] = c;
    }
    ret_number[inner.len] = '\0';
    return true;
}

bool staff_number_same(const char *a, const char *b)
{
    const bytes x = trimmed(bytes_str(a)), y = trimmed(bytes_str(b));
    bool same = x.len > 0 && x.len == y.len;
    for (size_t i = 0; same && i < x.len; i++) {
        same = capital(x.ptr[i]) == capital(y.ptr[i]);
    }
    return same;
}
