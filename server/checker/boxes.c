#include "checker/boxes.h"

#include <ctype.h>

#include "base/array.h"
#include "base/codec.h"

enum { HEAD_BYTES = 8, LARGE_HEAD_BYTES = 16, NAME_BYTES = 4, DEPTH_MAX = 4 };

struct box {
    const uint8_t *name;
    bytes whole, content;
};

static bool is_named(const struct box *box, const char *name)
{
    return memcmp(box->name, name, NAME_BYTES) == 0;
}

/* The box that REST begins with. */
static check_reason box_at(bytes rest, struct box *ret_box)
{
    if (rest.len < HEAD_BYTES) {
        return WHY(TRUNCATED);
    }
    uint64_t size = get_be32(rest.ptr);
    size_t head = HEAD_BYTES;
    if (size == 1) { /* the size follows the name */
        if (rest.len < LARGE_HEAD_BYTES) {
            return WHY(TRUNCATED);
        }
        size = get_be64(rest.ptr + HEAD_BYTES);
        head = LARGE_HEAD_BYTES;
    } else if (size == 0) { /* to the end */
        size = rest.len;
    }
    if (size < head) {
        return WHY(UNREADABLE);
    }
    if (size > rest.len) {
        return WHY(TRUNCATED);
    }
    ret_box->name = rest.ptr + NAME_BYTES;
    ret_box->whole = bytes_head(rest, (size_t)size);
    ret_box->content = bytes_skip(ret_box->whole, head);
    return PASSED;
}

/* What stands behind the last box is another's: a box's name is letters, digits and spaces. */
static bool looks_like_box(bytes rest)
{
    for (size_t i = NAME_BYTES; i < HEAD_BYTES; i++) {
        if (rest.len < HEAD_BYTES || (isalnum(rest.ptr[i]) == 0 && rest.ptr[i] != ' ')) {
            return rest.len > 0 && rest.len < HEAD_BYTES;
        }
    }
    return true;
}

struct outline {
    size_t end;
    bool film, data;
};

static check_reason walk(bytes file, struct outline *outline)
{
    bytes rest = file;
    while (rest.len > 0 && (outline->end == 0 || looks_like_box(rest))) {
        struct box box;
        const check_reason reason = box_at(rest, &box);
        if (reason != PASSED) {
            return reason;
        }
        outline->film |= is_named(&box, "moov");
        outline->data |= is_named(&box, "mdat");
        rest = bytes_skip(rest, box.whole.len);
        outline->end = file.len - rest.len;
    }
    return PASSED;
}

check_reason boxes_check(bytes file, size_t *ret_end)
{
    struct outline outline = {0};
    const check_reason reason = walk(file, &outline);
    *ret_end = outline.end;
    return reason;
}

check_reason boxes_check_film(bytes file, size_t *ret_end)
{
    struct outline outline = {0};
    const check_reason reason = walk(file, &outline);
    *ret_end = outline.end;
    if (reason != PASSED) {
        return reason;
    }
    return outline.film && outline.data ? PASSED : WHY(TRUNCATED);
}

static bool is_one_of(const struct box *box, const char names[][NAME_BYTES + 1], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_named(box, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_telling(const struct box *box)
{
    static const char names[][NAME_BYTES + 1] = {"udta", "meta", "uuid"};
    return is_one_of(box, names, ARRAY_LEN(names));
}

static bool holds_boxes(const struct box *box)
{
    static const char names[][NAME_BYTES + 1] = {"moov", "trak", "mdia", "minf", "moof", "traf"};
    return is_one_of(box, names, ARRAY_LEN(names));
}

static void blank_out(uint8_t *copy, const struct box *box, const uint8_t *start)
{
    const size_t at = (size_t)(box->whole.ptr - start);
    memcpy(copy + at + NAME_BYTES, "free", NAME_BYTES);
    memset(copy + at + (box->whole.len - box->content.len), 0, box->content.len);
}

/* Down to DEPTH_MAX boxes in each other: moov, trak, mdia, minf. */
static check_reason strip(bytes file, uint8_t *copy, bytes rest, int depth)
{
    while (rest.len > 0) {
        struct box box;
        const check_reason reason = box_at(rest, &box);
        if (reason != PASSED) {
            return reason;
        }
        if (is_telling(&box)) {
            blank_out(copy, &box, file.ptr);
        } else if (holds_boxes(&box) && depth < DEPTH_MAX) {
            const check_reason inside = strip(file, copy, box.content, depth + 1);
            if (inside != PASSED) {
                return inside;
            }
        }
        rest = bytes_skip(rest, box.whole.len);
    }
    return PASSED;
}

status boxes_strip_film(bytes file, struct arena *arena, bytes *ret_clean)
{
    size_t end = 0;
    if (boxes_check_film(file, &end) != PASSED) {
        return FAIL(HELPER_FAILED);
    }
    const bytes film = bytes_head(file, end);
    uint8_t *copy = arena_alloc(arena, end);
    if (copy == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(copy, film.ptr, end);
    *ret_clean = bytes_of(copy, end);
    return strip(film, copy, film, 0) == PASSED ? STATUS_OK : FAIL(HELPER_FAILED);
}
