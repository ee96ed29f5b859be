/*
 * change_feed: whether a member's health records changed since a snapshot, without a look into LMDB: what lets 10,000
 * idle watchers ask again and again.
 *
 * One number in memory for each of LIMIT_CHANGE_SLOTS places, chosen by the owner's bytes: the latest commit that wrote a
 * row of a HEALTH table or of a document of an owner there, or of the reference sets and campaigns, as the owner of zeroes, or
 * of a session, at the place storage/opened.h gives it.  Two owners in one place cost a needless look now and then, never a
 * miss: the number is set before its commit can be seen.
 *
 * A watcher remembers the txn_snapshot of the read that told it everything, and keeps it until it reads again; it must not
 * take a newer snapshot without having read.
 *
 * Threads  any; the writer's thread sets.
 */
#ifndef HAYAT_STORAGE_CHANGE_FEED_H
#define HAYAT_STORAGE_CHANGE_FEED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "storage/db.h"
#include "storage/seal.h"

struct change_feed {
    _Atomic uint64_t latest[LIMIT_CHANGE_SLOTS];
};

/* True when OWNER may have changed after SNAPSHOT (0: never read).  After a restart it is true once. */
bool change_feed_since(const struct txn *txn, struct owner owner, uint64_t snapshot);

/* The same without a transaction. */
bool change_feed_of_since(const struct db *db, struct owner owner, uint64_t snapshot);

/* When something was read of which database, to keep it for later transactions; zeroes, and what a transaction read that may see
   its own writes, hold for none. */
struct change_mark {
    uint64_t serial, snapshot;
};

struct change_mark change_mark_of(const struct txn *txn);
/* TXN would read of OWNER what was read then. */
bool change_mark_holds(const struct change_mark *mark, const struct txn *txn, struct owner owner);

/* It will be asked about OWNER in a moment. */
void change_feed_expect(const struct change_feed *feed, struct owner owner);

/* For the writer: COMMIT is about to write a row of OWNER. */
void change_feed_note(struct change_feed *feed, struct owner owner, uint64_t commit);

#endif
