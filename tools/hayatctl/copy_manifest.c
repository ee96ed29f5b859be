#include "tools/hayatctl/copy_manifest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/codec.h"
#include "storage/cell_key.h"

static const char FIRST_LINE[] = "hayat copy 1";

/* --- printing --- */

struct text {
    char *out;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->out + text->len, LIMIT_MANIFEST_BYTES - text->len, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < LIMIT_MANIFEST_BYTES - text->len);
    text->len += (size_t)n;
}

static void add_epochs(struct text *text, enum key_domain domain, uint32_t epochs)
{
    add(text, "epochs %s", seal_domain_name(domain));
    for (uint32_t epoch = 1; epoch < SEAL_EPOCHS_MAX; epoch++) {
        if ((epochs & 1U << epoch) != 0) {
            add(text, " %" PRIu32, epoch);
        }
    }
    add(text, "\n");
}

size_t copy_manifest_print(const struct copy_manifest *manifest, char out[LIMIT_MANIFEST_BYTES])
{
    struct text text = {.out = out};
    char hex[2 * COPY_DIGEST_BYTES + 1];
    hex_encode(bytes_of(manifest->sha256, COPY_DIGEST_BYTES), hex);
    add(&text, "%s\n", FIRST_LINE);
    add(&text,
        "# data.mdb is the store, sealed.  NOT in here: master.key, keyring and keyring.erasure, "
        "without which nothing of it opens.\n");
    add(&text, "# Put back by: hayatctl db restore --from THIS_DIRECTORY\n");
    add(&text, "time %s\nversion %s\n", manifest->time, manifest->version);
    add(&text, "bytes %" PRIu64 "\nsha256 %s\n", manifest->bytes, hex);
    add(&text, "transaction %" PRIu64 "\nrecords %" PRIu64 "\nbad %" PRIu64 "\n",
        manifest->transaction, manifest->records, manifest->bad);
    for (unsigned domain = 1; domain < DOMAIN_MAX; domain++) {
        if (manifest->epochs[domain] != 0) {
            add_epochs(&text, (enum key_domain)domain, manifest->epochs[domain]);
        }
    }
    return text.len;
}

/* --- parsing --- */

/* What comes before END, which is gone from *REST; false when there is none. */
static bool take_until(bytes *rest, char end, bytes *ret_word)
{
    const uint8_t *at = rest->len > 0 ? memchr(rest->ptr, end, rest->len) : NULL;
    if (at == NULL) {
        return false;
    }
    size_t len = (size_t)(at - rest->ptr);
    *ret_word = bytes_of(rest->ptr, len);
    *rest = bytes_of(at + 1, rest->len - len - 1);
    return true;
}

/* Digits alone, without a zero before them. */
static bool parse_number(bytes word, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (word.len == 0 || (word.len > 1 && word.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        unsigned digit = (unsigned)word.ptr[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

static bool parse_word(bytes word, char *out, size_t room)
{
    if (word.len == 0 || word.len >= room) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] <= ' ' || word.ptr[i] > '~') {
            return false;
        }
    }
    memcpy(out, word.ptr, word.len);
    out[word.len] = '\0';
    return true;
}

static bool parse_time(bytes value, struct copy_manifest *manifest)
{
    int64_t wall_ms;
    return parse_word(value, manifest->time, sizeof manifest->time) &&
           copy_name_time(manifest->time, &wall_ms);
}

static bool parse_version(bytes value, struct copy_manifest *manifest)
{
    return parse_word(value, manifest->version, sizeof manifest->version);
}

static bool parse_bytes(bytes value, struct copy_manifest *manifest)
{
    return parse_number(value, &manifest->bytes);
}

static bool parse_sha256(bytes value, struct copy_manifest *manifest)
{
    return value.len == (size_t)2 * COPY_DIGEST_BYTES &&
           hex_decode(value, manifest->sha256, COPY_DIGEST_BYTES);
}

static bool parse_transaction(bytes value, struct copy_manifest *manifest)
{
    return parse_number(value, &manifest->transaction);
}

static bool parse_records(bytes value, struct copy_manifest *manifest)
{
    return parse_number(value, &manifest->records);
}

static bool parse_bad(bytes value, struct copy_manifest *manifest)
{
    return parse_number(value, &manifest->bad);
}

static bool find_domain(bytes name, unsigned *ret_domain)
{
    for (unsigned domain = 1; domain < DOMAIN_MAX; domain++) {
        if (bytes_equal_str(name, seal_domain_name((enum key_domain)domain))) {
            *ret_domain = domain;
            return true;
        }
    }
    return false;
}

static bool parse_epochs(bytes value, struct copy_manifest *manifest)
{
    bytes name, rest = value, word;
    unsigned domain;
    if (!take_until(&rest, ' ', &name) || !find_domain(name, &domain) ||
        manifest->epochs[domain] != 0) {
        return false;
    }
    bool more = true;
    while (more) {
        uint64_t epoch;
        more = take_until(&rest, ' ', &word);
        if (!parse_number(more ? word : rest, &epoch) || epoch == 0 || epoch >= SEAL_EPOCHS_MAX) {
            return false;
        }
        manifest->epochs[domain] |= 1U << epoch;
    }
    return true;
}

static const struct {
    const char *name;
    bool (*parse)(bytes value, struct copy_manifest *manifest);
    bool again; /* may come more than once */
} lines[] = {
    {"time", parse_time, false},
    {"version", parse_version, false},
    {"bytes", parse_bytes, false},
    {"sha256", parse_sha256, false},
    {"transaction", parse_transaction, false},
    {"records", parse_records, false},
    {"bad", parse_bad, false},
    {"epochs", parse_epochs, true},
};

/* SEEN has a bit for each line that came. */
static bool parse_line(bytes line, struct copy_manifest *manifest, unsigned *seen)
{
    bytes name;
    if (!take_until(&line, ' ', &name)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (bytes_equal_str(name, lines[i].name)) {
            bool first = (*seen & 1U << i) == 0;
            *seen |= 1U << i;
            return (first || lines[i].again) && lines[i].parse(line, manifest);
        }
    }
    return false;
}

bool copy_manifest_parse(bytes text, struct copy_manifest *ret_manifest)
{
    struct copy_manifest manifest = {.bytes = 0};
    unsigned seen = 0;
    bytes line;
    if (!take_until(&text, '\n', &line) || !bytes_equal_str(line, FIRST_LINE)) {
        return false;
    }
    while (text.len > 0) {
        if (!take_until(&text, '\n', &line)) {
            return false;
        }
        bool comment = line.len > 0 && line.ptr[0] == '#';
        if (!comment && !parse_line(line, &manifest, &seen)) {
            return false;
        }
    }
    if (seen != (1U << ARRAY_LEN(lines)) - 1) {
        return false;
    }
    *ret_manifest = manifest;
    return true;
}

bool copy_manifest_opens_with(const struct copy_manifest *manifest, const struct seal_keys *keys,
                              enum key_domain *ret_domain, uint32_t *ret_epoch)
{
    for (unsigned domain = 1; domain < DOMAIN_MAX; domain++) {
        for (uint32_t epoch = 1; epoch < SEAL_EPOCHS_MAX; epoch++) {
            if ((manifest->epochs[domain] & 1U << epoch) != 0 &&
                seal_key_of_epoch(keys, (enum key_domain)domain, epoch) == NULL) {
                *ret_domain = (enum key_domain)domain;
                *ret_epoch = epoch;
                return false;
            }
        }
    }
    return true;
}
