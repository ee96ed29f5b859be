#include "outbound/gsm7.h"

#include <stdint.h>

#include "base/array.h"

enum {
    SEPTETS_ONE = 160,
    SEPTETS_MANY = 153,
    UCS2_ONE = 70,
    UCS2_MANY = 67,
    BASIC_PLANE_END = 0xFFFF,
};

/* The default alphabet beyond letters, digits and the ASCII characters it shares. */
static const uint32_t basic[] = {
    0x00A3, 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC, 0x00F2, 0x00C7, 0x00D8, 0x00F8,
    0x00C5, 0x00E5, 0x0394, 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8, 0x03A3,
    0x0398, 0x039E, 0x00C6, 0x00E6, 0x00DF, 0x00C9, 0x00A4, 0x00A1, 0x00C4, 0x00D6,
    0x00D1, 0x00DC, 0x00A7, 0x00BF, 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
};
static const char basic_ascii[] = "@$\n\r_ !\"#%&'()*+,-./:;<=>?";
static const char extension_ascii[] = "^{}\\[~]|\f";
enum { EURO = 0x20AC };

static bool in_text(const char *text, uint32_t character)
{
    for (; *text != '\0'; text++) {
        if ((uint32_t)(unsigned char)*text == character) {
            return true;
        }
    }
    return false;
}

static bool is_basic(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(basic); i++) {
        if (basic[i] == c) {
            return true;
        }
    }
    return in_text(basic_ascii, c);
}

/* 0 for a character that is not in the alphabet. */
static size_t septets_of(uint32_t character)
{
    if (is_basic(character)) {
        return 1;
    }
    return character == EURO || in_text(extension_ascii, character) ? 2 : 0;
}

/* The character at *AT of well-formed UTF-8; *AT moves behind it. */
static uint32_t next_character(bytes text, size_t *at)
{
    uint8_t first = text.ptr[(*at)++];
    if (first < 0x80) {
        return first;
    }
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    uint32_t character = first & (0x3FU >> more);
    for (; more > 0; more--) {
        character = character << 6 | (text.ptr[(*at)++] & 0x3FU);
    }
    return character;
}

static size_t parts_of(size_t units, size_t one, size_t many)
{
    return units <= one ? 1 : (units + many - 1) / many;
}

bool sms_measure(bytes text, struct sms_size *ret_size)
{
    size_t septets = 0, ucs2 = 0;
    bool gsm7 = true;
    if (!bytes_is_text(text)) {
        return false;
    }
    for (size_t at = 0; at < text.len;) {
        uint32_t character = next_character(text, &at);
        size_t width = septets_of(character);
        gsm7 = gsm7 && width > 0;
        septets += width;
        ucs2 += character > BASIC_PLANE_END ? 2 : 1;
    }
    *ret_size = gsm7
                    ? (struct sms_size){true, septets, parts_of(septets, SEPTETS_ONE, SEPTETS_MANY)}
                    : (struct sms_size){false, ucs2, parts_of(ucs2, UCS2_ONE, UCS2_MANY)};
    return true;
}
