/*
 * feed_values: the rules of one value in a row of the feed; for service/feed_rows*.c only.
 *
 * Each function looks at one column, remembers the row's first fault and returns what the value says, or nothing (0, NULL)
 * after a fault.
 * Memory   texts are copies in the row's arena.
 */
#ifndef HAYAT_SERVICE_FEED_VALUES_H
#define HAYAT_SERVICE_FEED_VALUES_H

#include "service/feed_rows.h"

enum { FEED_OPTIONAL, FEED_REQUIRED };

/* A row under way: the first fault stays. */
struct feed_reading {
    const struct feed_rules *rules;
    const struct feed_layout *layout;
    const bytes *fields;
    struct arena *arena;
    struct feed_error error;
};

void feed_blame(struct feed_reading *r, size_t column, enum feed_fault fault);

char *feed_read_text(struct feed_reading *r, size_t column, size_t max, int required);
char *feed_read_pattern(struct feed_reading *r, size_t column, const regex_t *pattern);
/* LEAST to MOST characters of A to Z, digits, underscores and hyphens. */
char *feed_read_code(struct feed_reading *r, size_t column, size_t least, size_t most);
/* Up to MOST letters, digits, points, underscores and hyphens: "Cs", "late_filing", "TNR-2006". */
char *feed_read_name(struct feed_reading *r, size_t column, size_t most, int required);
/* Not empty, and of the characters of a name. */
bool feed_is_name(bytes text);
/* Digits alone, as they stand: an INPE, a bank code. */
char *feed_read_digits(struct feed_reading *r, size_t column, size_t most, int required);
char *feed_read_country(struct feed_reading *r, size_t column);
/* International form, or nothing. */
char *feed_read_phone(struct feed_reading *r, size_t column);
/* The place of the word in WORDS. */
size_t feed_read_word(struct feed_reading *r, size_t column, const char *const *words,
                      size_t count);
bool feed_read_bool(struct feed_reading *r, size_t column);
uint32_t feed_read_number(struct feed_reading *r, size_t column, uint32_t most);
/* Centimes, 0 to FEED_AMOUNT_MAX. */
int64_t feed_read_amount(struct feed_reading *r, size_t column);
int64_t feed_read_days(struct feed_reading *r, size_t column);
/* 0 when the field is empty. */
int64_t feed_read_optional_days(struct feed_reading *r, size_t column);
/* YYYY-MM-DDTHH:MM:SSZ or a date (its midnight, UTC), in ms since 1970; 0 when optional and empty. */
int64_t feed_read_instant(struct feed_reading *r, size_t column, int required);
/* As feed_read_instant, of TEXT, a part of the field. */
int64_t feed_instant_of(struct feed_reading *r, size_t column, bytes text);
int64_t feed_read_update_ms(struct feed_reading *r, size_t column);

/* The words of a list "a;b;c": NULL at its end.  Call again with what is left. */
bool feed_next_item(bytes *rest, bytes *ret_item);

#endif
