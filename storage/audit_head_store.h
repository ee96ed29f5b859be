/*
 * audit_head_store: the heads that were signed, and how far they were exported (SEC-F1).
 *
 * Key      sequence (u64) of the entry whose head it is.  There is a head at every multiple of LIMIT_AUDIT_HEAD_ENTRIES, so
 *          that no entry is further from a signed head, and one when LIMIT_AUDIT_HEAD_MS went by.
 * Memory   every output is a copy.
 * Threads  a transaction belongs to one thread.
 * Reasons  NOT_FOUND · STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_AUDIT_HEAD_STORE_H
#define HAYAT_STORAGE_AUDIT_HEAD_STORE_H

#include "storage/audit_head.h"
#include "storage/audit_store.h"

/* Signs what is due in the writer's transaction, at most LIMIT_AUDIT_HEADS_PER_STEP heads; *ret_more when there are more.
   NOW: sign the tip too, however young. */
struct audit_signing {
    const struct audit_signer *signer;
    int64_t period_ms; /* LIMIT_AUDIT_HEAD_MS, or less */
    bool now;
};
status audit_heads_sign(struct txn *txn, const struct audit_signing *signing, bool *ret_more);

/* The newest head; NOT_FOUND when there is none. */
status audit_head_last(struct txn *txn, struct audit_head *ret_head);
/* The first head at SEQUENCE or after; NOT_FOUND. */
status audit_head_from(struct txn *txn, uint64_t sequence, struct audit_head *ret_head);

/* The last head that was exported; 0 when none was. */
status audit_export_get(struct txn *txn, uint64_t *ret_sequence);
status audit_export_put(struct txn *txn, uint64_t sequence);

#endif
