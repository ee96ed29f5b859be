/*
 * fed: a core system that feeds rows, for tests.
 *
 *     struct fed core = fed_start(&h);
 *     const struct fed_row rows[] = {{KIND(MEMBER), "990000001,A99000001,MGEN,FR,fr,,\"12, rue de l'Exemple\",2026-01-10"}};
 *     assert_int_equal(fed(&core, rows, 1)->accepted_count, 1);
 *
 * Memory   replies live in h->arena.
 * Everything fails by cmocka assertions, but for rows that are refused.
 */
#ifndef HAYAT_TESTS_FED_H
#define HAYAT_TESTS_FED_H

#include "hayat/backoffice/v1/feed.pb-c.h"
#include "tests/support/harness.h"

#define KIND(name) HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_##name

struct fed {
    struct harness *h;
    struct harness_caller caller;
    int64_t batches;
};
struct fed fed_start(struct harness *h);

struct fed_row {
    Hayat__Backoffice__V1__FeedKind kind;
    const char *text;
};
/* One batch, and what became of it. */
const Hayat__Backoffice__V1__ImportRecordsResponse *fed(struct fed *core,
                                                        const struct fed_row *rows, size_t count);
/* "STALE": why the first refused row of the last batch was; fails when none was. */
const char *fed_fault(struct fed *core);

#endif
