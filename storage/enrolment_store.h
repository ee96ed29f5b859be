/*
 * enrolment_store: devices that wait for their code, and the codes given face to face, as stored.
 *
 * Key      enrolment: enrolment id (16 bytes); agency_code: owner (16 bytes), one a member.
 * Units    …_steady_ms are steady time (storage/db.h); life_ms is from now.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_ENROLMENT_STORE_H
#define HAYAT_STORAGE_ENROLMENT_STORE_H

#include "base/id.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "storage/table.h"

status enrolment_store_get(struct txn *txn, struct id id,
                           Hayat__Store__V1__StoredEnrolment **ret_enrolment);
status enrolment_store_put(struct txn *txn, struct id id,
                           const Hayat__Store__V1__StoredEnrolment *enrolment);
/* A new one, with the reminder that ends it. */
status enrolment_store_add(struct txn *txn, struct id id,
                           const Hayat__Store__V1__StoredEnrolment *enrolment);
status enrolment_store_count(struct txn *txn, uint64_t *ret_count);

status agency_code_store_get(struct txn *txn, struct owner owner,
                             Hayat__Store__V1__StoredAgencyCode **ret_code);
/* Takes the place of an older one, with the reminder that ends it. */
status agency_code_store_put(struct txn *txn, struct owner owner,
                             const Hayat__Store__V1__StoredAgencyCode *code, int64_t life_ms);
status agency_code_store_delete(struct txn *txn, struct owner owner);

/* For expiry_run: each ends its row at its steady time, or reminds again. */
status enrolment_store_expire(struct txn *txn, struct id id);
status agency_code_store_expire(struct txn *txn, struct owner owner);

#endif
