/*
 * life_certificate_store: the yearly proofs of life of a member, drafts and filed ones.
 *
 * Key      owner (blinded, 16 bytes) ‖ life certificate id (16 random bytes): no order; lists sort by create_ms.
 * Units    instants are milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row: another member's id is one) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_LIFE_CERTIFICATE_STORE_H
#define HAYAT_STORAGE_LIFE_CERTIFICATE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

status life_certificate_store_get(struct txn *txn, struct owner owner, struct id id,
                                  Hayat__Store__V1__StoredLifeCertificate **ret_certificate);
status life_certificate_store_put(struct txn *txn, struct owner owner,
                                  const Hayat__Store__V1__StoredLifeCertificate *certificate);

/* What a list needs to choose by. */
struct life_certificate_row {
    struct id id;
    int64_t create_ms;
    int32_t year;
    uint32_t state; /* numbers of hayat.v1.LifeCertificateState */
};

struct life_certificate_list {
    size_t count;
    struct life_certificate_row rows[LIMIT_CERTIFICATES_PER_MEMBER];
};

/* Newest first; same instant: by id. */
status life_certificate_store_list(struct txn *txn, struct owner owner,
                                   struct life_certificate_list *ret_list);

#endif
