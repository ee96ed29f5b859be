#include "checker/boxes.h"

#include <ctype.h>
#include <string.h>

#include "base/codec.h"

enum { HEAD_BYTES = 8, LARGE_HEAD_BYTES = 16 };

bool box_is(const struct box *box, const char *name)
{
    return memcmp(box->name, name, BOX_NAME_BYTES) == 0;
}

check_reason box_at(bytes rest, struct box *ret_box)
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
    ret_box->name = rest.ptr + BOX_NAME_BYTES;
    ret_box->whole = bytes_head(rest, (size_t)size);
    ret_box->content = bytes_skip(ret_box->whole, head);
    return PASSED;
}

bool box_looks_like_one(bytes rest)
{
    for (size_t i = BOX_NAME_BYTES; i < HEAD_BYTES; i++) {
        if (rest.len < HEAD_BYTES || (isalnum(rest.ptr[i]) == 0 && rest.ptr[i] != ' ')) {
            return rest.len > 0 && rest.len < HEAD_BYTES;
        }
    }
    return true;
}

/* What stands behind the last box is another's. */
check_reason boxes_check(bytes file, size_t *ret_end)
{
    bytes rest = file;
    *ret_end = 0;
    while (rest.len > 0 && (*ret_end == 0 || box_looks_like_one(rest))) {
        struct box box;
        const check_reason reason = box_at(rest, &box);
        if (reason != PASSED) {
            return reason;
        }
        rest = bytes_skip(rest, box.whole.len);
        *ret_end = file.len - rest.len;
    }
    return PASSED;
}
