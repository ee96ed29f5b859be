/*
 * audit_verify: whether a chain of audit entries is whole (SEC-F1): the steps, pure, and a walk over the store.
 *
 * A walk looks at every entry up to the last one there was when it began: no gap, the stored head follows from the entry, the
 * subject's own chain fits, every stored head is signed and the one the entries lead to; and every head given from outside
 * (the exported ones) likewise.  Beside a running server it works in read transactions of LIMIT_CHECK_STEP_CELLS entries.
 *
 * Reasons  STORE_CORRUPT: the fault says what and where.  STORE_FAILED · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_AUDIT_VERIFY_H
#define HAYAT_STORAGE_AUDIT_VERIFY_H

#include "storage/audit_head.h"
#include "storage/audit_store.h"

enum audit_fault {
    AUDIT_WHOLE,
    AUDIT_ENTRY_UNREADABLE, /* no such entry, or not in the encoding of an entry */
    AUDIT_SEQUENCE_BROKEN,  /* not the next number: deleted, repeated or out of order */
    AUDIT_HEAD_DIFFERS,     /* the entries lead to another head than the signed or stored one */
    AUDIT_HEAD_UNSIGNED,    /* the head's signature is not the fund's */
    AUDIT_CUT_SHORT,        /* a signed head is beyond the last entry */
    AUDIT_SUBJECT_BROKEN,   /* the subject's own entries do not follow each other */
};
const char *audit_fault_text(enum audit_fault fault);

/* --- the steps --- */

/* How far the chain was followed; all zero at the start. */
struct audit_progress {
    uint64_t sequence;
    struct audit_hash head;
};

/* Follows one entry; on a fault PROGRESS stays. */
enum audit_fault audit_follow(struct audit_progress *progress, bytes encoded,
                              struct audit_entry *ret_entry, struct audit_hash *ret_leaf);
/* A signed head of exactly the entries followed so far. */
enum audit_fault audit_compare(const struct audit_progress *progress, const uint8_t *public_key,
                               const struct audit_head *head);

/* --- the walk --- */

struct audit_heads {
    const struct audit_head *heads; /* by sequence, ascending */
    size_t count;
};

struct audit_report {
    uint64_t entries, heads; /* that were looked at and are fine */
    enum audit_fault fault;
    uint64_t at; /* the sequence the fault is at */
};

/* The report is filled whatever the status. */
status audit_verify(struct db *db, const uint8_t *public_key, const struct audit_heads *outside,
                    struct audit_report *ret_report);

/* A piece of the chain, in the caller's transaction: FIRST to LAST, which must exist (NOT_FOUND).  A fault is told in the
   report, not by the status. */
struct audit_range {
    uint64_t first, last;
};
status audit_check_range(struct txn *txn, const uint8_t *public_key, struct audit_range range,
                         struct audit_report *ret_report);

#endif
