#include "tests/support/fed.h"

#include "base/scope.h"
#include "tests/support/cm.h"

#define FEED_METHOD(name) "/hayat.backoffice.v1.FeedService/" name

enum { ROWS_MAX = 16 };

static char source[] = "core";

struct fed fed_start(struct harness *h)
{
    return (struct fed){.h = h, .caller = harness_core_system(h, SCOPE_FEED | SCOPE_FEED_RULES)};
}

const Hayat__Backoffice__V1__ImportRecordsResponse *fed(struct fed *core,
                                                        const struct fed_row *rows, size_t count)
{
    Hayat__Backoffice__V1__FeedRow messages[ROWS_MAX], *list[ROWS_MAX];
    Hayat__Backoffice__V1__ImportRecordsRequest request =
        HAYAT__BACKOFFICE__V1__IMPORT_RECORDS_REQUEST__INIT;
    struct harness_stream s;
    assert_true(count <= ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        hayat__backoffice__v1__feed_row__init(&messages[i]);
        messages[i].kind = rows[i].kind;
        messages[i].row = (char *)(uintptr_t)rows[i].text;
        list[i] = &messages[i];
    }
    request.source = source;
    request.sequence = ++core->batches;
    request.rows = list;
    request.n_rows = count;
    assert_true(harness_stream_open_as(&s, core->h, FEED_METHOD("ImportRecords"), &core->caller));
    (void)harness_stream_send(&s, &request.base);
    (void)harness_stream_half_close(&s);
    struct harness_reply reply = harness_stream_close(&s);
    assert_ok(reply.result);
    return (const void *)reply.response;
}

const char *fed_fault(struct fed *core)
{
    Hayat__Backoffice__V1__GetFeedBatchRequest request =
        HAYAT__BACKOFFICE__V1__GET_FEED_BATCH_REQUEST__INIT;
    request.source = source;
    struct harness_reply reply = harness_call_as(core->h, FEED_METHOD("GetFeedBatch"),
                                                 &core->caller, &request.base);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__GetFeedBatchResponse *response = (const void *)reply.response;
    assert_true(response->batch->n_refusals > 0);
    return response->batch->refusals[0]->fault;
}
