#include "checker/jpeg.h"

#include <setjmp.h>

#include <jpeglib.h>

/* The codes of its errors alone: the macros beside them call what is banned here. */
#define JERROR_H
#define JMAKE_ENUM_LIST
#include <jerror.h>

#include "base/limits.h"
#include "checker/exif.h"
#include "checker/luma.h"

enum { ORIENTATION_UPRIGHT = 1, MARKER_EXIF = JPEG_APP0 + 1, EXIF_MAX_BYTES = 65533, QUALITY = 90 };

/* --- the library's errors --- */

/* Its functions do not return after an error: they jump. */
struct failure {
    struct jpeg_error_mgr errors; /* first: what the library knows */
    jmp_buf jump;
    bool truncated, damaged, too_large;
};

static void on_error(j_common_ptr codec)
{
    struct failure *failure = (struct failure *)codec->err;
    const int code = codec->err->msg_code;
    failure->too_large |= code == JERR_OUT_OF_MEMORY || code == JERR_IMAGE_TOO_BIG ||
                          code == JERR_WIDTH_OVERFLOW;
    failure->truncated |= code == JERR_INPUT_EOF;
    failure->damaged = true;
    longjmp(failure->jump, 1);
}

/* The library goes on after these, with grey where data is missing.  A few are about nothing that is seen. */
static void on_message(j_common_ptr codec, int level)
{
    struct failure *failure = (struct failure *)codec->err;
    if (level >= 0) {
        return;
    }
    switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
        failure->truncated = true;
        break;
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
        break;
    default:
        failure->damaged = true;
        break;
    }
}

static void silent(j_common_ptr codec)
{
    (void)codec;
}

static void watch(struct failure *failure)
{
    (void)jpeg_std_error(&failure->errors);
    failure->errors.error_exit = on_error;
    failure->errors.emit_message = on_message;
    failure->errors.output_message = silent;
}

static check_reason reason_of(const struct failure *failure)
{
    if (failure->too_large) {
        return WHY(TOO_LARGE);
    }
    if (failure->truncated) {
        return WHY(TRUNCATED);
    }
    return failure->damaged ? WHY(UNREADABLE) : PASSED;
}

/* --- checking --- */

struct reading {
    struct failure failure;
    struct jpeg_decompress_struct codec;
    struct jpeg_progress_mgr progress;
    struct arena *arena;
    struct page *page;
    size_t end;
};

/* A progressive file may ask for thousands of passes over the whole picture. */
static void count_scans(j_common_ptr common)
{
    j_decompress_ptr codec = (j_decompress_ptr)common;
    if (codec->input_scan_number > LIMIT_CHECK_SCANS) {
        ((struct failure *)common->err)->too_large = true;
        longjmp(((struct failure *)common->err)->jump, 1);
    }
}

static void open_file(struct reading *reading, bytes file)
{
    watch(&reading->failure);
    reading->codec.err = &reading->failure.errors;
    jpeg_create_decompress(&reading->codec);
    reading->progress.progress_monitor = count_scans;
    reading->codec.progress = &reading->progress;
    jpeg_mem_src(&reading->codec, file.ptr, file.len);
}

/* Brightness alone where the file has it, at a scale that leaves enough to judge: every bit is decoded all the same. */
static void choose_output(struct jpeg_decompress_struct *codec)
{
    const bool four = codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
    codec->out_color_space = four ? JCS_CMYK : JCS_GRAYSCALE;
    codec->scale_num = 1;
    codec->scale_denom = 1;
    while (codec->scale_denom < 8 && codec->image_width / (codec->scale_denom * 2) >= LUMA_SIDE &&
           codec->image_height / (codec->scale_denom * 2) >= LUMA_SIDE) {
        codec->scale_denom *= 2;
    }
    codec->dct_method = JDCT_IFAST;
}

/* Printers' colours, as Adobe writes them: 255 is no ink. */
static void brightness_of_inks(uint8_t *row, uint32_t width)
{
    for (size_t x = 0; x < width; x++) {
        const uint8_t *inks = row + 4 * x;
        row[x] = (uint8_t)((inks[0] + inks[1] + inks[2]) / 3 * inks[3] / 255);
    }
}

static void decode(struct reading *reading)
{
    struct jpeg_decompress_struct *codec = &reading->codec;
    struct luma luma;
    (void)jpeg_start_decompress(codec);
    uint8_t *row = arena_array(reading->arena, codec->output_width,
                               (size_t)codec->output_components);
    if (row == NULL ||
        !luma_begin(&luma, reading->arena, codec->output_width, codec->output_height)) {
        reading->failure.too_large = true;
        return;
    }
    while (codec->output_scanline < codec->output_height) {
        (void)jpeg_read_scanlines(codec, &row, 1);
        if (codec->out_color_space == JCS_CMYK) {
            brightness_of_inks(row, codec->output_width);
        }
        luma_row(&luma, row);
    }
    (void)jpeg_finish_decompress(codec);
    luma_judge(&luma, codec->image_width, codec->image_height, reading->page);
}

