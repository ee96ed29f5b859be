/* Pictures for files.h: a sheet with text, drawn by Cairo, as JPEG, PNG and HEIC by the libraries that write these. */
#include <assert.h>
#include <cairo.h>
#include <libheif/heif.h>
#include <png.h>
#include <setjmp.h>

#include <jpeglib.h>

#include "tests/checker/files.h"

enum { BLUR_RADIUS = 12, PIXEL_BYTES = 4, LINES = 28 };

/* --- drawing --- */

static void write_lines(cairo_t *cairo, const struct picture *picture)
{
    const double unit = picture->height / 40.0;
    cairo_select_font_face(cairo, "Noto Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, unit * 0.9);
    for (int i = 0; i < LINES; i++) {
        cairo_move_to(cairo, unit * 2, unit * (4 + i * 1.2));
        cairo_show_text(cairo,
                        "Certificat de vie 2026, je soussigné certifie que M. Essai est en vie");
    }
    cairo_set_line_width(cairo, unit / 8);
    cairo_arc(cairo, picture->width * 0.7, picture->height * 0.9, unit * 2, 0, 6.28);
    cairo_stroke(cairo);
}

static void add_to(uint32_t sum[3], const uint8_t *pixel, int sign)
{
    for (int c = 0; c < 3; c++) {
        sum[c] = sign > 0 ? sum[c] + pixel[c] : sum[c] - pixel[c];
    }
}

/* A running mean of BLUR_RADIUS pixels on each side along a line of COUNT pixels, STRIDE apart. */
static void blur_line(uint8_t *line, size_t count, size_t stride, uint8_t *copy)
{
    uint32_t sum[3] = {0};
    for (size_t i = 0; i < count; i++) {
        memcpy(copy + i * PIXEL_BYTES, line + i * stride, PIXEL_BYTES);
    }
    for (size_t i = 0; i < count + BLUR_RADIUS; i++) {
        if (i < count) {
            add_to(sum, copy + i * PIXEL_BYTES, 1);
        }
        if (i > 2 * BLUR_RADIUS) {
            add_to(sum, copy + (i - 2 * BLUR_RADIUS - 1) * PIXEL_BYTES, -1);
        }
        for (int c = 0; i >= BLUR_RADIUS && c < 3; c++) {
            line[(i - BLUR_RADIUS) * stride + (size_t)c] = (uint8_t)(sum[c] /
                                                                     (2 * BLUR_RADIUS + 1));
        }
    }
}

static void blur(struct arena *arena, struct picture *picture)
{
    const size_t longest = picture->width > picture->height ? picture->width : picture->height;
    uint8_t *copy = arena_array(arena, longest, PIXEL_BYTES);
    const size_t row = (size_t)picture->width * PIXEL_BYTES;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t y = 0; y < picture->height; y++) {
            blur_line(picture->pixels + y * row, picture->width, PIXEL_BYTES, copy);
        }
        for (size_t x = 0; x < picture->width; x++) {
            blur_line(picture->pixels + x * PIXEL_BYTES, picture->height, row, copy);
        }
    }
}

struct picture picture_draw(struct arena *arena, uint32_t width, uint32_t height, enum look look)
{
    struct picture picture = {width, height,
                              arena_array(arena, (size_t)width * height, PIXEL_BYTES)};
    assert(picture.pixels != NULL);
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        picture.pixels, CAIRO_FORMAT_RGB24, (int)width, (int)height, (int)(width * PIXEL_BYTES));
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 0.95, 0.94, 0.9);
    cairo_paint(cairo);
    const double ink = look == LOOK_PALE ? 0.8 : 0.1;
    cairo_set_source_rgb(cairo, ink, ink, ink);
    if (look != LOOK_BLANK) {
        write_lines(cairo, &picture);
    }
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    if (look == LOOK_BLURRED) {
        blur(arena, &picture);
    }
    return picture;
}

/* Red, green, blue: as files have them. */
static void rgb_row(const struct picture *picture, size_t y, uint8_t *out)
{
    for (size_t x = 0; x < picture->width; x++) {
        const uint8_t *pixel = picture->pixels + (y * picture->width + x) * PIXEL_BYTES;
        out[3 * x] = pixel[2];
        out[3 * x + 1] = pixel[1];
        out[3 * x + 2] = pixel[0];
    }
}

