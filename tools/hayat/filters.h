/*
 * filters: what lists are narrowed by, as written on the command line.
 *
 * Memory  messages live in hayat->arena.
 * Reasons USAGE (not a word or date of ours).
 */
#ifndef HAYAT_CLI_FILTERS_H
#define HAYAT_CLI_FILTERS_H

#include "google/protobuf/timestamp.pb-c.h"
#include "hayat.h"

enum { FILTER_STATES_MAX = 8 };

struct filter_word {
    const char *word;
    int32_t state; /* the number of the state's enum */
};

/* LIST is "paid,rejected", or NULL for none; at most FILTER_STATES_MAX. */
status filter_states(const char *list, const struct filter_word *words, size_t word_count,
                     int32_t states[FILTER_STATES_MAX], size_t *ret_count);
/* The beginning of a day in Greenwich; *RET stays as it is for NULL. */
status filter_since(struct hayat *hayat, const char *text, Google__Protobuf__Timestamp **ret);

#endif
