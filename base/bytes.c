#include "base/bytes.h"

/* Length of the well-formed UTF-8 sequence at P, 0 when there is none (Unicode 15, table 3-7). */
static size_t sequence_len(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xBF;
    size_t n;
    if (p[0] < 0x80) {
        return p[0] == 0 ? 0 : 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        n = 2;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        n = 3;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        n = 4;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (left < n || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (p[i] < 0x80 || p[i] > 0xBF) {
            return 0;
        }
    }
    return n;
}

/* Whether the eight bytes at P are all ASCII and none is NUL: most text is. */
static bool is_ascii_word(const uint8_t *p)
{
    const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return ((word | (word - ones)) & highs) == 0;
}

bool bytes_is_text(bytes b)
{
    for (size_t i = 0; i < b.len;) {
        if (b.len - i >= 8 && is_ascii_word(b.ptr + i)) {
            i += 8;
            continue;
        }
        size_t n = sequence_len(b.ptr + i, b.len - i);
        if (n == 0) {
            return false;
        }
        i += n;
    }
    return true;
}
