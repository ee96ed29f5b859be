#include "checker/film.h"

#include <string.h>

#include "base/array.h"
#include "base/codec.h"
#include "checker/boxes.h"

/* --- what is kept --- */

enum { FILE_LEVEL, MOVIE, TRACK, MEDIA, INFORMATION, TABLE };

/* The boxes a player needs, level by level; all others are free space in the copy for agents.  NEXT: its content is a level of its own. */
static const struct {
    int level;
    const char *name;
    int next; /* 0: kept as it is */
} kept[] = {
    {FILE_LEVEL, "ftyp", 0},  {FILE_LEVEL, "moov", MOVIE},  {FILE_LEVEL, "mdat", 0},
    {MOVIE, "mvhd", 0},       {MOVIE, "trak", TRACK},       {TRACK, "tkhd", 0},
    {TRACK, "edts", 0},       {TRACK, "mdia", MEDIA},       {MEDIA, "mdhd", 0},
    {MEDIA, "hdlr", 0},       {MEDIA, "minf", INFORMATION}, {INFORMATION, "vmhd", 0},
    {INFORMATION, "smhd", 0}, {INFORMATION, "dinf", 0},     {INFORMATION, "stbl", TABLE},
    {TABLE, "stsd", 0},       {TABLE, "stts", 0},           {TABLE, "ctts", 0},
    {TABLE, "stss", 0},       {TABLE, "stsc", 0},           {TABLE, "stsz", 0},
    {TABLE, "stco", 0},       {TABLE, "co64", 0},           {TABLE, "sdtp", 0},
    {TABLE, "sgpd", 0},       {TABLE, "sbgp", 0},
};

/* --- looking --- */

/* A film that is finished says how long each box is; one that says "to the end" was cut off while it was written. */
static check_reason next_box(bytes *rest, struct box *ret_box)
{
    check_reason reason = box_looks_like_one(*rest) ? box_at(*rest, ret_box) : WHY(UNREADABLE);
    if (reason == PASSED && get_be32(rest->ptr) == 0) {
        reason = WHY(TRUNCATED);
    }
    if (reason == PASSED) {
        *rest = bytes_skip(*rest, ret_box->whole.len);
    }
    return reason;
}

/* The first of that name in LEVEL, and that there is none other; UNREADABLE without one. */
static check_reason find_one(bytes level, const char *name, struct box *ret_box)
{
    struct box box;
    bool found = false;
    while (level.len > 0) {
        const check_reason reason = next_box(&level, &box);
        if (reason != PASSED) {
            return reason;
        }
        if (box_is(&box, name)) {
            if (found) {
                return WHY(UNREADABLE);
            }
            *ret_box = box;
            found = true;
        }
    }
    return found ? PASSED : WHY(UNREADABLE);
}

enum { VERSION_BYTES = 4, SHORT_TIMES_BYTES = 8, LONG_TIMES_BYTES = 16 };

/* mvhd and mdhd begin alike: a version, two times, ticks in a second, ticks in all. */
static check_reason check_duration(bytes head)
{
    const bool is_long = head.len > 0 && head.ptr[0] == 1;
    const bytes rest = bytes_skip(head,
                                  VERSION_BYTES + (is_long ? LONG_TIMES_BYTES : SHORT_TIMES_BYTES));
    if (rest.len < (is_long ? 12U : 8U) || head.ptr[0] > 1) {
        return WHY(UNREADABLE);
    }
    const uint64_t second = get_be32(rest.ptr);
    const uint64_t ticks = is_long ? get_be64(rest.ptr + 4) : get_be32(rest.ptr + 4);
    if (second == 0 || ticks == 0) { /* 0: in fragments that are told of elsewhere, one by one */
        return WHY(UNREADABLE);
    }
    if (ticks > second * LIMIT_FILM_MAX_SECONDS) {
        return WHY(TOO_LONG);
    }
    return ticks < second * LIMIT_FILM_MIN_SECONDS ? WHY(TOO_SHORT) : PASSED;
}

struct tracks {
    size_t pictures, sounds;
};

/* Whether there is anything to show or to play: a table of sample sizes with samples in it. */
static check_reason check_samples(bytes information)
{
    struct box table, sizes;
    enum { COUNT_AT = 8, COUNT_END = 12 };
    check_reason reason = find_one(information, "stbl", &table);
    reason = reason == PASSED ? find_one(table.content, "stsz", &sizes) : reason;
    if (reason != PASSED) {
        return reason;
    }
    return sizes.content.len >= COUNT_END && get_be32(sizes.content.ptr + COUNT_AT) > 0
               ? PASSED
               : WHY(UNREADABLE);
}

/* That its bytes are in this file: a player would fetch those of another from wherever the file says. */
static check_reason check_references(bytes information)
{
    struct box data, list, reference;
    enum { FIRST_AT = 8, HERE = 1 };
    check_reason reason = find_one(information, "dinf", &data);
    reason = reason == PASSED ? find_one(data.content, "dref", &list) : reason;
    bytes rest = reason == PASSED ? bytes_skip(list.content, FIRST_AT) : bytes_of(NULL, 0);
    while (reason == PASSED && rest.len > 0) {
        reason = next_box(&rest, &reference);
        const bytes flags = reason == PASSED ? reference.content : bytes_of(NULL, 0);
        if (reason == PASSED && (flags.len != VERSION_BYTES || get_be32(flags.ptr) != HERE)) {
            reason = WHY(EMBEDDED_FILE);
        }
    }
    return reason;
}

