#include "checker/inspect.h"

#include "checker/boxes.h"
#include "checker/film.h"
#include "checker/heic.h"
#include "checker/jpeg.h"
#include "checker/pdf.h"
#include "checker/png.h"

status inspect_prepare(enum kind declared)
{
    TRY(kind_prepare());
    return declared == KIND_HEIC ? heic_prepare() : STATUS_OK;
}

static check_reason check_heic(bytes file, struct arena *arena, struct page *page, size_t *ret_end)
{
    const check_reason reason = boxes_check(file, ret_end);
    return reason == PASSED ? heic_check(bytes_head(file, *ret_end), arena, page) : reason;
}

static check_reason check_content(bytes file, enum kind kind, struct arena *arena,
                                  struct finding *finding, size_t *ret_end)
{
    struct page *page = &finding->pages[0];
    finding->page_count = 1;
    switch (kind) {
    case KIND_JPEG:
        return jpeg_check(file, arena, page, ret_end);
    case KIND_PNG:
        return png_check(file, arena, page, ret_end);
    case KIND_HEIC:
        return check_heic(file, arena, page, ret_end);
    case KIND_PDF:
        finding->page_count = 0;
        return pdf_check(file, arena, finding, ret_end);
    case KIND_FILM:
        finding->page_count = 0;
        return film_check(file, ret_end);
    case KIND_NONE:
        break;
    }
    return WHY(WRONG_TYPE);
}

void inspect_file(bytes file, enum kind declared, struct arena *arena, struct finding *ret_finding)
{
    size_t end = 0;
    *ret_finding = (struct finding){.reason = file.len > 0 ? PASSED : WHY(EMPTY)};
    if (ret_finding->reason == PASSED) {
        ret_finding->reason = kind_check(file, declared);
    }
    if (ret_finding->reason == PASSED) {
        ret_finding->reason = check_content(file, declared, arena, ret_finding, &end);
    }
    if (ret_finding->reason == PASSED) {
        ret_finding->reason = kind_check_polyglot(file, declared, end);
    }
}

/* What it took for that is given back at once. */
static bool passes(bytes file, enum kind kind, struct arena *arena)
{
    struct finding finding;
    const struct arena_mark mark = arena_mark(arena);
    inspect_file(file, kind, arena, &finding);
    arena_rewind(arena, mark);
    return finding.reason == PASSED;
}

static enum kind kind_when_clean(enum kind declared)
{
    return declared == KIND_HEIC ? KIND_JPEG : declared;
}

static status strip(bytes file, enum kind kind, struct arena *arena, bytes *ret_clean)
{
    switch (kind) {
    case KIND_JPEG:
        return jpeg_strip(file, true, arena, ret_clean);
    case KIND_PNG:
        return png_strip(file, arena, ret_clean);
    case KIND_HEIC:
        return heic_to_jpeg(file, arena, ret_clean);
    case KIND_PDF:
        return pdf_strip(file, arena, ret_clean);
    case KIND_FILM:
        return film_strip(file, arena, ret_clean);
    case KIND_NONE:
        break;
    }
    return FAIL(HELPER_FAILED);
}

status inspect_clean(bytes file, enum kind declared, struct arena *arena, bytes *ret_clean)
{
    TRY(passes(file, declared, arena) ? STATUS_OK : FAIL(HELPER_FAILED));
    TRY(strip(file, declared, arena, ret_clean));
    if (ret_clean->len == 0 || ret_clean->len > LIMIT_CLEAN_BYTES) {
        return FAIL(HELPER_FAILED);
    }
    /* What is given away is looked at as it is: writing may bring to life what reading had passed over. */
    return passes(*ret_clean, kind_when_clean(declared), arena) ? STATUS_OK : FAIL(HELPER_FAILED);
}
