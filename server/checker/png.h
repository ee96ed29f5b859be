/*
 * png: checks a PNG by decoding it, by libpng, and strips it chunk by chunk.
 *
 * Memory   outputs live in the arena; the library's own is gone when a function returns.
 */
#ifndef HAYAT_SERVER_CHECKER_PNG_H
#define HAYAT_SERVER_CHECKER_PNG_H

#include "base/arena.h"
#include "checker/finding.h"

/* Decodes all of it; *RET_END is where the picture ends in the file. */
check_reason png_check(bytes file, struct arena *arena, struct page *page, size_t *ret_end);
/* The same picture without texts, times, EXIF and whatever else a picture can do without.  FILE passed png_check. */
status png_strip(bytes file, struct arena *arena, bytes *ret_clean);

#endif
