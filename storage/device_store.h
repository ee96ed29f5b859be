/*
 * device_store: the enrolled devices of a member, and whose a device is, as stored.
 *
 * Key      table device: owner (16 bytes) ‖ device id (16 bytes); table device_owner: device id.  The second exists
 *          because a device names itself before anybody is signed in; both are written together.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_DEVICE_STORE_H
#define HAYAT_STORAGE_DEVICE_STORE_H

#include <stddef.h>

#include "base/id.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

status device_store_get(struct txn *txn, struct owner owner, struct id id,
                        Hayat__Store__V1__StoredDevice **ret_device);
status device_store_owner(struct txn *txn, struct id id, struct owner *ret_owner);
/* Writes the device and whose it is. */
status device_store_put(struct txn *txn, struct owner owner,
                        const Hayat__Store__V1__StoredDevice *device);
/* The device, and whose it is. */
status device_store_drop(struct txn *txn, struct owner owner, struct id id);
/* Called with each device of the member, revoked ones too, in no order that means anything; false stops. */
typedef bool device_visit(void *ctx, const Hayat__Store__V1__StoredDevice *device);
status device_store_visit(struct txn *txn, struct owner owner, device_visit *visit, void *ctx);
/* How many of the member's devices are not revoked. */
status device_store_count_live(struct txn *txn, struct owner owner, size_t *ret_count);

#endif