static check_reason check_media(bytes media)
{
    struct box head, information;
    check_reason reason = find_one(media, "mdhd", &head);
    reason = reason == PASSED ? check_duration(head.content) : reason;
    reason = reason == PASSED ? find_one(media, "minf", &information) : reason;
    reason = reason == PASSED ? check_references(information.content) : reason;
    return reason == PASSED ? check_samples(information.content) : reason;
}

static check_reason check_track(bytes track, struct tracks *tracks)
{
    struct box media, handler;
    enum { KIND_AT = 8, KIND_END = 12 };
    check_reason reason = find_one(track, "mdia", &media);
    reason = reason == PASSED ? find_one(media.content, "hdlr", &handler) : reason;
    if (reason != PASSED || handler.content.len < KIND_END) {
        return reason == PASSED ? WHY(UNREADABLE) : reason;
    }
    const uint8_t *kind = handler.content.ptr + KIND_AT;
    const bool is_picture = memcmp(kind, "vide", BOX_NAME_BYTES) == 0;
    if (!is_picture && memcmp(kind, "soun", BOX_NAME_BYTES) != 0) {
        return WHY(EMBEDDED_FILE); /* places by the second, texts, programs */
    }
    *(is_picture ? &tracks->pictures : &tracks->sounds) += 1;
    return check_media(media.content);
}

static check_reason check_tracks(bytes movie)
{
    struct tracks tracks = {0};
    while (movie.len > 0) {
        struct box box;
        check_reason reason = next_box(&movie, &box);
        if (reason == PASSED && box_is(&box, "trak")) {
            reason = tracks.pictures + tracks.sounds < LIMIT_FILM_TRACKS
                         ? check_track(box.content, &tracks)
                         : WHY(EMBEDDED_FILE);
        }
        if (reason != PASSED) {
            return reason;
        }
    }
    if (tracks.pictures == 0) {
        return WHY(NO_PICTURE);
    }
    return tracks.sounds == 0 ? WHY(NO_SOUND) : PASSED;
}

/* The one moov, and whether there is an mdat, to the file's last byte: what is no box there is another's. */
static check_reason outline(bytes file, struct box *ret_movie, bool *ret_has_data)
{
    size_t movies = 0;
    while (file.len > 0) {
        struct box box;
        const check_reason reason = box_looks_like_one(file) ? next_box(&file, &box)
                                                             : WHY(POLYGLOT);
        if (reason != PASSED) {
            return reason;
        }
        if (box_is(&box, "moov")) {
            *ret_movie = box;
            movies++;
        }
        *ret_has_data |= box_is(&box, "mdat") && box.content.len > 0;
    }
    return movies > 1 ? WHY(UNREADABLE) : PASSED;
}

check_reason film_check(bytes file, size_t *ret_end)
{
    struct box movie = {.name = NULL}, head;
    bool has_data = false;
    *ret_end = file.len;
    check_reason reason = outline(file, &movie, &has_data);
    if (reason == PASSED && (movie.name == NULL || !has_data)) {
        reason = WHY(TRUNCATED); /* cameras write moov last */
    }
    reason = reason == PASSED ? find_one(movie.content, "mvhd", &head) : reason;
    reason = reason == PASSED ? check_duration(head.content) : reason;
    return reason == PASSED ? check_tracks(movie.content) : reason;
}

/* --- stripping --- */

static bool is_kept(const struct box *box, int level, int *ret_next)
{
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        if (kept[i].level == level && box_is(box, kept[i].name)) {
            *ret_next = kept[i].next;
            return true;
        }
    }
    return false;
}

static void blank_out(uint8_t *copy, const struct box *box, const uint8_t *start)
{
    const size_t at = (size_t)(box->whole.ptr - start);
    memcpy(copy + at + BOX_NAME_BYTES, "free", BOX_NAME_BYTES);
    memset(copy + at + (box->whole.len - box->content.len), 0, box->content.len);
}

/* In what is kept: when it was made and changed, and what the camera calls itself. */
static void blank_inside(uint8_t *copy, const struct box *box, const uint8_t *start)
{
    enum { HANDLER_NAME_AT = 24 };
    const bool has_times = box_is(box, "mvhd") || box_is(box, "tkhd") || box_is(box, "mdhd");
    uint8_t *content = copy + (box->content.ptr - start);
    const size_t len = box->content.len;
    if (has_times && len >= VERSION_BYTES + LONG_TIMES_BYTES) {
        memset(content + VERSION_BYTES, 0, content[0] == 1 ? LONG_TIMES_BYTES : SHORT_TIMES_BYTES);
    } else if (box_is(box, "hdlr") && len > HANDLER_NAME_AT) {
        memset(content + HANDLER_NAME_AT, 0, len - HANDLER_NAME_AT);
    }
}

static check_reason strip(bytes file, uint8_t *copy, bytes level, int depth)
{
    while (level.len > 0) {
        struct box box;
        int next = 0;
        check_reason reason = next_box(&level, &box);
        if (reason != PASSED) {
            return reason;
        }
        if (!is_kept(&box, depth, &next)) {
            blank_out(copy, &box, file.ptr);
            continue;
        }
        blank_inside(copy, &box, file.ptr);
        reason = next == 0 ? PASSED : strip(file, copy, box.content, next); /* six deep at most */
        if (reason != PASSED) {
            return reason;
        }
    }
    return PASSED;
}

status film_strip(bytes file, struct arena *arena, bytes *ret_clean)
{
    uint8_t *copy = arena_room(arena, file.len);
    if (copy == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(copy, file.ptr, file.len);
    *ret_clean = bytes_of(copy, file.len);
    return strip(file, copy, file, FILE_LEVEL) == PASSED ? STATUS_OK : FAIL(HELPER_FAILED);
}
