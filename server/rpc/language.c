#include "rpc/language.h"

#include "base/array.h"

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bytes trim(bytes b)
{
    while (b.len > 0 && is_space(b.ptr[0])) {
        b = bytes_skip(b, 1);
    }
    while (b.len > 0 && is_space(b.ptr[b.len - 1])) {
        b.len--;
    }
    return b;
}

/* The part of *REST before the next SEPARATOR, trimmed; *REST goes on after it. */
static bytes cut(bytes *rest, uint8_t separator)
{
    size_t at = 0;
    while (at < rest->len && rest->ptr[at] != separator) {
        at++;
    }
    bytes part = bytes_head(*rest, at);
    *rest = bytes_skip(*rest, at + 1);
    return trim(part);
}

/* RFC 9110 12.4.2 in thousandths: "q=0.8" is 800; 1000 when there is no weight, 0 for anything odd. */
static int weight_of(bytes parameter)
{
    static const int place[] = {1000, 0, 100, 10, 1};
    if (parameter.len == 0) {
        return 1000;
    }
    bytes digits = bytes_skip(parameter, 2);
    if (!bytes_starts_with(parameter, "q=") || digits.len > ARRAY_LEN(place)) {
        return 0;
    }
    int weight = 0;
    for (size_t i = 0; i < digits.len; i++) {
        bool point = i == 1;
        if (point ? digits.ptr[i] != '.' : digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return 0;
        }
        weight += point ? 0 : (digits.ptr[i] - '0') * place[i];
    }
    return weight <= 1000 ? weight : 0;
}

static bool is_language(bytes tag, const char *primary)
{
    return tag.len >= 2 && (tag.ptr[0] | 0x20) == primary[0] && (tag.ptr[1] | 0x20) == primary[1] &&
           (tag.len == 2 || tag.ptr[2] == '-');
}

enum language language_of(bytes accept_language)
{
    static const enum language ours[] = {LANGUAGE_FR, LANGUAGE_AR, LANGUAGE_EN};
    enum language best = LANGUAGE_FR;
    int best_weight = 0;
    while (accept_language.len > 0) {
        bytes item = cut(&accept_language, ',');
        bytes tag = cut(&item, ';');
        int weight = weight_of(trim(item));
        for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
            if (weight > best_weight && is_language(tag, language_tag(ours[i]))) {
                best = ours[i];
                best_weight = weight;
            }
        }
    }
    return best;
}

const char *language_tag(enum language language)
{
    switch (language) {
    case LANGUAGE_EN:
        return "en";
    case LANGUAGE_FR:
        return "fr";
    case LANGUAGE_AR:
        return "ar";
    }
    return "fr";
}
