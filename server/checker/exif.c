#include "checker/exif.h"

#include <string.h>

enum {
    UPRIGHT = 1,
    ORIENTATIONS = 8,
    PREFIX_BYTES = 6, /* "Exif" and two zeros */
    HEADER_BYTES = 8,
    ENTRY_BYTES = 12,
    TAG_ORIENTATION = 0x0112,
    TYPE_SHORT = 3
};

struct tiff {
    bytes data;
    bool big;
};

/* SIZE bytes, 2 or 4; 0 past the end. */
static uint32_t number(const struct tiff *tiff, size_t at, size_t size)
{
    bytes from = bytes_head(bytes_skip(tiff->data, at), size);
    uint32_t value = 0;
    for (size_t i = 0; from.len == size && i < size; i++) {
        value = value << 8 | from.ptr[tiff->big ? i : size - 1 - i];
    }
    return value;
}

uint32_t exif_orientation(bytes app1)
{
    struct tiff tiff = {.data = bytes_skip(app1, PREFIX_BYTES)};
    if (app1.len < PREFIX_BYTES + HEADER_BYTES || memcmp(app1.ptr, "Exif\0\0", PREFIX_BYTES) != 0) {
        return UPRIGHT;
    }
    tiff.big = tiff.data.ptr[0] == 'M';
    const size_t directory = number(&tiff, 4, 4);
    const uint32_t count = number(&tiff, directory, 2);
    for (uint32_t i = 0; i < count; i++) {
        const size_t entry = directory + 2 + (size_t)i * ENTRY_BYTES;
        if (number(&tiff, entry, 2) == TAG_ORIENTATION &&
            number(&tiff, entry + 2, 2) == TYPE_SHORT) {
            const uint32_t value = number(&tiff, entry + 8, 2);
            return value >= UPRIGHT && value <= ORIENTATIONS ? value : UPRIGHT;
        }
    }
    return UPRIGHT;
}

void exif_write_orientation(uint32_t orientation, uint8_t out[EXIF_ORIENTATION_BYTES])
{
    static const uint8_t block[EXIF_ORIENTATION_BYTES] = {
        'E',  'x',  'i', 'f',        0, 0,                  /* the marker's name */
        'M',  'M',  0,   42,         0, 0, 0, HEADER_BYTES, /* big-endian; the directory follows */
        0,    1,                                            /* one entry: */
        0x01, 0x12, 0,   TYPE_SHORT, 0, 0, 0, 1,            /* orientation, one short ... */
        0,    0,    0,   0,                                 /* ... in the first two of these */
        0,    0,    0,   0};                                /* no other directory */
    memcpy(out, block, sizeof block);
    out[25] = (uint8_t)orientation;
}
