#include "base/ini_keys.h"

#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "base/log.h"

enum { LINE_MAX_BYTES = PATH_MAX + 64 };

const struct ini_word ini_log_levels[] = {
    {"error", LOG_ERROR}, {"warn", LOG_WARN}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {NULL, 0}};

struct reader {
    const struct ini_keys *keys;
    char *config;
    struct ini_error *error;
    uint64_t seen; /* bit per key */
};

bool ini_refuse(struct ini_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return false;
}

/* --- values --- */

static bool read_text(struct reader *reader, const struct ini_key *key, const char *value)
{
    size_t len = strlen(value);
    if (len >= key->size) {
        return ini_refuse(reader->error, "%s is longer than %zu bytes", key->name, key->size - 1);
    }
    memcpy(reader->config + key->offset, value, len + 1);
    return true;
}

static bool read_number(struct reader *reader, const struct ini_key *key, const char *value)
{
    char *end = NULL;
    errno = 0;
    int64_t number = strtoll(value, &end, 10);
    if (errno != 0 || *end != '\0' || number < key->min || number > key->max) {
        return ini_refuse(reader->error, "%s must be a number from %lld to %lld", key->name,
                          (long long)key->min, (long long)key->max);
    }
    memcpy(reader->config + key->offset, &number, sizeof number);
    return true;
}

static bool read_flag(struct reader *reader, const struct ini_key *key, const char *value)
{
    bool flag = strcmp(value, "true") == 0;
    if (!flag && strcmp(value, "false") != 0) {
        return ini_refuse(reader->error, "%s must be true or false", key->name);
    }
    memcpy(reader->config + key->offset, &flag, sizeof flag);
    return true;
}

/* "level must be error, warn, info or debug" */
static bool refuse_word(struct reader *reader, const struct ini_key *key)
{
    char list[128] = "";
    size_t len = 0;
    for (const struct ini_word *word = key->words; word->text != NULL && len < sizeof list;
         word++) {
        const char *comma = word == key->words ? "" : word[1].text == NULL ? " or " : ", ";
        int more = snprintf(list + len, sizeof list - len, "%s%s", comma, word->text);
        len += more > 0 ? (size_t)more : 0;
    }
    return ini_refuse(reader->error, "%s must be %s", key->name, list);
}

static bool read_word(struct reader *reader, const struct ini_key *key, const char *value)
{
    for (const struct ini_word *word = key->words; word->text != NULL; word++) {
        if (strcmp(word->text, value) == 0) {
            memcpy(reader->config + key->offset, &word->value,
                   sizeof word->value); /* enums are unsigned here */
            return true;
        }
    }
    return refuse_word(reader, key);
}

static bool read_value(struct reader *reader, const struct ini_key *key, const char *value)
{
    switch (key->kind) {
    case INI_TEXT:
        return read_text(reader, key, value);
    case INI_NUMBER:
        return read_number(reader, key, value);
    case INI_FLAG:
        return read_flag(reader, key, value);
    case INI_WORD:
        return read_word(reader, key, value);
    }
    return false;
}

/* --- lines --- */

static int on_line(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    for (size_t i = 0; i < reader->keys->count; i++) {
        const struct ini_key *key = &reader->keys->list[i];
        if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0) {
            continue;
        }
        if ((reader->seen & UINT64_C(1) << i) != 0) {
            return ini_refuse(reader->error, "%s is given twice", name);
        }
        reader->seen |= UINT64_C(1) << i;
        return value[0] == '\0' || read_value(reader, key, value);
    }
    return ini_refuse(reader->error, "unknown key \"%.64s\" in section [%.64s]", name, section);
}

status ini_read(const char *path, const struct ini_keys *keys, void *config,
                struct ini_error *ret_error)
{
    *ret_error = (struct ini_error){.line = 0};
    struct reader reader = {.keys = keys, .config = config, .error = ret_error};
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL) {
        ini_refuse(ret_error, "cannot be read: %s", strerror(errno));
        return FAIL(CONFIG_INVALID);
    }
    ini_max_line = LINE_MAX_BYTES;
    ini_stop_on_first_error = 1;
    ini_allow_multiline = 0;
    int line = ini_parse_file(file, on_line, &reader);
    if (line == 0) {
        return STATUS_OK;
    }
    ret_error->line = line > 0 ? line : 0;
    if (ret_error->text[0] == '\0') {
        ini_refuse(ret_error, "expected [section] or key = value");
    }
    return FAIL(CONFIG_INVALID);
}
