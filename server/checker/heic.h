/*
 * heic: checks a HEIC photo by decoding it, by libheif, and turns it into a JPEG that says nothing but its picture.
 *
 * Memory   outputs live in the arena; the library's own is gone when a function returns.
 * Threads  libde265 decodes in threads of its own.
 */
#ifndef HAYAT_SERVER_CHECKER_HEIC_H
#define HAYAT_SERVER_CHECKER_HEIC_H

#include "base/arena.h"
#include "checker/finding.h"

/* Once, while files may still be opened. */
status heic_prepare(void);
check_reason heic_check(bytes file, struct arena *arena, struct page *page);
/* Upright: turned as the file says. */
status heic_to_jpeg(bytes file, struct arena *arena, bytes *ret_jpeg);

#endif
