#include "service/rib_rules.h"

#include <stdio.h>

#include "base/array.h"

enum { KEY_AT = RIB_DIGITS - 2, MODULUS = 97, IBAN_PREFIX_LEN = 4 };

/* --- what people write --- */

/* Characters that stand between groups: space, no-break space, narrow no-break space, dash, dot, and the marks that phones add
   around right-to-left text. */
static const char *const separators[] = {" ", "\u00a0", "\u202f", "-",
                                         ".", "\u200e", "\u200f", "\u2011"};

static size_t separator_len(bytes text)
{
    for (size_t i = 0; i < ARRAY_LEN(separators); i++) {
        if (bytes_starts_with(text, separators[i])) {
            return strlen(separators[i]);
        }
    }
    return 0;
}

/* U+0660 to U+0669 and U+06F0 to U+06F9, two bytes each. */
static bool arabic_digit(bytes text, char *ret)
{
    if (text.len < 2) {
        return false;
    }
    uint8_t base = text.ptr[0] == 0xd9 ? 0xa0 : 0xb0;
    bool is_lead = text.ptr[0] == 0xd9 || text.ptr[0] == 0xdb;
    if (!is_lead || text.ptr[1] < base || text.ptr[1] > base + 9) {
        return false;
    }
    *ret = (char)('0' + (text.ptr[1] - base));
    return true;
}

/* One letter or digit in upper case; its length in bytes, 0 when it is neither. */
static size_t symbol(bytes text, char *ret)
{
    char c = (char)text.ptr[0];
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) {
        *ret = c;
        return 1;
    }
    if (c >= 'a' && c <= 'z') {
        *ret = (char)(c - 'a' + 'A');
        return 1;
    }
    return arabic_digit(text, ret) ? 2 : 0;
}

/* The letters and digits of TEXT: how many there are, and the first of them. */
struct symbols {
    char at[IBAN_LEN];
    size_t count;
};

static size_t kept(const struct symbols *symbols)
{
    return symbols->count < sizeof symbols->at ? symbols->count : sizeof symbols->at;
}

static enum rib_fault read_symbols(bytes text, struct symbols *ret)
{
    ret->count = 0;
    while (text.len > 0) {
        char c;
        size_t len = symbol(text, &c);
        if (len > 0 && ret->count < sizeof ret->at) {
            ret->at[ret->count] = c;
        }
        if (len > 0) {
            ret->count++;
        } else {
            len = separator_len(text);
        }
        if (len == 0) {
            return RIB_CHARACTER;
        }
        text = bytes_skip(text, len);
    }
    return ret->count == 0 ? RIB_EMPTY : RIB_FINE;
}

/* --- rules --- */

static unsigned mod97(const char *digits, size_t count)
{
    unsigned rest = 0;
    for (size_t i = 0; i < count; i++) {
        rest = (rest * 10 + (unsigned)(digits[i] - '0')) % MODULUS;
    }
    return rest;
}

unsigned rib_key(const char *digits)
{
    return MODULUS - mod97(digits, KEY_AT) * 100 % MODULUS;
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool all_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_letter(text[i])) {
            return false;
        }
    }
    return true;
}

/* RULE RIB-1 */
static enum rib_fault check_rib(const char *digits, size_t count)
{
    if (!all_digits(digits, count < IBAN_LEN ? count : IBAN_LEN)) {
        return RIB_CHARACTER;
    }
    if (count != RIB_DIGITS) {
        return RIB_LENGTH;
    }
    unsigned key = (unsigned)(digits[KEY_AT] - '0') * 10 + (unsigned)(digits[KEY_AT + 1] - '0');
    return key == rib_key(digits) ? RIB_FINE : RIB_KEY;
}

/* RULE RIB-2.  ISO 13616: the four first characters move to the end, M is 22 and A is 10, and the whole is 1 modulo 97. */
static enum rib_fault check_iban(const struct symbols *iban)
{
    if (iban->at[0] != 'M' || iban->at[1] != 'A') {
        return RIB_COUNTRY;
    }
    if (!all_digits(iban->at + 2, kept(iban) - 2)) {
        return RIB_CHARACTER;
    }
    if (iban->count != IBAN_LEN) {
        return RIB_LENGTH;
    }
    char moved[RIB_DIGITS + 6];
    memcpy(moved, iban->at + IBAN_PREFIX_LEN, RIB_DIGITS);
    memcpy(moved + RIB_DIGITS, "2210", 4);
    memcpy(moved + RIB_DIGITS + 4, iban->at + 2, 2);
    if (mod97(moved, sizeof moved) != 1) {
        return RIB_IBAN_CHECK;
    }
    return check_rib(iban->at + IBAN_PREFIX_LEN, RIB_DIGITS);
}

enum rib_fault rib_parse(bytes text, struct rib *ret_rib)
{
    struct symbols symbols;
    enum rib_fault fault = read_symbols(text, &symbols);
    if (fault != RIB_FINE) {
        return fault;
    }
    bool is_iban = symbols.count >= 2 && is_letter(symbols.at[0]) && is_letter(symbols.at[1]);
    fault = is_iban ? check_iban(&symbols) : check_rib(symbols.at, symbols.count);
    if (fault == RIB_FINE) {
        memcpy(ret_rib->digits, symbols.at + (is_iban ? IBAN_PREFIX_LEN : 0), RIB_DIGITS);
        ret_rib->digits[RIB_DIGITS] = '\0';
    }
    return fault;
}

const char *rib_fault_text(enum rib_fault fault)
{
    switch (fault) {
    case RIB_FINE:
        return "";
    case RIB_EMPTY:
        return "is missing";
    case RIB_CHARACTER:
        return "may hold digits, and \"MA\" at its beginning, only";
    case RIB_COUNTRY:
        return "must be an account in Morocco: a RIB, or an IBAN that begins with MA64";
    case RIB_LENGTH:
        return "must have 24 digits (RIB), or 28 characters from MA on (IBAN)";
    case RIB_IBAN_CHECK:
        return "has wrong check digits after MA: look for a mistyped digit";
    case RIB_KEY:
        return "has a wrong key (the last two digits): look for a mistyped digit";
    }
    return "";
}

/* --- shown --- */

void rib_mask(const struct rib *rib, char out[RIB_MASK_MAX + 1])
{
    (void)snprintf(out, RIB_MASK_MAX + 1, "%.3s \u2026 %.4s", rib->digits,
                   rib->digits + KEY_AT - 4);
}

void rib_show(const struct rib *rib, char out[RIB_SHOWN_MAX + 1])
{
    const char *d = rib->digits;
    (void)snprintf(out, RIB_SHOWN_MAX + 1, "%.3s %.3s %.16s %.2s", d, d + 3, d + 6, d + KEY_AT);
}
