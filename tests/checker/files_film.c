/* Films for files.h: boxes as telephones write them, with samples that no decoder would take: nobody decodes them here. */
#include <assert.h>
#include <string.h>

#include "base/codec.h"
#include "tests/checker/files.h"

enum { FILM_BYTES_MAX = 1 << 20, TICKS = 1000, BOXES_DEEP = 12 };

struct film {
    const struct film_wish *wish;
    uint8_t *data;
    size_t len;
    size_t begun[BOXES_DEEP];
    size_t depth;
};

static void put(struct film *film, const void *data, size_t len)
{
    assert(film->len + len <= FILM_BYTES_MAX);
    memcpy(film->data + film->len, data, len);
    film->len += len;
}

static void put_zeroes(struct film *film, size_t len)
{
    assert(film->len + len <= FILM_BYTES_MAX);
    memset(film->data + film->len, 0, len);
    film->len += len;
}

static void put_number(struct film *film, uint32_t number)
{
    uint8_t four[4];
    put_be32(four, number);
    put(film, four, sizeof four);
}

static void begin(struct film *film, const char *name)
{
    assert(film->depth < BOXES_DEEP);
    film->begun[film->depth++] = film->len;
    put_number(film, 0);
    put(film, name, 4);
}

static void end(struct film *film)
{
    const size_t at = film->begun[--film->depth];
    put_be32(film->data + at, (uint32_t)(film->len - at));
}

/* Version, when it was made and changed, and how long it is; mvhd and mdhd begin so. */
static void put_times(struct film *film, uint64_t ticks)
{
    const bool is_long = film->wish->long_times;
    uint8_t eight[8];
    put_number(film, is_long ? 1U << 24 : 0);
    put(film, "Made-at-Changed-at-", is_long ? 16 : 8);
    put_number(film, film->wish->no_clock ? 0 : TICKS);
    if (is_long) {
        put_be64(eight, ticks);
        put(film, eight, sizeof eight);
    } else {
        put_number(film, (uint32_t)ticks);
    }
}

static uint64_t ticks_of(const struct film *film)
{
    const uint64_t usual = film->wish->no_length ? 0 : UINT64_C(20) * TICKS;
    return film->wish->ticks != 0 ? film->wish->ticks : usual;
}

static void put_place(struct film *film)
{
    begin(film, "udta");
    begin(film, "\xA9xyz");
    put(film, "\0\x15\x15\xC7+33.57-007.59/Casabla", 25); /* length, language, text */
    end(film);
    end(film);
    begin(film, "meta");
    put(film, "GPS-Casablanca and Location", 27);
    end(film);
}

/* Where the bytes are: here, or at an address. */
static void put_references(struct film *film)
{
    begin(film, "dinf");
    begin(film, "dref");
    put_number(film, 0);
    put_number(film, 1);
    begin(film, "url ");
    put_number(film, film->wish->elsewhere ? 0 : 1);
    put(film, "http://192.0.2.1/", film->wish->elsewhere ? 18 : 0);
    end(film);
    end(film);
    end(film);
}

static void put_table(struct film *film)
{
    begin(film, "stbl");
    begin(film, "stsd");
    put_zeroes(film, 8);
    end(film);
    begin(film, "stsz");
    put_number(film, 0);
    put_number(film, 16);
    put_number(film, film->wish->no_samples ? 0 : 20);
    end(film);
    if (film->wish->place) {
        begin(film, "uuid");
        put(film, "Author", 6);
        end(film);
    }
    end(film);
}

static void put_track(struct film *film, const char *kind)
{
    begin(film, "trak");
    begin(film, "tkhd");
    put_number(film, 7);
    put(film, "Made-at-Changed-at-", 19);
    put_zeroes(film, 61);
    end(film);
    begin(film, "mdia");
    begin(film, "mdhd");
    put_times(film, film->wish->track_ticks != 0 ? film->wish->track_ticks : ticks_of(film));
    put_zeroes(film, 4);
    end(film);
    begin(film, "hdlr");
    put_zeroes(film, 8);
    put(film, kind, 4);
    put_zeroes(film, 12);
    put(film, "Cam", 4);
    end(film);
    begin(film, "minf");
    begin(film, kind[0] == 'v' ? "vmhd" : "smhd");
    put_zeroes(film, 12);
    end(film);
    put_references(film);
    put_table(film);
    end(film);
    end(film);
    end(film);
}

static void put_movie(struct film *film)
{
    const struct film_wish *wish = film->wish;
    begin(film, "moov");
    begin(film, "mvhd");
    put_times(film, ticks_of(film));
    put_zeroes(film, 80);
    end(film);
    for (unsigned i = 0; !wish->no_picture && i < 1 + wish->more_tracks; i++) {
        put_track(film, "vide");
    }
    if (!wish->no_sound) {
        put_track(film, "soun");
    }
    if (wish->third_track != NULL) {
        put_track(film, wish->third_track);
    }
    if (wish->place) {
        put_place(film);
    }
    end(film);
}

bytes film_made(struct arena *arena, const struct film_wish *wish)
{
    static const uint8_t samples[320] = {1, 2, 3};
    struct film film = {.wish = wish, .data = arena_alloc(arena, FILM_BYTES_MAX)};
    assert(film.data != NULL);
    begin(&film, "ftyp");
    put(&film, "isom\0\0\2\0isommp42", 16);
    end(&film);
    if (wish->first_box != NULL) {
        begin(&film, wish->first_box);
        put(&film, wish->first_content, strlen(wish->first_content));
        end(&film);
    }
    begin(&film, "mdat");
    put(&film, samples, sizeof samples);
    end(&film);
    for (unsigned i = 0; i < 1 + wish->more_movies; i++) {
        put_movie(&film);
    }
    return bytes_of(film.data, film.len);
}

bytes film_mp4(struct arena *arena)
{
    return film_made(arena, &(struct film_wish){.place = true});
}
