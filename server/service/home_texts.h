/*
 * home_texts: the sentences of the first screen in the caller's language.
 *
 * Dates are written with the month's name: 03/04 is not the same day for everybody.
 * Memory  texts live in the arena; NULL when it ran dry.
 */
#ifndef HAYAT_SERVICE_HOME_TEXTS_H
#define HAYAT_SERVICE_HOME_TEXTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"

char *home_text_date(struct arena *arena, enum language language, struct date date);
char *home_text_life_certificate(struct arena *arena, enum language language, int32_t year,
                                 struct date due, bool overdue);

/* Something is missing of the file NUMBER; DAY is the last day, INT64_MAX when none is set. */
char *home_text_waiting(struct arena *arena, enum language language, bool is_claim,
                        const char *number, int64_t day);

#endif
