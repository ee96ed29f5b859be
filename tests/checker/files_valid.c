/* Scans and photos for files.h, as members send them: all of these must pass. */
#include "base/array.h"
#include "tests/checker/files.h"

static const char HEAD_OF_SECOND_PICTURE[] =
    "\xFF\xD8\xFF\xE0 a second picture, as telephones put behind the first";

static void pass(struct file_list *list, const char *name, const char *type, bytes data)
{
    file_list_expect(list,
                     &(struct file){.name = name, .type = type, .data = data, .page_count = 1});
}

static void add_jpegs(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture phone = picture_draw(a, 3000, 4000, LOOK_TEXT);
    const struct picture scan = picture_draw(a, 1240, 1754, LOOK_TEXT);
    const struct picture small = picture_draw(a, 640, 480, LOOK_TEXT);
    const bytes plain = picture_jpeg(a, &small, &(struct jpeg_wish){0});
    pass(list, "photo of 12 megapixels.jpg", "image/jpeg",
         picture_jpeg(a, &phone, &(struct jpeg_wish){.exif = picture_exif(a, 6)}));
    pass(list, "scan.jpg", "image/jpeg", picture_jpeg(a, &scan, &(struct jpeg_wish){0}));
    pass(list, "progressive.jpg", "image/jpeg",
         picture_jpeg(a, &scan, &(struct jpeg_wish){.progressive = true}));
    pass(list, "grey.jpg", "image/jpeg", picture_jpeg(a, &scan, &(struct jpeg_wish){.grey = true}));
    pass(list, "inks.jpg", "image/jpeg",
         picture_jpeg(a, &small, &(struct jpeg_wish){.inks = true}));
    pass(list, "small.jpg", "image/jpeg", plain);
    pass(list, "turned.jpg", "image/jpeg",
         picture_jpeg(a, &small, &(struct jpeg_wish){.exif = picture_exif(a, 8)}));
    pass(list, "with a second picture.jpg", "image/jpeg",
         joined(a, plain, bytes_of(HEAD_OF_SECOND_PICTURE, sizeof HEAD_OF_SECOND_PICTURE)));
    pass(list, "with a film.jpg", "image/jpeg", joined(a, plain, film_mp4(a)));
    pass(list, "with zeroes.jpg", "image/jpeg", joined(a, plain, bytes_of((uint8_t[64]){0}, 64)));
}

static void add_pngs(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture scan = picture_draw(a, 1240, 1754, LOOK_TEXT);
    const struct picture small = picture_draw(a, 640, 480, LOOK_TEXT);
    pass(list, "scan.png", "image/png", picture_png(a, &scan, &(struct png_wish){0}));
    pass(list, "grey.png", "image/png", picture_png(a, &small, &(struct png_wish){.grey = true}));
    pass(list, "interlaced.png", "image/png",
         picture_png(a, &small, &(struct png_wish){.interlaced = true}));
    pass(list, "with a text.png", "image/png",
         picture_png(a, &small, &(struct png_wish){.text = "GPS-Casablanca"}));
}

static void add_heics(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture phone = picture_draw(a, 1200, 1600, LOOK_TEXT);
    const struct picture small = picture_draw(a, 320, 240, LOOK_TEXT);
    pass(list, "photo.heic", "image/heic", picture_heic(a, &phone, picture_exif(a, 6)));
    pass(list, "small.heic", "image/heic", picture_heic(a, &small, bytes_of(NULL, 0)));
}

static void add_pdfs(struct file_list *list)
{
    struct arena *a = &list->arena;
    const struct picture scan = picture_draw(a, 1240, 1754, LOOK_TEXT);
    const bytes photo = picture_jpeg(a, &scan, &(struct jpeg_wish){.exif = picture_exif(a, 1)});
    const bytes one = pdf_drawn(a, 1), three = pdf_drawn(a, 3), scanned = pdf_scanned(a, photo, 2);
    pass(list, "drawn.pdf", "application/pdf", one);
    pass(list, "packed.pdf", "application/pdf", pdf_packed(a, one));
    file_list_expect(list, &(struct file){.name = "drawn, three pages.pdf",
                                          .type = "application/pdf",
                                          .data = three,
                                          .page_count = 3});
    file_list_expect(list, &(struct file){.name = "scanned, two pages.pdf",
                                          .type = "application/pdf",
                                          .data = scanned,
                                          .page_count = 2});
    file_list_expect(list, &(struct file){.name = "twenty pages.pdf",
                                          .type = "application/pdf",
                                          .data = pdf_drawn(a, LIMIT_CHECK_PAGES),
                                          .page_count = LIMIT_CHECK_PAGES});
}

static void add_films(struct file_list *list)
{
    static const struct {
        const char *name;
        struct film_wish wish;
    } films[] = {
        {"film.mp4", {.place = true}},
        {"film with long times.mp4", {.place = true, .long_times = true}},
        {"film of four seconds.mp4", {.ticks = 4000}},
        {"film of two minutes.mp4", {.ticks = 120000}},
        {"film with two pictures.mp4", {.more_tracks = 1}},
        {"film with free space.mp4", {.first_box = "free", .first_content = "Author"}},
        {"film with a private box.mp4", {.first_box = "uuid", .first_content = "Casabla"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(films); i++) {
        file_list_expect(list, &(struct file){.name = films[i].name,
                                              .type = "video/mp4",
                                              .data = film_made(&list->arena, &films[i].wish)});
    }
}

void files_add_valid(struct file_list *list)
{
    add_jpegs(list);
    add_pngs(list);
    add_heics(list);
    add_pdfs(list);
    add_films(list);
}
