/*
 * demo_photo: small portrait-like pictures for invented cards: nobody's face, drawn from a few
 * ellipses.
 *
 * A PNG of 76 x 95 pixels, 16 colours, about 4 KB, its data stored and not compressed: valid for
 * every reader, the same bytes on every machine, and no image library in the program.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_PHOTO_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_PHOTO_H

#include <stddef.h>
#include <stdint.h>

enum { DEMO_PHOTO_BYTES_MAX = 4000 };

/* Draws photo NUMBER (0 … DEMO_PHOTOS-1) of the fund of SEED; returns its length. */
size_t demo_photo_make(uint64_t seed, int32_t number, uint8_t out[DEMO_PHOTO_BYTES_MAX]);

#endif
