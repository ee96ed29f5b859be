#include "checker/heic.h"

#include <libheif/heif.h>

#include "checker/jpeg.h"
#include "checker/luma.h"

/* A file on its way to an image; whoever opened it closes it. */
struct decoding {
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
    bytes file;
};

/* The decoder of Debian's libheif is built in; a plugin's would be looked for in the file system. */
status heic_prepare(void)
{
    return heif_init(NULL).code == heif_error_Ok &&
                   heif_have_decoder_for_format(heif_compression_HEVC) != 0
               ? STATUS_OK
               : FAIL(HELPER_FAILED);
}

static check_reason reason_of(struct heif_error error)
{
    if (error.code == heif_error_Ok) {
        return PASSED;
    }
    if (error.code == heif_error_Memory_allocation_error ||
        error.subcode == heif_suberror_Security_limit_exceeded) {
        return WHY(TOO_LARGE);
    }
    return error.subcode == heif_suberror_End_of_data ? WHY(TRUNCATED) : WHY(UNREADABLE);
}

static check_reason open_file(struct decoding *decoding)
{
    decoding->context = heif_context_alloc();
    struct heif_error error = heif_context_read_from_memory_without_copy(
        decoding->context, decoding->file.ptr, decoding->file.len, NULL);
    if (error.code != heif_error_Ok) {
        return reason_of(error);
    }
    if (heif_context_get_number_of_top_level_images(decoding->context) == 0) {
        return WHY(EMPTY);
    }
    error = heif_context_get_primary_image_handle(decoding->context, &decoding->handle);
    if (error.code != heif_error_Ok) {
        return reason_of(error);
    }
    const int width = heif_image_handle_get_width(decoding->handle);
    const int height = heif_image_handle_get_height(decoding->handle);
    if (width <= 0 || height <= 0) {
        return WHY(UNREADABLE);
    }
    return (int64_t)width * height > LIMIT_CHECK_PIXELS ? WHY(TOO_LARGE) : PASSED;
}

static check_reason decode(struct decoding *decoding, enum heif_colorspace colours,
                           enum heif_chroma chroma)
{
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    if (options == NULL) {
        return WHY(TOO_LARGE);
    }
    options->convert_hdr_to_8bit = 1;
    const struct heif_error error = heif_decode_image(decoding->handle, &decoding->image, colours,
                                                      chroma, options);
    heif_decoding_options_free(options);
    return reason_of(error);
}

static void close_file(struct decoding *decoding)
{
    heif_image_release(decoding->image);
    heif_image_handle_release(decoding->handle);
    heif_context_free(decoding->context);
}

static check_reason judge(const struct decoding *decoding, struct arena *arena, struct page *page)
{
    struct luma luma;
    int stride = 0;
    const int width = heif_image_get_width(decoding->image, heif_channel_Y);
    const int height = heif_image_get_height(decoding->image, heif_channel_Y);
    const uint8_t *pixels = heif_image_get_plane_readonly(decoding->image, heif_channel_Y, &stride);
    if (pixels == NULL || width <= 0 || height <= 0 || stride < width) {
        return WHY(UNREADABLE);
    }
    if (!luma_begin(&luma, arena, (uint32_t)width, (uint32_t)height)) {
        return WHY(TOO_LARGE);
    }
    for (int y = 0; y < height; y++) {
        luma_row(&luma, pixels + (size_t)y * (size_t)stride);
    }
    luma_judge(&luma, (uint32_t)width, (uint32_t)height, page);
    return PASSED;
}

check_reason heic_check(bytes file, struct arena *arena, struct page *page)
{
    struct decoding decoding = {.file = file};
    check_reason reason = open_file(&decoding);
    if (reason == PASSED) {
        reason = decode(&decoding, heif_colorspace_YCbCr, heif_chroma_420);
    }
    if (reason == PASSED) {
        reason = judge(&decoding, arena, page);
    }
    close_file(&decoding);
    return reason;
}

static status write_jpeg(const struct decoding *decoding, struct arena *arena, bytes *ret_jpeg)
{
    int stride = 0;
    const int width = heif_image_get_width(decoding->image, heif_channel_interleaved);
    const int height = heif_image_get_height(decoding->image, heif_channel_interleaved);
    struct rgb rgb = {.pixels = heif_image_get_plane_readonly(decoding->image,
                                                              heif_channel_interleaved, &stride)};
    if (rgb.pixels == NULL || width <= 0 || height <= 0 || stride < width * 3) {
        return FAIL(HELPER_FAILED);
    }
    rgb.stride = (size_t)stride;
    rgb.width = (uint32_t)width;
    rgb.height = (uint32_t)height;
    return jpeg_of_rgb(&rgb, arena, ret_jpeg);
}

status heic_to_jpeg(bytes file, struct arena *arena, bytes *ret_jpeg)
{
    struct decoding decoding = {.file = file};
    status s = FAIL(HELPER_FAILED);
    if (open_file(&decoding) == PASSED &&
        decode(&decoding, heif_colorspace_RGB, heif_chroma_interleaved_RGB) == PASSED) {
        s = write_jpeg(&decoding, arena, ret_jpeg);
    }
    close_file(&decoding);
    return s;
}
