#include "storage/change_feed.h"

#include <string.h>

#include "base/prefetch.h"
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

struct change_mark change_mark_of(const struct txn *txn)
{
    return txn_hears_changes(txn) ? (struct change_mark){txn_db_serial(txn), txn_snapshot(txn)}
                                  : (struct change_mark){0, 0};
}

bool change_mark_holds(const struct change_mark *mark, const struct txn *txn, struct owner owner)
{
    return txn_hears_changes(txn) && mark->serial == txn_db_serial(txn) &&
           mark->snapshot <= txn_snapshot(txn) && !change_feed_since(txn, owner, mark->snapshot);
}

void change_feed_expect(const struct change_feed *feed, struct owner owner)
{
    prefetch(&feed->latest[slot_of(owner)], sizeof feed->latest[0]);
}

void change_feed_note(struct change_feed *feed, struct owner owner, uint64_t commit)
{
    atomic_store_explicit(&feed->latest[slot_of(owner)], commit, memory_order_release);
}
