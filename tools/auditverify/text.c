#include "tools/auditverify/text.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

bool text_is_first_line(const char *line)
{
    return strcmp(line, "hayat-audit-export v1") == 0;
}

/* As many hex digits as there are, at most MAX bytes; *END is what follows. */
static bool read_hex(const char *hex, uint8_t *out, size_t max, size_t *ret_len, const char **end)
{
    return sodium_hex2bin(out, max, hex, strlen(hex), NULL, ret_len, end) == 0;
}

bool text_bytes(const char *hex, uint8_t *out, size_t len)
{
    const char *end = NULL;
    size_t read = 0;
    return read_hex(hex, out, len, &read, &end) && read == len && *end == '\0';
}

bool text_entry(const char *line, uint8_t entry[ENTRY_LEN_MAX], size_t *ret_len)
{
    static const char start[] = "entry ";
    const char *end = NULL;
    return strncmp(line, start, sizeof start - 1) == 0 &&
           read_hex(line + sizeof start - 1, entry, ENTRY_LEN_MAX, ret_len, &end) && *end == '\0';
}

/* A decimal number and the space after it. */
static bool read_number(const char **at, uint64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    if (**at < '0' || **at > '9') {
        return false;
    }
    *ret_number = strtoull(*at, &end, 10);
    bool good = errno == 0 && *end == ' ';
    *at = end + (good ? 1 : 0);
    return good;
}

/* LEN bytes in hex and the character AFTER them. */
static bool read_field(const char **at, uint8_t *out, size_t len, char after)
{
    const char *end = NULL;
    size_t read = 0;
    bool good = read_hex(*at, out, len, &read, &end) && read == len && *end == after;
    *at = good && after != '\0' ? end + 1 : end;
    return good;
}

bool text_head(const char *line, struct signed_head *ret_head)
{
    static const char start[] = "hayat-audit-head v1 ";
    uint8_t key_id[8];
    if (strncmp(line, start, sizeof start - 1) != 0) {
        return false;
    }
    const char *at = line + sizeof start - 1;
    return read_field(&at, key_id, sizeof key_id, ' ') && read_number(&at, &ret_head->sequence) &&
           read_number(&at, &ret_head->time_ms) && read_field(&at, ret_head->hash, HASH_LEN, ' ') &&
           read_field(&at, ret_head->signature, SIGNATURE_LEN, '\0');
}
