/*
 * feed_csv: the fields of one row of CSV (RFC 4180), which is whole and without its line end.
 *
 * Memory   fields point into the row; a field with doubled quotes is copied into the arena.
 * Threads  re-entrant.
 */
#ifndef HAYAT_SERVICE_FEED_CSV_H
#define HAYAT_SERVICE_FEED_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"

/* False when quotes are broken, or there are more than MOST fields, or the arena is dry. */
bool feed_csv_split(struct arena *arena, bytes row, bytes *fields, size_t most, size_t *ret_count);

#endif
