#include "storage/change_feed.h"

#include <string.h>

#include "storage/txn.h"

/* Owners are keyed hashes: any of their bytes spread. */
static size_t slot_of(struct owner owner)
{
    uint32_t word;
    memcpy(&word, owner.bytes, sizeof word);
    return word % LIMIT_CHANGE_SLOTS;
}

bool change_feed_since(const struct txn *txn, struct owner owner, uint64_t snapshot)
{
    return change_feed_of_since(txn->db, owner, snapshot);
}

bool change_feed_of_since(const struct db *db, struct owner owner, uint64_t snapshot)
{
    const struct change_feed *feed = db->changes;
    uint64_t latest = atomic_load_explicit(&feed->latest[slot_of(owner)], memory_order_acquire);
    return snapshot == 0 || latest > snapshot;
}

void change_feed_note(struct change_feed *feed, struct owner owner, uint64_t commit)
{
    atomic_store_explicit(&feed->latest[slot_of(owner)], commit, memory_order_release);
}
