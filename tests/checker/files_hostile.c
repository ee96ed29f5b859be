/* Hostile files for files.h, each with the reason it must be refused for: what is no picture, is cut off, or is too large. */
#include <assert.h>
#include <stdio.h>
#include <zlib.h>

#include "base/array.h"
#include "base/codec.h"
#include "tests/checker/files.h"

void files_add_hostile_pdfs(struct file_list *list);
void files_add_hostile_films(struct file_list *list);

static void refuse(struct file_list *list, const char *name, const char *type, bytes data,
                   check_reason reason)
{
    file_list_expect(list,
                     &(struct file){.name = name, .type = type, .data = data, .reason = reason});
}

/* --- kinds --- */

static void add_wrong_types(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture small = picture_draw(a, 320, 240, LOOK_TEXT);
    const bytes jpeg = picture_jpeg(a, &small, &(struct jpeg_wish){0}), pdf = pdf_drawn(a, 1);
    const bytes page = bytes_str("<!DOCTYPE html><html><script>alert(1)</script></html>");
    const bytes program = bytes_of("\x7F"
                                   "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1\0\0\0",
                                   24);
    const bytes archive = bytes_of("PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                                   30);
    refuse(list, "page.jpg", "image/jpeg", page, WHY(WRONG_TYPE));
    refuse(list, "program.pdf", "application/pdf", program, WHY(WRONG_TYPE));
    refuse(list, "archive.png", "image/png", archive, WHY(WRONG_TYPE));
    refuse(list, "pdf as jpg", "image/jpeg", pdf, WHY(WRONG_TYPE));
    refuse(list, "jpg as pdf", "application/pdf", jpeg, WHY(WRONG_TYPE));
    refuse(list, "jpg as png", "image/png", jpeg, WHY(WRONG_TYPE));
    refuse(list, "jpg as heic", "image/heic", jpeg, WHY(WRONG_TYPE));
    refuse(list, "text.heic", "image/heic", bytes_str("I am alive."), WHY(WRONG_TYPE));
    refuse(list, "gif.png", "image/png", bytes_of("GIF89a\1\0\1\0\0\0\0;", 14), WHY(WRONG_TYPE));
    refuse(list, "film as heic", "image/heic", film_mp4(a), WHY(WRONG_TYPE));
    refuse(list, "program of the shell", "image/jpeg", bytes_str("#!/bin/sh\nexit\n"),
           WHY(WRONG_TYPE));
    refuse(list, "zeroes.png", "image/png", bytes_of((uint8_t[512]){0}, 512), WHY(WRONG_TYPE));
    refuse(list, "unknown type", "text/html", page, WHY(WRONG_TYPE));
    refuse(list, "empty.pdf", "application/pdf", bytes_of(NULL, 0), WHY(EMPTY));
    refuse(list, "empty.jpg", "image/jpeg", bytes_of(NULL, 0), WHY(EMPTY));
}

/* --- cut off --- */

static void add_cuts_of(struct file_list *list, const char *name, const char *type, bytes whole)
{
    static const unsigned percents[] = {20, 35, 50, 65, 80, 95, 99};
    for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
        refuse(list, arena_printf(&list->arena, "%s, its first %u percent", name, percents[i]),
               type, bytes_head(whole, whole.len * percents[i] / 100), WHY(TRUNCATED));
    }
}

static void add_cuts(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture small = picture_draw(a, 640, 480, LOOK_TEXT);
    const bytes jpeg = picture_jpeg(a, &small, &(struct jpeg_wish){0});
    const bytes png = picture_png(a, &small, &(struct png_wish){0});
    add_cuts_of(list, "jpg", "image/jpeg", jpeg);
    add_cuts_of(list, "progressive jpg", "image/jpeg",
                picture_jpeg(a, &small, &(struct jpeg_wish){.progressive = true}));
    add_cuts_of(list, "png", "image/png", png);
    add_cuts_of(list, "heic", "image/heic", picture_heic(a, &small, bytes_of(NULL, 0)));
    add_cuts_of(list, "pdf", "application/pdf", pdf_drawn(a, 2));
    add_cuts_of(list, "packed pdf", "application/pdf", pdf_packed(a, pdf_drawn(a, 2)));
    refuse(list, "jpg without its last byte", "image/jpeg", bytes_head(jpeg, jpeg.len - 1),
           WHY(TRUNCATED));
    refuse(list, "png without its end", "image/png", bytes_head(png, png.len - 12), WHY(TRUNCATED));
}

