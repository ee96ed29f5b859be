/*
 * import_store: how far each file of the fund's feed was taken, so that a killed import goes on
 * where it was.
 *
 * Key      keyed hash of the source's name and the file's digest, 16 bytes.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_IMPORT_STORE_H
#define HAYAT_STORAGE_IMPORT_STORE_H

#include "base/bytes.h"
#include "base/status.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"

/* SOURCE is at most 32 bytes ("members"), DIGEST exactly IMPORT_DIGEST_BYTES. */
enum { IMPORT_SOURCE_MAX = 32, IMPORT_DIGEST_BYTES = 32 };

status import_store_get(struct txn *txn, const char *source, bytes digest,
                        Hayat__Store__V1__StoredImportState **ret_state);
/* The key comes from the state's source and file_digest. */
status import_store_put(struct txn *txn, const Hayat__Store__V1__StoredImportState *state);

/* Of a sorted import; DIGEST, of all its files, is IMPORT_DIGEST_BYTES. */
status sorted_import_store_get(struct txn *txn, bytes digest,
                               Hayat__Store__V1__StoredSortedImport **ret_state);
status sorted_import_store_put(struct txn *txn, bytes digest,
                               const Hayat__Store__V1__StoredSortedImport *state);

#endif
