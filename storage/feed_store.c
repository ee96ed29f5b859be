#include "storage/feed_store.h"

#include <assert.h>
#include <string.h>

#include "storage/table.h"

enum { HASH_BYTES = 16 };

static struct key key_of(const struct txn *txn, const struct feed_source *source)
{
    uint8_t input[ID_BYTES + FEED_SOURCE_MAX], hash[HASH_BYTES];
    size_t len = strlen(source->name);
    assert(len <= FEED_SOURCE_MAX);
    memcpy(input, source->system.bytes, ID_BYTES);
    memcpy(input + ID_BYTES, source->name, len);
    seal_blind(txn_keys(txn), "feed", bytes_of(input, ID_BYTES + len), hash, sizeof hash);
    return key_bytes(key_empty(), bytes_of(hash, sizeof hash));
}

static struct cell cell_of_batch(const struct txn *txn, const struct feed_source *source,
                                 uint64_t sequence)
{
    return cell_of(TABLE_feed_batch, key_u64(key_of(txn, source), sequence));
}

status feed_store_get(struct txn *txn, const struct feed_source *source,
                      Hayat__Store__V1__StoredFeedSource **ret_state)
{
    struct cell cell = cell_of(TABLE_feed_source, key_of(txn, source));
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_state = (Hayat__Store__V1__StoredFeedSource *)(void *)record;
    return STATUS_OK;
}

status feed_store_put(struct txn *txn, const struct feed_source *source,
                      const Hayat__Store__V1__StoredFeedSource *state)
{
    struct cell cell = cell_of(TABLE_feed_source, key_of(txn, source));
    return table_put_record(txn, &cell, &state->base);
}

status feed_store_get_batch(struct txn *txn, const struct feed_source *source, uint64_t sequence,
                            Hayat__Store__V1__StoredFeedBatch **ret_batch)
{
    struct cell cell = cell_of_batch(txn, source, sequence);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_batch = (Hayat__Store__V1__StoredFeedBatch *)(void *)record;
    return STATUS_OK;
}

status feed_store_put_batch(struct txn *txn, const struct feed_source *source, uint64_t sequence,
                            const Hayat__Store__V1__StoredFeedBatch *batch)
{
    if (sequence > FEED_BATCHES_KEPT) {
        struct cell old = cell_of_batch(txn, source, sequence - FEED_BATCHES_KEPT);
        TRY(table_delete(txn, &old));
    }
    struct cell cell = cell_of_batch(txn, source, sequence);
    return table_put_record(txn, &cell, &batch->base);
}
