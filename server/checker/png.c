#include "checker/png.h"

#include <png.h>
#include <setjmp.h>

#include "base/codec.h"
#include "checker/luma.h"

enum {
    SIGNATURE_BYTES = 8,
    CHUNK_HEAD_BYTES = 8,
    CHUNK_EXTRA_BYTES = 12, /* length, name, check sum */
    ANCILLARY_CACHE = 64,   /* chunks beside the picture that the library keeps */
    ANCILLARY_BYTES = 4 * 1024 * 1024,
};

/* --- checking --- */

struct reading {
    png_structp codec;
    png_infop info;
    bytes file;
    size_t at;
    bool truncated, too_large, damaged;
    struct arena *arena;
    struct page *page;
};

/* libpng's signature */
static void read_some(png_structp codec, png_bytep out, size_t len)
{
    struct reading *reading = png_get_io_ptr(codec);
    if (reading->file.len - reading->at < len) {
        reading->truncated = true;
        png_error(codec, "end");
    }
    memcpy(out, reading->file.ptr + reading->at, len);
    reading->at += len;
}

static void on_error(png_structp codec, png_const_charp text)
{
    struct reading *reading = png_get_error_ptr(codec);
    (void)text;
    reading->damaged = true;
    png_longjmp(codec, 1);
}

static void on_warning(png_structp codec, png_const_charp text)
{
    (void)codec;
    (void)text;
}

static bool open_file(struct reading *reading)
{
    reading->codec = png_create_read_struct(PNG_LIBPNG_VER_STRING, reading, on_error, on_warning);
    reading->info = reading->codec != NULL ? png_create_info_struct(reading->codec) : NULL;
    if (reading->info == NULL) {
        return false;
    }
    png_set_read_fn(reading->codec, reading, read_some);
    png_set_chunk_cache_max(reading->codec, ANCILLARY_CACHE);
    png_set_chunk_malloc_max(reading->codec, ANCILLARY_BYTES);
    return true;
}

/* Whatever it is, out come 8 bits of brightness a pixel. */
static void choose_output(const struct reading *reading)
{
    png_set_expand(reading->codec);
    png_set_strip_16(reading->codec);
    png_set_strip_alpha(reading->codec);
    if ((png_get_color_type(reading->codec, reading->info) & PNG_COLOR_MASK_COLOR) != 0) {
        png_set_rgb_to_gray_fixed(reading->codec, PNG_ERROR_ACTION_NONE, -1, -1);
    }
}

/* Row by row; an interlaced picture needs all rows at once, for each pass fills in between. */
static void decode(struct reading *reading)
{
    struct luma luma;
    const uint32_t width = png_get_image_width(reading->codec, reading->info);
    const uint32_t height = png_get_image_height(reading->codec, reading->info);
    const int passes = png_set_interlace_handling(reading->codec);
    png_read_update_info(reading->codec, reading->info);
    const size_t row_bytes = png_get_rowbytes(reading->codec, reading->info);
    const size_t rows = passes > 1 ? height : 1;
    uint8_t *pixels = arena_array(reading->arena, rows, row_bytes);
    if (row_bytes < width || pixels == NULL || !luma_begin(&luma, reading->arena, width, height)) {
        reading->too_large = true;
        return;
    }
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            uint8_t *row = pixels + (rows > 1 ? y * row_bytes : 0);
            png_read_row(reading->codec, row, NULL);
            if (pass == passes - 1) {
                luma_row(&luma, row);
            }
        }
    }
    png_read_end(reading->codec, NULL);
    luma_judge(&luma, width, height, reading->page);
}

/* Apart from what jumps back to it. */
static void read_file(struct reading *reading)
{
    if (!open_file(reading)) {
        reading->too_large = true;
        return;
    }
    if (setjmp(png_jmpbuf(reading->codec)) != 0) {
        return;
    }
    png_read_info(reading->codec, reading->info);
    if ((uint64_t)png_get_image_width(reading->codec, reading->info) *
            png_get_image_height(reading->codec, reading->info) >
        LIMIT_CHECK_PIXELS) {
        reading->too_large = true;
        return;
    }
    choose_output(reading);
    decode(reading);
}

check_reason png_check(bytes file, struct arena *arena, struct page *page, size_t *ret_end)
{
    struct reading reading = {.file = file, .arena = arena, .page = page};
    read_file(&reading);
    png_destroy_read_struct(&reading.codec, &reading.info, NULL);
    *ret_end = reading.at;
    if (reading.too_large) {
        return WHY(TOO_LARGE);
    }
    if (reading.truncated) {
        return WHY(TRUNCATED);
    }
    return reading.damaged ? WHY(UNREADABLE) : PASSED;
}

/* --- stripping --- */

/* What the picture consists of, and how it is to be shown. */
static bool is_kept(const uint8_t *name)
{
    static const char kept[][5] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND",
                                   "gAMA", "cHRM", "sRGB", "sBIT", "pHYs"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (memcmp(kept[i], name, 4) == 0) {
            return true;
        }
    }
    return false;
}

status png_strip(bytes file, struct arena *arena, bytes *ret_clean)
{
    uint8_t *out = arena_room(arena, file.len);
    size_t len = SIGNATURE_BYTES;
    bool ended = false;
    bytes rest = bytes_skip(file, SIGNATURE_BYTES);
    if (out == NULL || file.len < SIGNATURE_BYTES) {
        return FAIL(HELPER_FAILED);
    }
    memcpy(out, file.ptr, SIGNATURE_BYTES);
    while (!ended && rest.len >= CHUNK_EXTRA_BYTES) {
        const size_t size = (size_t)get_be32(rest.ptr) + CHUNK_EXTRA_BYTES;
        if (size > rest.len) {
            return FAIL(HELPER_FAILED);
        }
        if (is_kept(rest.ptr + 4)) {
            memcpy(out + len, rest.ptr, size);
            len += size;
        }
        ended = memcmp(rest.ptr + 4, "IEND", 4) == 0;
        rest = bytes_skip(rest, size);
    }
    *ret_clean = bytes_of(out, len);
    return ended ? STATUS_OK : FAIL(HELPER_FAILED);
}