/* --- JPEG --- */

static void jpeg_row(const struct picture *picture, size_t y, const struct jpeg_wish *wish,
                     uint8_t *out)
{
    if (!wish->grey && !wish->inks) {
        rgb_row(picture, y, out);
        return;
    }
    for (size_t x = 0; x < picture->width; x++) {
        const uint8_t *pixel = picture->pixels + (y * picture->width + x) * PIXEL_BYTES;
        if (wish->grey) {
            out[x] = pixel[1];
        } else {
            const uint8_t inks[] = {pixel[2], pixel[1], pixel[0], 255};
            memcpy(out + 4 * x, inks, sizeof inks);
        }
    }
}

static void write_rows(struct jpeg_compress_struct *codec, const struct picture *picture,
                       const struct jpeg_wish *wish, uint8_t *row)
{
    while (codec->next_scanline < codec->image_height) {
        jpeg_row(picture, codec->next_scanline, wish, row);
        (void)jpeg_write_scanlines(codec, &row, 1);
    }
}

bytes picture_jpeg(struct arena *arena, const struct picture *picture, const struct jpeg_wish *wish)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct codec = {.err = jpeg_std_error(&errors)};
    unsigned char *out = NULL;
    unsigned long len = 0;
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &out, &len);
    codec.image_width = picture->width;
    codec.image_height = picture->height;
    codec.input_components = wish->grey ? 1 : wish->inks ? 4 : 3;
    codec.in_color_space = wish->grey ? JCS_GRAYSCALE : wish->inks ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, 85, TRUE);
    if (wish->progressive) {
        jpeg_simple_progression(&codec);
    }
    jpeg_start_compress(&codec, TRUE);
    if (wish->exif.len > 0) {
        jpeg_write_marker(&codec, JPEG_APP0 + 1, wish->exif.ptr, (unsigned)wish->exif.len);
    }
    if (wish->comment.len > 0) {
        jpeg_write_marker(&codec, JPEG_COM, wish->comment.ptr, (unsigned)wish->comment.len);
    }
    write_rows(&codec, picture, wish, arena_array(arena, picture->width, PIXEL_BYTES));
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    bytes copy = arena_copy(arena, bytes_of(out, len));
    free(out);
    return copy;
}

bytes picture_exif(struct arena *arena, uint8_t orientation)
{
    /* Little-endian: three entries, then a directory with a place of two. */
    static const uint8_t block[] = {
        'E',  'x',  'i',  'f',  0,   0,   'I', 'I', 42,  0,   8,   0,   0,   0,
        3,    0,    0x0F, 0x01, 2,   0,   4,   0,   0,   0,   'C', 'a', 'm', 0, /* the maker */
        0x12, 0x01, 3,    0,    1,   0,   0,   0,   0,   0,   0,   0, /* the orientation, at byte 36 */
        0x25, 0x88, 4,    0,    1,   0,   0,   0,   50,  0,   0,   0, /* the place is at 50 */
        0,    0,    0,    0,    1,   0,   1,   0,   2,   0,   2,   0,   0,   0,
        'N',  0,    0,    0, /* north of the equator */
        0,    0,    0,    0,    'G', 'P', 'S', '-', 'C', 'a', 's', 'a', 'b', 'l',
        'a',  'n',  'c',  'a'};
    bytes copy = arena_copy(arena, bytes_of(block, sizeof block));
    ((uint8_t *)(uintptr_t)copy.ptr)[36] = orientation;
    return copy;
}

/* --- PNG --- */

struct sink {
    struct arena *arena;
    uint8_t *data;
    size_t len, size;
};

/* libpng's signature */
static void take(png_structp codec, png_bytep data, size_t len)
{
    struct sink *sink = png_get_io_ptr(codec);
    if (sink->len + len > sink->size) {
        sink->size = 2 * (sink->len + len);
        uint8_t *larger = arena_alloc(sink->arena, sink->size);
        assert(larger != NULL);
        if (sink->len > 0) {
            memcpy(larger, sink->data, sink->len);
        }
        sink->data = larger;
    }
    memcpy(sink->data + sink->len, data, len);
    sink->len += len;
}

