#include "base/codec.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void base32_encode(bytes in, char *out)
{
    uint32_t bits = 0;
    int have = 0;
    size_t i = 0;
    for (; i + 5 <= in.len; i += 5) { /* 40 bits, eight characters */
        uint64_t five = (uint64_t)get_be32(in.ptr + i) << 8 | in.ptr[i + 4];
        out[0] = alphabet[five >> 35];
        out[1] = alphabet[five >> 30 & 31];
        out[2] = alphabet[five >> 25 & 31];
        out[3] = alphabet[five >> 20 & 31];
        out[4] = alphabet[five >> 15 & 31];
        out[5] = alphabet[five >> 10 & 31];
        out[6] = alphabet[five >> 5 & 31];
        out[7] = alphabet[five & 31];
        out += 8;
    }
    for (; i < in.len; i++) {
        bits = bits << 8 | in.ptr[i];
        have += 8;
        while (have >= 5) {
            have -= 5;
            *out++ = alphabet[bits >> have & 31];
        }
    }
    if (have > 0) {
        *out++ = alphabet[bits << (5 - have) & 31];
    }
    *out = '\0';
}

/* 1 + the value of a character of the alphabet, 0 for a foreign one: every request decodes ids. */
static const uint8_t base32_value[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['g'] = 17, ['h'] = 18, ['j'] = 19, ['k'] = 20, ['m'] = 21, ['n'] = 22, ['p'] = 23, ['q'] = 24,
    ['r'] = 25, ['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31, ['z'] = 32,
};

static bool decode_eight(const uint8_t *in, uint8_t *out)
{
    uint64_t bits = 0;
    uint32_t foreign = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t value = base32_value[in[i]] - 1U; /* all ones for 0 */
        foreign |= value;
        bits = bits << 5 | (value & 31);
    }
    out[0] = (uint8_t)(bits >> 32);
    put_be32(out + 1, (uint32_t)bits);
    return foreign < 32;
}

bool base32_decode(bytes text, uint8_t *out, size_t len)
{
    uint32_t bits = 0;
    int have = 0;
    if (text.len != base32_len(len)) {
        return false;
    }
    size_t i = 0;
    for (; i + 8 <= text.len; i += 8) { /* eight characters, 40 bits */
        if (!decode_eight(text.ptr + i, out)) {
            return false;
        }
        out += 5;
    }
    for (; i < text.len; i++) {
        uint32_t value = base32_value[text.ptr[i]];
        if (value == 0) {
            return false;
        }
        bits = bits << 5 | (value - 1);
        have += 5;
        if (have >= 8) {
            have -= 8;
            *out++ = (uint8_t)(bits >> have);
        }
    }
    return (bits & ((1U << have) - 1)) == 0;
}

/* The letter that C was meant to be, in capitals, or 0. */
static char letter_meant(uint8_t c)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    upper = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
    return upper != '\0' && strchr(letters, upper) != NULL ? upper : '\0';
}

bool base32_typed(bytes typed, char *out, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < typed.len; i++) {
        if (typed.ptr[i] == ' ' || typed.ptr[i] == '-') {
            continue;
        }
        char letter = letter_meant(typed.ptr[i]);
        if (letter == '\0' || count == len) {
            return false;
        }
        out[count++] = letter;
    }
    return count == len;
}

void hex_encode(bytes in, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < in.len; i++) {
        *out++ = digits[in.ptr[i] >> 4];
        *out++ = digits[in.ptr[i] & 15];
    }
    *out = '\0';
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_decode(bytes text, uint8_t *out, size_t len)
{
    if (text.len != len * 2) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(text.ptr[2 * i]), low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
