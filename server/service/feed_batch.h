/*
 * feed_batch: the rows of one message of FeedService.ImportRecords, from text to the store.
 *
 * Life     parse on the call's thread, apply in the writer's transaction of the same step.
 * Memory   everything lives in the call's arena.
 * Errors   the store's; rows that are refused say so in their item.
 */
#ifndef HAYAT_SERVICE_FEED_BATCH_H
#define HAYAT_SERVICE_FEED_BATCH_H

#include "hayat/backoffice/v1/feed.pb-c.h"
#include "service/feed_items.h"

struct feed_batch_row {
    struct feed_item item; /* first */
    struct owner owner;    /* zero for what belongs to no member */
    uint32_t index;        /* in the batch */
};

struct feed_batch {
    size_t count;
    struct feed_batch_row *rows; /* as they came */
    struct feed_item **order;    /* the rows' items, as they are taken */
    uint64_t accepted, unchanged, refused;
    int64_t billed_centimes, reimbursed_centimes;
};

struct feed_batch_input {
    const struct feed_rules *rules;
    const struct seal_keys *keys;
    Hayat__Backoffice__V1__FeedRow *const *rows;
    size_t count;
};

status feed_batch_parse(struct arena *arena, const struct feed_batch_input *input,
                        struct feed_batch *ret_batch);
status feed_batch_apply(struct txn *txn, const struct receipt_issuer *issuer,
                        struct feed_batch *batch);

#endif