/* --- bombs --- */

static uint8_t *put_chunk(uint8_t *to, const char *name, bytes content)
{
    put_be32(to, (uint32_t)content.len);
    memcpy(to + 4, name, 4);
    memcpy(to + 8, content.ptr, content.len);
    put_be32(to + 8 + content.len, (uint32_t)crc32(0, to + 4, (uInt)content.len + 4));
    return to + content.len + 12;
}

static bytes png_bomb(struct arena *arena)
{
    uint8_t head[13] = {0}, rows[64], *file = arena_alloc(arena, 256);
    uLongf len = sizeof rows;
    put_be32(head, 30000);
    put_be32(head + 4, 30000);
    head[8] = 8;
    (void)compress(rows, &len, (const uint8_t *)"\0\0\0\0", 4);
    memcpy(file, "\x89PNG\r\n\x1A\n", 8);
    uint8_t *end = put_chunk(file + 8, "IHDR", bytes_of(head, sizeof head));
    end = put_chunk(end, "IDAT", bytes_of(rows, len));
    end = put_chunk(end, "IEND", bytes_of("", 0));
    return bytes_of(file, (size_t)(end - file));
}

/* The size in a frame header, whichever kind it is. */
static bytes jpeg_resized(struct arena *arena, bytes jpeg, uint16_t width, uint16_t height)
{
    bytes copy = arena_copy(arena, jpeg);
    uint8_t *data = (uint8_t *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i + 9 < copy.len; i++) {
        if (data[i] == 0xFF && (data[i + 1] == 0xC0 || data[i + 1] == 0xC2)) {
            const uint8_t size[] = {(uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8),
                                    (uint8_t)width};
            memcpy(data + i + 5, size, sizeof size);
            return copy;
        }
    }
    assert(false);
    return copy;
}

/* The last pass over the picture, a thousand times. */
static bytes jpeg_of_many_passes(struct arena *arena, bytes jpeg)
{
    size_t scan = jpeg.len;
    while (scan > 0 && !(jpeg.ptr[scan - 1] == 0xFF && jpeg.ptr[scan] == 0xDA)) {
        scan--;
    }
    const bytes pass = bytes_of(jpeg.ptr + scan - 1, jpeg.len - 2 - (scan - 1));
    uint8_t *out = arena_alloc(arena, jpeg.len + 1000 * pass.len);
    assert(out != NULL);
    memcpy(out, jpeg.ptr, jpeg.len - 2);
    uint8_t *end = out + jpeg.len - 2;
    for (int i = 0; i < 1000; i++, end += pass.len) {
        memcpy(end, pass.ptr, pass.len);
    }
    memcpy(end, "\xFF\xD9", 2);
    return bytes_of(out, (size_t)(end + 2 - out));
}

static void add_bombs(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture small = picture_draw(a, 64, 64, LOOK_TEXT);
    const bytes jpeg = picture_jpeg(a, &small, &(struct jpeg_wish){0});
    const bytes progressive = picture_jpeg(a, &small, &(struct jpeg_wish){.progressive = true});
    refuse(list, "bomb.png", "image/png", png_bomb(a), WHY(TOO_LARGE));
    refuse(list, "bomb.jpg", "image/jpeg", jpeg_resized(a, jpeg, 65500, 65500), WHY(TOO_LARGE));
    refuse(list, "progressive bomb.jpg", "image/jpeg", jpeg_resized(a, progressive, 40000, 40000),
           WHY(TOO_LARGE));
    refuse(list, "a thousand passes.jpg", "image/jpeg", jpeg_of_many_passes(a, progressive),
           WHY(TOO_LARGE));
    (void)file_list_add(list, "no height.jpg", "image/jpeg", jpeg_resized(a, jpeg, 64, 0));
    (void)file_list_add(list, "one row of 65500.jpg", "image/jpeg",
                        jpeg_resized(a, jpeg, 65500, 1));
}

