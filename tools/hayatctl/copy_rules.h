/*
 * copy_rules: names of copies of the store, which of them may go, and whether there is room for one.  Values only.
 *
 * A copy's name is the moment at which it began, in UTC: "20261129T162036.123Z".  Names sort by time.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_COPY_RULES_H
#define HAYAT_TOOLS_HAYATCTL_COPY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COPY_NAME_BYTES = 21 }; /* with its end */

/* False for a time that has no four-digit year. */
bool copy_name_of(int64_t wall_ms, char out[COPY_NAME_BYTES]);
/* False for anything that copy_name_of does not write. */
bool copy_name_time(const char *name, int64_t *ret_wall_ms);

/*
 * Which of COUNT names, sorted, go so that KEEP are left (0: all of them stay): the oldest, but never FRESH, which was made
 * just now, whatever the clock said when the others were.  Indices go to GONE, room for COUNT; returns how many.
 */
size_t copy_surplus(char *const *names, size_t count, size_t keep, const char *fresh, size_t *gone);

/* May NEEDED bytes more be written where FREE bytes are?  Beside the store itself more must be left: its own writes need it (SEC-D5). */
bool copy_has_room(uint64_t free_bytes, uint64_t needed, bool beside_store);
/* What must be left of the disk. */
uint64_t copy_spare_bytes(bool beside_store);

#endif
