/*
 * finding: what the checker found in a file; its answer to hayatd (hayat/check/v1).
 *
 * Units    pages count from 1.
 * Memory   a value; the packed answer lives in the arena.
 */
#ifndef HAYAT_SERVER_CHECKER_FINDING_H
#define HAYAT_SERVER_CHECKER_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits_checker.h"
#include "base/status.h"
#include "hayat/check/v1/verdict.pb-c.h"

typedef Hayat__Store__V1__CheckReason check_reason;
#define WHY(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name
#define PASSED WHY(UNSPECIFIED)

/* What can be told of a page; what cannot stays false. */
struct page {
    uint32_t width_px, height_px; /* 0: drawn, not an image */
    bool blank, low_resolution, low_contrast, blurred;
};

struct finding {
    check_reason reason; /* PASSED, or why not ... */
    uint32_t page;       /* ... and where; 0: nowhere in particular */
    uint32_t page_count;
    struct page pages[LIMIT_CHECK_PAGES]; /* the first page_count of them */
};

status finding_pack(const struct finding *finding, struct arena *arena, bytes *ret_packed);

#endif
