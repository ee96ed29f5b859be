/*
 * files: what the checker is tried with: real files made on the spot by the libraries that make such files elsewhere, and hostile ones
 * made from them.  The same in every run: nothing depends on the time or on chance.
 *
 * Memory   a list's files live in its arena.
 * Everything fails by assertions.
 */
#ifndef HAYAT_TESTS_CHECKER_FILES_H
#define HAYAT_TESTS_CHECKER_FILES_H

#include "base/arena.h"
#include "base/limits.h"
#include "checker/finding.h"

enum { FILES_MAX = 1024 };

struct file {
    const char *name, *type;
    bytes data;
    bool reason_known;   /* else any answer is good, as long as there is one */
    check_reason reason; /* PASSED for what must pass ... */
    uint32_t page;       /* ... the page it is about ... */
    uint32_t page_count; /* ... and how many there are; 0: not looked at */
};

struct file_list {
    struct arena arena;
    size_t count;
    struct file files[FILES_MAX];
};

void file_list_init(struct file_list *list);
void file_list_fini(struct file_list *list);
/* Copies DATA. */
struct file *file_list_add(struct file_list *list, const char *name, const char *type, bytes data);
/* ... whose answer is known. */
struct file *file_list_expect(struct file_list *list, const struct file *expected);

/* Scans and photos as members send them. */
void files_add_valid(struct file_list *list);
/* Made by hand, each refused for a reason that is known. */
void files_add_hostile(struct file_list *list);
/* COUNT damaged copies of what is in the list, in a fixed order. */
void files_add_mutants(struct file_list *list, size_t count);

/* --- what they are made of --- */

enum look { LOOK_TEXT, LOOK_BLURRED, LOOK_PALE, LOOK_BLANK };

/* A drawn sheet; rows of WIDTH pixels of four bytes: blue, green, red, unused. */
struct picture {
    uint32_t width, height;
    uint8_t *pixels;
};
struct picture picture_draw(struct arena *arena, uint32_t width, uint32_t height, enum look look);

struct jpeg_wish {
    bool progressive, grey, inks;
    bytes exif, comment;
};
bytes picture_jpeg(struct arena *arena, const struct picture *picture,
                   const struct jpeg_wish *wish);
/* An EXIF block with a place in Casablanca, a time, a camera and an orientation. */
bytes picture_exif(struct arena *arena, uint8_t orientation);

struct png_wish {
    bool interlaced, grey;
    const char *text; /* NULL: none */
};
bytes picture_png(struct arena *arena, const struct picture *picture, const struct png_wish *wish);
bytes picture_heic(struct arena *arena, const struct picture *picture, bytes exif);
/* Twenty seconds of picture and sound, unless something else is wished for. */
struct film_wish {
    bool place;           /* where, when and by what it was made, all over it */
    bool long_times;      /* in 64 bits */
    uint64_t ticks;       /* thousandths of a second; 0: twenty seconds ... */
    uint64_t track_ticks; /* ... as its tracks say; 0: the same */
    bool no_picture, no_sound, no_samples, no_clock, no_length, elsewhere;
    unsigned more_tracks, more_movies;
    const char *third_track;               /* its kind, four letters */
    const char *first_box, *first_content; /* behind ftyp; NULL: none */
};
bytes film_made(struct arena *arena, const struct film_wish *wish);
/* One with a place in it. */
bytes film_mp4(struct arena *arena);

/* Pages drawn by Cairo. */
bytes pdf_drawn(struct arena *arena, uint32_t pages);
/* Pages that are photos, as scanners' programs make them. */
bytes pdf_scanned(struct arena *arena, bytes jpeg, uint32_t pages);
/* Objects written one behind the other, numbered from 1, the first being the catalogue, with a table of where they are. */
bytes pdf_of_objects(struct arena *arena, const char *const *objects, size_t count);
/* The same through qpdf: with its objects packed into streams; encrypted under a password, which may be empty. */
bytes pdf_packed(struct arena *arena, bytes pdf);
bytes pdf_encrypted(struct arena *arena, bytes pdf, const char *password);

bytes joined(struct arena *arena, bytes a, bytes b);
/* A zip with one empty file. */
bytes archive_of_one(struct arena *arena);

#endif
