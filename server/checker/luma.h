/*
 * luma: the brightness of an image in small, gathered row by row, and whether a person could read what it shows.
 *
 * An image is averaged down to at most LUMA_SIDE pixels a side, so that a photo of any size costs one pass and one megabyte.
 * The estimates are hints for a person, never a refusal:
 *   blank         hardly any difference between its darkest and its brightest places
 *   low contrast  little of it
 *   blurred       no edge is steep: where ink ends, brightness takes several pixels to change
 *   resolution    fewer than 1000 pixels along the longer side: under 90 dots per inch of a sheet of A4
 * Memory   pixels live in the arena.
 */
#ifndef HAYAT_SERVER_CHECKER_LUMA_H
#define HAYAT_SERVER_CHECKER_LUMA_H

#include "base/arena.h"
#include "checker/finding.h"

enum { LUMA_SIDE = 1024 };

struct luma {
    uint32_t width, height;         /* of the rows given */
    uint32_t step;                  /* so many pixels and rows become one */
    uint32_t out_width, out_height; /* at most LUMA_SIDE */
    uint32_t row;                   /* the next one */
    uint32_t *sums;                 /* of the rows of one step */
    uint8_t *pixels;
};

/* False when there is no memory. */
bool luma_begin(struct luma *luma, struct arena *arena, uint32_t width, uint32_t height);
/* WIDTH values from 0 (black) to 255. */
void luma_row(struct luma *luma, const uint8_t *row);
/* Once all rows are there: fills the hints and sizes of PAGE; the size is that of the image, which may be larger than the rows. */
void luma_judge(const struct luma *luma, uint32_t width_px, uint32_t height_px, struct page *page);

#endif