/* --- two things at once --- */

bytes archive_of_one(struct arena *arena)
{
    static const char file[] = "PK\3\4\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0a"
                               "PK\1\2\12\0\12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0"
                               "\0\0\0\0\0\0\0\0\0\0\0\0\0a"
                               "PK\5\6\0\0\0\0\1\0\1\0\x2f\0\0\0\x1f\0\0\0\0\0";
    return arena_copy(arena, bytes_of(file, sizeof file - 1));
}

static void add_polyglots(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture small = picture_draw(a, 320, 240, LOOK_TEXT);
    const bytes jpeg = picture_jpeg(a, &small, &(struct jpeg_wish){0});
    const bytes png = picture_png(a, &small, &(struct png_wish){0});
    const bytes heic = picture_heic(a, &small, bytes_of(NULL, 0));
    const bytes pdf = pdf_drawn(a, 1), archive = archive_of_one(a);
    const bytes page = bytes_str("\n<HTML><SCRIPT>alert(1)</SCRIPT></HTML>");
    const struct {
        const char *name, *type;
        bytes data;
    } files[] = {
        {"jpg and pdf", "image/jpeg", joined(a, jpeg, pdf)},
        {"jpg and archive", "image/jpeg", joined(a, jpeg, archive)},
        {"jpg and page", "image/jpeg", joined(a, jpeg, page)},
        {"jpg and program", "image/jpeg", joined(a, jpeg, bytes_str("MZ a program"))},
        {"jpg with a pdf in its head", "image/jpeg",
         picture_jpeg(a, &small, &(struct jpeg_wish){.comment = bytes_head(pdf, 60000)})},
        {"jpg with a page in its head", "image/jpeg",
         picture_jpeg(a, &small, &(struct jpeg_wish){.comment = page})},
        {"png and archive", "image/png", joined(a, png, archive)},
        {"png and pdf", "image/png", joined(a, png, pdf)},
        {"png and page", "image/png", joined(a, png, page)},
        {"heic and pdf", "image/heic", joined(a, heic, pdf)},
        {"heic and archive", "image/heic", joined(a, heic, archive)},
        {"pdf and archive", "application/pdf", joined(a, pdf, archive)},
        {"pdf and page", "application/pdf", joined(a, pdf, page)},
        {"pdf and program", "application/pdf",
         joined(a, pdf,
                bytes_str("\x7F"
                          "ELF"))},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        refuse(list, files[i].name, files[i].type, files[i].data, WHY(POLYGLOT));
    }
}

/* --- damaged where it is known how --- */

static void add_damaged(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture small = picture_draw(a, 320, 240, LOOK_TEXT);
    bytes png = arena_copy(a, picture_png(a, &small, &(struct png_wish){0}));
    ((uint8_t *)(uintptr_t)png.ptr)[png.len / 2] ^= 0x40;
    refuse(list, "png with a wrong check sum", "image/png", png, WHY(UNREADABLE));
    refuse(list, "jpg without a picture", "image/jpeg",
           bytes_of("\xFF\xD8\xFF\xE0\0\20JFIF\0\1\1\0\0\1\0\1\0\0\xFF\xD9", 22), WHY(UNREADABLE));
    refuse(list, "pdf of brackets", "application/pdf",
           joined(a,
                  joined(a, bytes_str("%PDF-1.4\n1 0 obj\n"),
                         bytes_of(memset(arena_alloc(a, 200000), '[', 200000), 200000)),
                  bytes_str("\nendobj\nstartxref\n9\n%%EOF\n")),
           WHY(UNREADABLE));
}

void files_add_hostile(struct file_list *list)
{
    add_wrong_types(list);
    add_cuts(list);
    add_bombs(list);
    add_polyglots(list);
    add_damaged(list);
    files_add_hostile_pdfs(list);
    files_add_hostile_films(list);
}
