/*
 * boxes: the containers of ISO base media files (HEIC, MP4), as far as their outline goes.
 *
 * Memory   views into the file.
 */
#ifndef HAYAT_SERVER_CHECKER_BOXES_H
#define HAYAT_SERVER_CHECKER_BOXES_H

#include "checker/finding.h"

enum { BOX_NAME_BYTES = 4 };

struct box {
    const uint8_t *name; /* BOX_NAME_BYTES letters */
    bytes whole, content;
};

/* The box that REST begins with: TRUNCATED when it reaches past its end, UNREADABLE when it is shorter than its head. */
check_reason box_at(bytes rest, struct box *ret_box);
bool box_is(const struct box *box, const char *name);
/* Whether REST may begin with a box: a name is letters, digits and spaces. */
bool box_looks_like_one(bytes rest);

/* Box after box.  TRUNCATED when one reaches past the file's end; *RET_END is where the last whole one ends. */
check_reason boxes_check(bytes file, size_t *ret_end);

#endif
