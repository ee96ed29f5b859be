/*
 * preferences_store: by which ways news reaches a member, as stored.
 *
 * Key      owner (blinded, 16 bytes).
 * Units    milliseconds: since 1970 UTC, but for pending_end_ms, which is steady time.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_PREFERENCES_STORE_H
#define HAYAT_STORAGE_PREFERENCES_STORE_H

#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/notification.pb-c.h"
#include "storage/db.h"
#include "storage/table.h"

/* One without anything in it, version 0, for a member who never said. */
status preferences_store_get(struct txn *txn, struct owner owner,
                             Hayat__Store__V1__StoredPreferences **ret_preferences);

/* As the next version. */
status preferences_store_put(struct txn *txn, struct owner owner,
                             Hayat__Store__V1__StoredPreferences *preferences);

/* NULL when that device has none. */
const Hayat__Store__V1__StoredPushToken *preferences_push_token(
    const Hayat__Store__V1__StoredPreferences *preferences, struct id device);
/* Takes it out of PREFERENCES; false when there was none. */
bool preferences_drop_push_token(Hayat__Store__V1__StoredPreferences *preferences,
                                 struct id device);

/* For whoever revokes a device: it is woken up no more. */
status preferences_store_forget_device(struct txn *txn, struct owner owner, struct id device);

#endif
