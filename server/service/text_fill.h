/*
 * text_fill: a sentence with places in it: "The fund pays {1} of {2}." in every language, in whatever order.
 *
 * Memory  the text lives in the arena; NULL when it ran dry.
 */
#ifndef HAYAT_SERVICE_TEXT_FILL_H
#define HAYAT_SERVICE_TEXT_FILL_H

#include <stddef.h>

#include "base/arena.h"

enum { FILL_VALUES_MAX = 4 };

/* VALUES for {1} to {COUNT}; a value that is NULL (an arena that ran dry) gives NULL. */
char *text_fill(struct arena *arena, const char *pattern, const char *const *values, size_t count);

#endif