/* Apart from what jumps back to it: nothing it set is lost then. */
static void read_file(struct reading *reading, bytes file)
{
    if (setjmp(reading->failure.jump) != 0) {
        return;
    }
    open_file(reading, file);
    (void)jpeg_read_header(&reading->codec, TRUE);
    if ((uint64_t)reading->codec.image_width * reading->codec.image_height > LIMIT_CHECK_PIXELS) {
        reading->failure.too_large = true;
        return;
    }
    choose_output(&reading->codec);
    decode(reading);
    reading->end = file.len - reading->codec.src->bytes_in_buffer;
}

check_reason jpeg_check(bytes file, struct arena *arena, struct page *page, size_t *ret_end)
{
    struct reading reading = {.arena = arena, .page = page, .end = file.len};
    read_file(&reading, file);
    jpeg_destroy_decompress(&reading.codec);
    *ret_end = reading.end;
    return reason_of(&reading.failure);
}

/* --- stripping --- */

struct stripping {
    struct reading from;
    struct jpeg_compress_struct to;
    bool keep_orientation;
    unsigned char *out;
    unsigned long out_len;
};

static uint32_t orientation(const struct jpeg_decompress_struct *codec)
{
    for (jpeg_saved_marker_ptr marker = codec->marker_list; marker != NULL; marker = marker->next) {
        if (marker->marker == MARKER_EXIF) {
            return exif_orientation(bytes_of(marker->data, marker->data_length));
        }
    }
    return ORIENTATION_UPRIGHT;
}

static void write_orientation(struct stripping *stripping)
{
    const uint32_t turn = orientation(&stripping->from.codec);
    if (stripping->keep_orientation && turn != ORIENTATION_UPRIGHT) {
        uint8_t exif[EXIF_ORIENTATION_BYTES];
        exif_write_orientation(turn, exif);
        jpeg_write_marker(&stripping->to, MARKER_EXIF, exif, sizeof exif);
    }
}

static void copy_picture(struct stripping *stripping, bytes file)
{
    struct reading *from = &stripping->from;
    if (setjmp(from->failure.jump) != 0) {
        return;
    }
    open_file(from, file);
    stripping->to.err = &from->failure.errors;
    jpeg_create_compress(&stripping->to);
    jpeg_save_markers(&from->codec, MARKER_EXIF, EXIF_MAX_BYTES);
    (void)jpeg_read_header(&from->codec, TRUE);
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&from->codec);
    jpeg_copy_critical_parameters(&from->codec, &stripping->to);
    stripping->to.optimize_coding = TRUE;
    jpeg_mem_dest(&stripping->to, &stripping->out, &stripping->out_len);
    jpeg_write_coefficients(&stripping->to, coefficients);
    write_orientation(stripping);
    jpeg_finish_compress(&stripping->to);
    (void)jpeg_finish_decompress(&from->codec);
}

status jpeg_strip(bytes file, bool keep_orientation, struct arena *arena, bytes *ret_clean)
{
    struct stripping stripping = {.keep_orientation = keep_orientation};
    copy_picture(&stripping, file);
    const check_reason reason = reason_of(&stripping.from.failure);
    jpeg_destroy_compress(&stripping.to);
    jpeg_destroy_decompress(&stripping.from.codec);
    if (reason == PASSED) {
        *ret_clean = arena_copy(arena, bytes_of(stripping.out, stripping.out_len));
    }
    free(stripping.out);
    TRY(arena_check(arena));
    return reason == PASSED ? STATUS_OK : FAIL(HELPER_FAILED);
}

/* --- writing --- */

struct writing {
    struct failure failure;
    struct jpeg_compress_struct codec;
    unsigned char *out;
    unsigned long out_len;
};

static void write_file(struct writing *writing, const struct rgb *image)
{
    if (setjmp(writing->failure.jump) != 0) {
        return;
    }
    watch(&writing->failure);
    writing->codec.err = &writing->failure.errors;
    jpeg_create_compress(&writing->codec);
    jpeg_mem_dest(&writing->codec, &writing->out, &writing->out_len);
    writing->codec.image_width = image->width;
    writing->codec.image_height = image->height;
    writing->codec.input_components = 3;
    writing->codec.in_color_space = JCS_RGB;
    jpeg_set_defaults(&writing->codec);
    jpeg_set_quality(&writing->codec, QUALITY, TRUE);
    jpeg_start_compress(&writing->codec, TRUE);
    while (writing->codec.next_scanline < image->height) {
        /* The library does not write to what it compresses; its prototype is older than const. */
        JSAMPROW row = (JSAMPROW)(uintptr_t)(image->pixels +
                                             image->stride * writing->codec.next_scanline);
        (void)jpeg_write_scanlines(&writing->codec, &row, 1);
    }
    jpeg_finish_compress(&writing->codec);
}

status jpeg_of_rgb(const struct rgb *image, struct arena *arena, bytes *ret_file)
{
    struct writing writing = {.out = NULL};
    write_file(&writing, image);
    const check_reason reason = reason_of(&writing.failure);
    jpeg_destroy_compress(&writing.codec);
    if (reason == PASSED) {
        *ret_file = arena_copy(arena, bytes_of(writing.out, writing.out_len));
    }
    free(writing.out);
    TRY(arena_check(arena));
    return reason == PASSED ? STATUS_OK : FAIL(HELPER_FAILED);
}
