/*
 * member_store: the insured person and the people covered with them, as the fund's feed told.
 *
 * Key      owner (blinded, 16 bytes); beneficiaries: owner ‖ seq (u32, big-endian), the holder has seq 0; member_cine:
 *          keyed hash of a holder's CINE, written with the holder: a row that no longer fits is no row.
 * Units    birth dates are days since 1970-01-01, civil; instants milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_MEMBER_STORE_H
#define HAYAT_STORAGE_MEMBER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

enum { SEQ_HOLDER = 0 };

status member_store_get(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredMember **ret_member);
status member_store_put(struct txn *txn, struct owner owner,
                        const Hayat__Store__V1__StoredMember *member);

struct beneficiary_row {
    uint32_t seq;
    const Hayat__Store__V1__StoredBeneficiary *record;
};

struct beneficiary_list {
    size_t count;
    struct beneficiary_row rows[LIMIT_BENEFICIARIES];
};

status member_store_get_beneficiary(struct txn *txn, struct owner owner, uint32_t seq,
                                    Hayat__Store__V1__StoredBeneficiary **ret_beneficiary);
status member_store_put_beneficiary(struct txn *txn, struct owner owner, uint32_t seq,
                                    const Hayat__Store__V1__StoredBeneficiary *beneficiary);
/* Its CINE is free again. */
status member_store_drop_beneficiary(struct txn *txn, struct owner owner, uint32_t seq);
/* A CINE that is no longer this holder's; one that is another's by now stays. */
status member_store_free_cine(struct txn *txn, struct owner owner, const char *cine);
/* Whether the member is on file. */
status member_store_has(struct txn *txn, struct owner owner, bool *ret_has);
/* Whose CINE it is, of holders alone; case and spaces count for nothing.  NOT_FOUND. */
bool member_store_same_cine(bytes one, bytes other);
status member_store_by_cine(struct txn *txn, bytes cine, struct owner *ret_owner);
/* The holder first, then the others by seq; the first LIMIT_BENEFICIARIES of them. */
status member_store_list_beneficiaries(struct txn *txn, struct owner owner,
                                       struct beneficiary_list *ret_list);

#endif
