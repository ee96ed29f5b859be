/*
 * jpeg: checks a JPEG by decoding it, and strips it without touching its picture, by libjpeg-turbo.
 *
 * Memory   outputs live in the arena; the library's own is gone when a function returns.
 */
#ifndef HAYAT_SERVER_CHECKER_JPEG_H
#define HAYAT_SERVER_CHECKER_JPEG_H

#include "base/arena.h"
#include "checker/finding.h"

/* Decodes all of it; *RET_END is where the picture ends in the file. */
check_reason jpeg_check(bytes file, struct arena *arena, struct page *page, size_t *ret_end);

/* The same picture, coefficient for coefficient, without anything that says where, when or by what it was taken: comments and
   application markers go.  With KEEP_ORIENTATION, and unless it stands upright, the one number stays that says how to turn it. */
status jpeg_strip(bytes file, bool keep_orientation, struct arena *arena, bytes *ret_clean);

/* One of three bytes a pixel, rows one behind the other. */
struct rgb {
    const uint8_t *pixels;
    size_t stride;
    uint32_t width, height;
};
status jpeg_of_rgb(const struct rgb *image, struct arena *arena, bytes *ret_file);

#endif
