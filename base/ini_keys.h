/*
 * ini_keys: a configuration file, INI, read into a struct by a list of the keys there are.
 *
 * Strict: an unknown section or key, a key given twice, a number out of range or a word that is none ends the reading with the line.  An empty value
 * is the same as a missing one.
 *
 * Threads  one at a time per process: inih's own settings are global.
 * Errors   CONFIG_INVALID, explained in struct ini_error.
 */
#ifndef HAYAT_BASE_INI_KEYS_H
#define HAYAT_BASE_INI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { INI_KEYS_MAX = 64 };

struct ini_error {
    int line; /* 0: the file as a whole */
    char text[256];
};

/* Says why; always false. */
bool ini_refuse(struct ini_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

enum ini_kind {
    INI_TEXT,   /* char[] */
    INI_NUMBER, /* int64_t */
    INI_FLAG,   /* bool */
    INI_WORD,   /* an enum, by its name */
};

struct ini_word {
    const char *text; /* NULL ends the list */
    unsigned value;
};

struct ini_key {
    const char *section, *name;
    enum ini_kind kind;
    size_t offset, size;
    int64_t min, max;
    const struct ini_word *words;
};

/* Where a key of SECTION goes in a struct TYPE: TYPE.SECTION.NAME. */
#define INI_KEY(type, section, name, kind, min, max)                                               \
    {                                                                                              \
#section, #name, kind, offsetof(type, section.name), sizeof((type){0}.section.name), min,  \
            max, NULL                                                                              \
    }

/* error, warn, info, debug: enum log_level. */
extern const struct ini_word ini_log_levels[];

struct ini_keys {
    const struct ini_key *list;
    size_t count; /* at most INI_KEYS_MAX */
};

/* Into CONFIG, which holds the defaults. */
status ini_read(const char *path, const struct ini_keys *keys, void *config,
                struct ini_error *ret_error);

#endif
