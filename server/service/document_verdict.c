#include "service/document_verdict.h"

#include "hayat/check/v1/verdict.pb-c.h"

#define STATE(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define WHY(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name
#define HINT_MAX HAYAT__STORE__V1__PAGE_HINT__PAGE_HINT_BLURRED

enum { SIDE_MAX = 1 << 24 };

static bool is_known_hint(Hayat__Store__V1__PageHint hint)
{
    return hint > HAYAT__STORE__V1__PAGE_HINT__PAGE_HINT_UNSPECIFIED && hint <= HINT_MAX;
}

static bool is_page(const Hayat__Store__V1__StoredPage *page, uint32_t number)
{
    bool good = page->page == number && page->width_px <= SIDE_MAX && page->height_px <= SIDE_MAX &&
                page->n_hints <= HINT_MAX && page->base.n_unknown_fields == 0;
    for (size_t i = 0; good && i < page->n_hints; i++) {
        good = is_known_hint(page->hints[i]);
    }
    return good;
}

/* The server's own, INFECTED to NOT_SCANNED, lie between those of documents and those of films. */
static bool is_of_file(Hayat__Store__V1__CheckReason reason)
{
    return ((int)reason >= 0 && reason <= WHY(TOO_MANY_PAGES)) ||
           (reason >= WHY(NO_PICTURE) && reason <= WHY(TOO_LONG));
}

static bool is_verdict(const Hayat__Check__V1__Verdict *verdict)
{
    const bool passed = verdict->reason == HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_UNSPECIFIED;
    bool good = verdict->base.n_unknown_fields == 0 && is_of_file(verdict->reason) &&
                verdict->page_count <= LIMIT_CHECK_PAGES && verdict->page <= verdict->page_count &&
                verdict->n_pages == (passed ? verdict->page_count : 0) &&
                (!passed || verdict->page == 0);
    for (uint32_t i = 0; good && i < verdict->n_pages; i++) {
        good = is_page(verdict->pages[i], i + 1);
    }
    return good;
}

status document_verdict_read(bytes answer, struct arena *arena,
                             Hayat__Store__V1__StoredDocumentCheck *ret_row)
{
    if (answer.len > LIMIT_VERDICT_BYTES) {
        return FAIL(HELPER_FAILED);
    }
    const Hayat__Check__V1__Verdict *verdict = hayat__check__v1__verdict__unpack(
        &arena->allocator, answer.len, answer.ptr);
    if (verdict == NULL || !is_verdict(verdict)) {
        return FAIL(HELPER_FAILED);
    }
    hayat__store__v1__stored_document_check__init(ret_row);
    ret_row->state = verdict->reason == HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_UNSPECIFIED
                         ? STATE(PASSED)
                         : STATE(REFUSED);
    ret_row->reason = verdict->reason;
    ret_row->page = verdict->page;
    ret_row->page_count = verdict->page_count;
    ret_row->n_pages = verdict->n_pages;
    ret_row->pages = verdict->pages;
    return STATUS_OK;
}