static void flush(png_structp codec)
{
    (void)codec;
}

static void png_row(const struct picture *picture, size_t y, bool grey, uint8_t *row)
{
    if (grey) {
        jpeg_row(picture, y, &(struct jpeg_wish){.grey = true}, row);
    } else {
        rgb_row(picture, y, row);
    }
}

bytes picture_png(struct arena *arena, const struct picture *picture, const struct png_wish *wish)
{
    struct sink sink = {.arena = arena};
    png_structp codec = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(codec);
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE,
                     .key = (char *)(uintptr_t) "Location",
                     .text = (char *)(uintptr_t)wish->text};
    png_set_write_fn(codec, &sink, take, flush);
    png_set_IHDR(codec, info, picture->width, picture->height, 8,
                 wish->grey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 wish->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_set_compression_level(codec, 1);
    if (wish->text != NULL) {
        png_set_text(codec, info, &text, 1);
    }
    png_write_info(codec, info);
    uint8_t *row = arena_array(arena, picture->width, 3);
    for (int passes = png_set_interlace_handling(codec); passes > 0; passes--) {
        for (size_t y = 0; y < picture->height; y++) {
            png_row(picture, y, wish->grey, row);
            png_write_row(codec, row);
        }
    }
    png_write_end(codec, info);
    png_destroy_write_struct(&codec, &info);
    return bytes_of(sink.data, sink.len);
}

/* --- HEIC --- */

/* libheif's signature */
static struct heif_error keep(struct heif_context *context, const void *data, size_t size,
                              void *ctx)
{
    struct sink *sink = ctx;
    (void)context;
    bytes copy = arena_copy(sink->arena, bytes_of(data, size));
    sink->data = (uint8_t *)(uintptr_t)copy.ptr;
    sink->len = copy.len;
    return (struct heif_error){heif_error_Ok, heif_suberror_Unspecified, ""};
}

static struct heif_image *heif_of(const struct picture *picture)
{
    struct heif_image *image = NULL;
    int stride = 0;
    const int width = (int)picture->width, height = (int)picture->height;
    (void)heif_image_create(width, height, heif_colorspace_RGB, heif_chroma_interleaved_RGB,
                            &image);
    (void)heif_image_add_plane(image, heif_channel_interleaved, width, height, 8);
    uint8_t *pixels = heif_image_get_plane(image, heif_channel_interleaved, &stride);
    for (size_t y = 0; y < picture->height; y++) {
        rgb_row(picture, y, pixels + y * (size_t)stride);
    }
    return image;
}

bytes picture_heic(struct arena *arena, const struct picture *picture, bytes exif)
{
    struct sink sink = {.arena = arena};
    struct heif_writer writer = {.writer_api_version = 1, .write = keep};
    struct heif_context *context = heif_context_alloc();
    struct heif_encoder *encoder = NULL;
    struct heif_image_handle *handle = NULL;
    struct heif_error error = heif_context_get_encoder_for_format(context, heif_compression_HEVC,
                                                                  &encoder);
    assert(error.code == heif_error_Ok);
    (void)heif_encoder_set_lossy_quality(encoder, 50);
    (void)heif_encoder_set_parameter_string(encoder, "preset", "ultrafast");
    struct heif_image *image = heif_of(picture);
    error = heif_context_encode_image(context, image, encoder, NULL, &handle);
    assert(error.code == heif_error_Ok);
    if (exif.len > 0) {
        error = heif_context_add_exif_metadata(context, handle, exif.ptr, (int)exif.len);
        assert(error.code == heif_error_Ok);
    }
    error = heif_context_write(context, &writer, &sink);
    assert(error.code == heif_error_Ok);
    heif_image_handle_release(handle);
    heif_image_release(image);
    heif_encoder_release(encoder);
    heif_context_free(context);
    return bytes_of(sink.data, sink.len);
}
