#include "checker/luma.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LEVELS = 256,
    BLANK_RANGE = 24,     /* of 255 between the darkest and the brightest half percent */
    CONTRAST_RANGE = 72,  /* pencil on paper has 80 */
    READABLE_SIDE = 1000, /* pixels */
    SHARP_PERCENT =
        22, /* of the range that the steepest half percent of edges bend by from one pixel to the next */
    SMALL_SIDE = 32, /* too small to say anything about edges */
};

bool luma_begin(struct luma *luma, struct arena *arena, uint32_t width, uint32_t height)
{
    const uint32_t longest = width > height ? width : height;
    assert(width > 0 && height > 0);
    *luma = (struct luma){.width = width, .height = height};
    luma->step = (longest + LUMA_SIDE - 1) / LUMA_SIDE;
    luma->out_width = width / luma->step > 0 ? width / luma->step : 1;
    luma->out_height = height / luma->step > 0 ? height / luma->step : 1;
    luma->sums = arena_array(arena, luma->out_width, sizeof *luma->sums);
    luma->pixels = arena_array(arena, luma->out_width, luma->out_height);
    return luma->sums != NULL && luma->pixels != NULL;
}

/* The rows of a step that the image's edge cuts off are left out, but for an image smaller than one step. */
static void finish_step(struct luma *luma, uint32_t rows)
{
    const uint32_t out = (luma->row - 1) / luma->step;
    const uint32_t columns = luma->width < luma->step ? luma->width : luma->step;
    assert(columns > 0 && rows > 0);
    if (out >= luma->out_height) {
        return;
    }
    for (uint32_t x = 0; x < luma->out_width; x++) {
        luma->pixels[out * luma->out_width + x] = (uint8_t)(luma->sums[x] / (columns * rows));
        luma->sums[x] = 0;
    }
}

void luma_row(struct luma *luma, const uint8_t *row)
{
    assert(luma->step > 0);
    for (uint32_t x = 0; x < luma->out_width; x++) {
        const uint32_t first = x * luma->step;
        for (uint32_t i = first; i < first + luma->step && i < luma->width; i++) {
            luma->sums[x] += row[i];
        }
    }
    luma->row++;
    if (luma->row % luma->step == 0) {
        finish_step(luma, luma->step);
    } else if (luma->row == luma->height && luma->height < luma->step) {
        finish_step(luma, luma->height);
    }
}

/* The lowest value that at least PART of TOTAL are at or below. */
static uint32_t value_at(const uint32_t counts[LEVELS], uint64_t part)
{
    uint64_t seen = 0;
    uint32_t level = 0;
    while (level < LEVELS - 1 && (seen += counts[level]) < part) {
        level++;
    }
    return level;
}

static uint32_t range_of(const struct luma *luma)
{
    uint32_t counts[LEVELS] = {0};
    const uint64_t total = (uint64_t)luma->out_width * luma->out_height;
    for (uint64_t i = 0; i < total; i++) {
        counts[luma->pixels[i]]++;
    }
    const uint64_t edge = total / 200 + 1;
    return value_at(counts, total - edge + 1) - value_at(counts, edge);
}

/* How far a pixel lies from the mean of its four neighbours, at the steepest half percent of places. */
static uint32_t steepness_of(const struct luma *luma)
{
    uint32_t counts[LEVELS] = {0};
    uint64_t total = 0;
    const uint32_t width = luma->out_width;
    for (uint32_t y = 1; y + 1 < luma->out_height; y++) {
        const uint8_t *at = luma->pixels + (size_t)y * width;
        for (uint32_t x = 1; x + 1 < width; x++) {
            const int around = at[x - 1] + at[x + 1] + at[(int64_t)x - width] + at[x + width];
            counts[abs(at[x] - around / 4)]++;
            total++;
        }
    }
    return value_at(counts, total - total / 200);
}

void luma_judge(const struct luma *luma, uint32_t width_px, uint32_t height_px, struct page *page)
{
    const uint32_t range = range_of(luma);
    page->width_px = width_px;
    page->height_px = height_px;
    page->low_resolution = width_px < READABLE_SIDE && height_px < READABLE_SIDE;
    page->blank = range < BLANK_RANGE;
    page->low_contrast = !page->blank && range < CONTRAST_RANGE;
    page->blurred = !page->blank && luma->out_width >= SMALL_SIDE &&
                    luma->out_height >= SMALL_SIDE &&
                    steepness_of(luma) * 100 < range * SHARP_PERCENT;
}
