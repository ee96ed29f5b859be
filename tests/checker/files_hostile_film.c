/* Hostile films for files.h, each with the reason it must be refused for (server/checker/film.h). */
#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/codec.h"
#include "tests/checker/files.h"

void files_add_hostile_films(struct file_list *list);

static void refuse(struct file_list *list, const char *name, bytes data, check_reason reason)
{
    file_list_expect(
        list, &(struct file){.name = name, .type = "video/mp4", .data = data, .reason = reason});
}

/* --- what it tells --- */

static void add_wishes(struct file_list *list)
{
    const struct {
        const char *name;
        struct film_wish wish;
        check_reason reason;
    } rows[] = {
        {"film without a picture", {.no_picture = true}, WHY(NO_PICTURE)},
        {"film without a sound", {.no_sound = true}, WHY(NO_SOUND)},
        {"film of nothing", {.no_picture = true, .no_sound = true}, WHY(NO_PICTURE)},
        {"film of three seconds", {.ticks = 3999}, WHY(TOO_SHORT)},
        {"film of more than two minutes", {.ticks = 120001}, WHY(TOO_LONG)},
        {"film of 49 days", {.ticks = UINT32_MAX}, WHY(TOO_LONG)},
        {"film of all time", {.long_times = true, .ticks = UINT64_MAX}, WHY(TOO_LONG)},
        {"film whose track is longer", {.track_ticks = 500000}, WHY(TOO_LONG)},
        {"film whose track is shorter", {.track_ticks = 1}, WHY(TOO_SHORT)},
        {"film in fragments", {.no_length = true}, WHY(UNREADABLE)},
        {"film without a clock", {.no_clock = true}, WHY(UNREADABLE)},
        {"film without samples", {.no_samples = true}, WHY(UNREADABLE)},
        {"film of two movies", {.more_movies = 1}, WHY(UNREADABLE)},
        {"film of many tracks", {.more_tracks = LIMIT_FILM_TRACKS}, WHY(EMBEDDED_FILE)},
        {"film with places by the second", {.third_track = "meta"}, WHY(EMBEDDED_FILE)},
        {"film with a text", {.third_track = "sbtl"}, WHY(EMBEDDED_FILE)},
        {"film that is elsewhere", {.elsewhere = true}, WHY(EMBEDDED_FILE)},
        {"film with a page in its head",
         {.first_box = "free", .first_content = "<html><script>alert(1)</script></html>"},
         WHY(POLYGLOT)},
        {"film with a pdf in its head",
         {.first_box = "free", .first_content = "%PDF-1.4 1 0 obj"},
         WHY(POLYGLOT)},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        refuse(list, rows[i].name, film_made(&list->arena, &rows[i].wish), rows[i].reason);
    }
}

/* --- how it is put together --- */

static uint8_t *at_box(bytes film, const char *name)
{
    size_t at = 4;
    while (memcmp(film.ptr + at, name, 4) != 0) {
        at++;
        assert(at + 4 <= film.len);
    }
    return (uint8_t *)(uintptr_t)film.ptr + at - 4;
}

/* The box of that name says another size. */
static bytes resized(struct arena *arena, const char *name, uint32_t size)
{
    const bytes film = film_made(arena, &(struct film_wish){0});
    put_be32(at_box(film, name), size);
    return film;
}

/* ... in the eight bytes behind its name. */
static bytes resized_long(struct arena *arena, const char *name, uint64_t size)
{
    const bytes film = resized(arena, name, 1);
    put_be64(at_box(film, name) + 8, size);
    return film;
}

static bytes renamed(struct arena *arena, const char *name, const char *other)
{
    const bytes film = film_made(arena, &(struct film_wish){0});
    memcpy(at_box(film, name) + 4, other, 4);
    return film;
}

/* moov in moov in moov: nobody follows. */
static bytes nested(struct arena *arena)
{
    enum { DEPTH = 20000, HEAD = 8 };
    const bytes film = film_made(arena, &(struct film_wish){0});
    const size_t head = (size_t)(at_box(film, "moov") - film.ptr);
    uint8_t *data = arena_alloc(arena, head + (size_t)DEPTH * HEAD);
    memcpy(data, film.ptr, head);
    for (uint32_t i = 0; i < DEPTH; i++) {
        put_be32(data + head + (size_t)i * HEAD, (DEPTH - i) * HEAD);
        memcpy(data + head + (size_t)i * HEAD + 4, "moov", 4);
    }
    return bytes_of(data, head + (size_t)DEPTH * HEAD);
}

static void add_structures(struct file_list *list)
{
    struct arena *a = &list->arena;
    const bytes film = film_made(a, &(struct film_wish){0});
    refuse(list, "film, cut", bytes_head(film, 100), WHY(TRUNCATED));
    refuse(list, "film without its last byte", bytes_head(film, film.len - 1), WHY(TRUNCATED));
    refuse(list, "film that was not finished", bytes_head(film, film.len / 2), WHY(TRUNCATED));
    refuse(list, "film without moov", renamed(a, "moov", "free"), WHY(TRUNCATED));
    refuse(list, "film without mdat", renamed(a, "mdat", "free"), WHY(TRUNCATED));
    refuse(list, "film without mvhd", renamed(a, "mvhd", "free"), WHY(UNREADABLE));
    refuse(list, "film without minf", renamed(a, "minf", "free"), WHY(UNREADABLE));
    refuse(list, "film whose mdat goes on to the end", resized(a, "mdat", 0), WHY(TRUNCATED));
    refuse(list, "film whose moov goes on to the end", resized(a, "moov", 0), WHY(TRUNCATED));
    refuse(list, "film whose mdia goes on to the end", resized(a, "mdia", 0), WHY(TRUNCATED));
    refuse(list, "film with a box of seven bytes", resized(a, "mvhd", 7), WHY(UNREADABLE));
    refuse(list, "film with a box that is too large", resized(a, "mdat", UINT32_MAX),
           WHY(TRUNCATED));
    refuse(list, "film with a box past its parent", resized(a, "mdia", 1 << 20), WHY(TRUNCATED));
    refuse(list, "film with a box past all numbers", resized_long(a, "mdat", UINT64_MAX),
           WHY(TRUNCATED));
    refuse(list, "film with a box of minus one", resized_long(a, "mdat", 15), WHY(UNREADABLE));
    refuse(list, "film of twenty thousand boxes in each other", nested(a), WHY(UNREADABLE));
}

void files_add_hostile_films(struct file_list *list)
{
    struct arena *a = &list->arena;
    const bytes film = film_made(a, &(struct film_wish){0});
    const bytes page = bytes_str("\n<HTML><SCRIPT>alert(1)</SCRIPT></HTML>");
    add_wishes(list);
    add_structures(list);
    refuse(list, "film and archive", joined(a, film, archive_of_one(a)), WHY(POLYGLOT));
    refuse(list, "film and page", joined(a, film, page), WHY(POLYGLOT));
    refuse(list, "film and pdf", joined(a, film, pdf_drawn(a, 1)), WHY(POLYGLOT));
    refuse(list, "film and zeroes", joined(a, film, bytes_of((uint8_t[64]){0}, 64)), WHY(POLYGLOT));
    refuse(list, "film and garbage", joined(a, film, bytes_str("\1\2\3\4\5\6\7\10garbage")),
           WHY(POLYGLOT));
    refuse(list, "film of another kind", renamed(a, "isom", "qt  "), WHY(WRONG_TYPE));
}
