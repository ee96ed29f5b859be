#include "checker/finding.h"

#define HINT(name) HAYAT__STORE__V1__PAGE_HINT__PAGE_HINT_##name

enum { HINTS_MAX = 4 };

static void fill_page(const struct page *page, uint32_t number, Hayat__Store__V1__StoredPage *row)
{
    row->page = number;
    row->width_px = page->width_px;
    row->height_px = page->height_px;
    const struct {
        bool there;
        Hayat__Store__V1__PageHint hint;
    } hints[HINTS_MAX] = {{page->blank, HINT(BLANK)},
                          {page->low_resolution, HINT(LOW_RESOLUTION)},
                          {page->low_contrast, HINT(LOW_CONTRAST)},
                          {page->blurred, HINT(BLURRED)}};
    for (size_t i = 0; i < HINTS_MAX; i++) {
        if (hints[i].there) {
            row->hints[row->n_hints++] = hints[i].hint;
        }
    }
}

status finding_pack(const struct finding *finding, struct arena *arena, bytes *ret_packed)
{
    Hayat__Check__V1__Verdict verdict = HAYAT__CHECK__V1__VERDICT__INIT;
    Hayat__Store__V1__StoredPage rows[LIMIT_CHECK_PAGES], *pointers[LIMIT_CHECK_PAGES];
    Hayat__Store__V1__PageHint hints[LIMIT_CHECK_PAGES][HINTS_MAX];
    verdict.reason = finding->reason;
    verdict.page = finding->page;
    verdict.page_count = finding->page_count;
    verdict.pages = pointers;
    for (uint32_t i = 0; finding->reason == PASSED && i < finding->page_count; i++) {
        hayat__store__v1__stored_page__init(&rows[i]);
        rows[i].hints = hints[i];
        fill_page(&finding->pages[i], i + 1, &rows[i]);
        pointers[verdict.n_pages++] = &rows[i];
    }
    uint8_t *packed = arena_alloc(arena, hayat__check__v1__verdict__get_packed_size(&verdict));
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret_packed = bytes_of(packed, hayat__check__v1__verdict__pack(&verdict, packed));
    return STATUS_OK;
}
