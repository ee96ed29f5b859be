/*
 * exif: the one number of a photo's EXIF block that is kept: how to turn it.  Pure functions of bytes.
 */
#ifndef HAYAT_SERVER_CHECKER_EXIF_H
#define HAYAT_SERVER_CHECKER_EXIF_H

#include "base/bytes.h"

enum { EXIF_ORIENTATION_BYTES = 32 };

/* Of the content of an APP1 marker: 1 to 8, 1 (upright) when it says nothing that makes sense. */
uint32_t exif_orientation(bytes app1);
/* The content of an APP1 marker that says nothing else. */
void exif_write_orientation(uint32_t orientation, uint8_t out[EXIF_ORIENTATION_BYTES]);

#endif
