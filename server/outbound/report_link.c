#include "outbound/report_link.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/codec.h"
#include "base/defer.h"
#include "base/wipe.h"
#include "outbound/durable.h"

#define KEY_FILE "report.key"
#define PATH_START "/report/"

_Static_assert(REPORT_KEY_BYTES == crypto_generichash_KEYBYTES &&
                   REPORT_CODE_BYTES == crypto_generichash_BYTES_MIN,
               "sizes of libsodium's keyed hash");

enum { CODE_TEXT = 2 * REPORT_CODE_BYTES };

/* --- the key --- */

static status make_key(int directory, struct random_source *random, struct report_link *link)
{
    random_fill(random, link->key, sizeof link->key);
    return durable_put(directory, KEY_FILE, bytes_of(link->key, sizeof link->key));
}

static status read_key(int directory, struct report_link *link)
{
    uint8_t more;
    DEFER(defer_close) int file = openat(directory, KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool whole = file >= 0 &&
                 read(file, link->key, sizeof link->key) == (ssize_t)sizeof link->key &&
                 read(file, &more, 1) == 0;
    return whole ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

status report_link_open(int directory, const char *address, struct random_source *random,
                        struct report_link *ret_link)
{
    int len = snprintf(ret_link->address, sizeof ret_link->address, "%s", address);
    if (len <= 0 || (size_t)len >= sizeof ret_link->address) {
        return FAIL(CONFIG_INVALID);
    }
    return durable_exists(directory, KEY_FILE) ? read_key(directory, ret_link)
                                               : make_key(directory, random, ret_link);
}

void report_link_close(struct report_link *link)
{
    wipe(link->key, sizeof link->key);
}

/* --- links --- */

static void code_of(const struct report_link *link, const char *outbox_id,
                    uint8_t ret_code[REPORT_CODE_BYTES])
{
    bytes id = bytes_str(outbox_id);
    (void)crypto_generichash(ret_code, REPORT_CODE_BYTES, id.ptr, id.len, link->key,
                             sizeof link->key);
}

static bool is_id(bytes text)
{
    struct id parsed;
    return id_parse(text, "obx", &parsed);
}

bool report_link_url(const struct report_link *link, const char *outbox_id,
                     char ret_url[REPORT_URL_MAX])
{
    uint8_t code[REPORT_CODE_BYTES];
    char text[CODE_TEXT + 1] = "";
    if (!is_id(bytes_str(outbox_id))) {
        return false;
    }
    code_of(link, outbox_id, code);
    hex_encode(bytes_of(code, sizeof code), text);
    int len = snprintf(ret_url, REPORT_URL_MAX, "http://%s" PATH_START "%s/%.*s?type=%%d",
                       link->address, outbox_id, CODE_TEXT, text);
    return len > 0 && len < REPORT_URL_MAX;
}

bool report_link_parse(const struct report_link *link, const char *path,
                       char ret_outbox_id[ID_TEXT_MAX])
{
    uint8_t code[REPORT_CODE_BYTES], given[REPORT_CODE_BYTES];
    char id[ID_TEXT_MAX];
    size_t start = sizeof PATH_START - 1;
    const char *slash = strncmp(path, PATH_START, start) == 0 ? strchr(path + start, '/') : NULL;
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) - start;
    if (len == 0 || len >= sizeof id || !is_id(bytes_of(path + start, len)) ||
        !hex_decode(bytes_str(slash + 1), given, sizeof given)) {
        return false;
    }
    memcpy(id, path + start, len);
    id[len] = '\0';
    code_of(link, id, code);
    if (sodium_memcmp(code, given, sizeof code) != 0) {
        return false;
    }
    memcpy(ret_outbox_id, id, len + 1);
    return true;
}
