/*
 * spool_index: the list of what a spool directory has been given, index.csv: a line for each message, written after its file and never taken
 * away, by which a message that comes again is known.
 *
 * Threads  a directory belongs to one thread.
 * Reasons  FILE_UNWRITABLE.
 */
#ifndef HAYAT_OUTBOUND_SPOOL_INDEX_H
#define HAYAT_OUTBOUND_SPOOL_INDEX_H

#include <stdbool.h>

#include "base/status.h"

enum { SPOOL_LINE_MAX = 256 };

bool spool_index_has(int directory, const char *id);
/* "ID,REST"; HEADER, with its '\n', comes first in a new list. */
status spool_index_add(int directory, const char *header, const char *id, const char *rest);

#endif
