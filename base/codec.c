#include "base/codec.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void base32_encode(bytes in, char *out)
{
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < in.len; i++) {
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

bool base32_decode(bytes text, uint8_t *out, size_t len)
{
    uint32_t bits = 0;
    int have = 0;
    if (text.len != base32_len(len)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.ptr[i] == 0 ? NULL : strchr(alphabet, (char)text.ptr[i]);
        if (at == NULL) {
            return false;
        }
        bits = bits << 5 | (uint32_t)(at - alphabet);
        have += 5;
        if (have >= 8) {
            have -= 8;
            *out++ = (uint8_t)(bits >> have);
        }
    }
    return (bits & ((1U << have) - 1)) == 0;
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
