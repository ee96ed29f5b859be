/*
 * log: one line per event, key=value, to standard error.  Only the pipeline and main programs log.
 *
 * No personal data: values are numbers, words from our own lists and keyed pseudonyms (SEC-E7).  Text that came from
 * outside never goes in; there is no "%s of user data" to call.
 * Threads  re-entrant; a line is written with one write(2).
 */
#ifndef HAYAT_BASE_LOG_H
#define HAYAT_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);
/* Whether a line of LEVEL would be written: to spare the work of making its fields. */
bool log_enabled(enum log_level level);

/* A field: exactly one of the constructors below. */
struct log_field {
    const char *key;
    const char *word; /* a constant of ours, or NULL for a number */
    int64_t number;
};

#define LOG_WORD(k, w) ((struct log_field){(k), (w), 0})
#define LOG_NUMBER(k, n) ((struct log_field){(k), NULL, (int64_t)(n)})
#define LOG_END ((struct log_field){0})

/* log_event(LOG_INFO, "ready", LOG_NUMBER("port", 8443)) */
#define log_event(level, ...)                                                                      \
    log_event_((level), (const struct log_field[]){LOG_EVENT_FIELDS_(__VA_ARGS__, LOG_END)})
#define LOG_EVENT_FIELDS_(event, ...) LOG_WORD("event", (event)), __VA_ARGS__
void log_event_(enum log_level level, const struct log_field *fields);

#endif
