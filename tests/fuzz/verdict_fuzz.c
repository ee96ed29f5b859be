/*
 * Promise: whatever hayat-check answers, be it made by somebody who took it over, is read as a verdict within its bounds, or refused
 * (SEC-E6); what was accepted fits a document's record and packs again.
 */
#include <assert.h>
#include <stdint.h>

#include "hayat/store/v1/check.pb-c.h"
#include "service/document_verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const Hayat__Store__V1__StoredDocumentCheck *row)
{
    const bool passed = row->state == HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_PASSED;
    assert(passed || row->state == HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_REFUSED);
    assert(passed == (row->reason == HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_UNSPECIFIED));
    assert(row->page_count <= LIMIT_CHECK_PAGES && row->page <= row->page_count);
    assert(row->n_pages == (passed ? row->page_count : 0));
    for (size_t i = 0; i < row->n_pages; i++) {
        assert(row->pages[i]->page == i + 1 && row->pages[i]->n_hints <= 4);
    }
    assert(protobuf_c_message_check(&row->base));
    assert(protobuf_c_message_get_packed_size(&row->base) <= LIMIT_VERDICT_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Hayat__Store__V1__StoredDocumentCheck row;
    struct arena arena;
    arena_init(&arena, LIMIT_VERDICT_ARENA_BYTES);
    if (ok(document_verdict_read(bytes_of(data, size), &arena, &row))) {
        look(&row);
    }
    arena_fini(&arena);
    return 0;
}
