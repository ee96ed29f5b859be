/*
 * audit_store: who read or changed what, when and why: a chain of entries, each committed in the transaction that acts
 * (SEC-F1), and each member's own entries by number (SEC-F2).
 *
 * Keys     audit_entry: sequence (u64, from 1, without a gap) · audit_subject: owner ‖ number (u64, from 1, without a gap).
 * Cost     two puts and two look-ups of a last row for each entry.
 * Privacy  an entry holds pseudonyms and keyed hashes; whom they stand for is in the sealed row beside it.
 * Memory   outputs live in the transaction's arena.
 * Threads  a transaction belongs to one thread; only the writer's appends.
 * Reasons  NOT_FOUND · STORE_CORRUPT (seal, encoding, or a chain that does not fit) · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_AUDIT_STORE_H
#define HAYAT_STORAGE_AUDIT_STORE_H

#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/audit.pb-c.h"
#include "storage/audit_entry.h"
#include "storage/db.h"
#include "storage/seal.h"

/* What happened.  Texts are constants or the arena's; NULL is the same as "". */
struct audit_event {
    const char *
        event; /* "hayat.v1.SessionService/EndSession": the method, or "hayatctl.enrol"; ≤ AUDIT_EVENT_MAX */
    enum audit_actor_kind actor_kind;
    bytes actor;             /* the actor's owner or id; empty for nobody */
    struct owner subject;    /* whose data; all zero for nobody's */
    const char *object_type; /* "lc", the prefix of the public id; ≤ AUDIT_TYPE_MAX */
    struct id object;        /* all zero for none */
    enum reason outcome;     /* REASON_OK, or why it was refused */
    const char
        *purpose; /* a word or a case number, never about a person; cut at AUDIT_PURPOSE_MAX */
};

/* In the acting write transaction: when this fails, the act must fail too. */
status audit_append(struct txn *txn, const struct audit_event *event);

/* The pseudonym an owner or an id has in entries. */
void audit_pseudonym(const struct seal_keys *keys, bytes who, uint8_t out[AUDIT_PSEUDONYM_BYTES]);

typedef Hayat__Store__V1__StoredAuditEntry audit_row;

/* The last entry: its sequence and head; 0 and zero bytes when there is none. */
struct audit_tip {
    uint64_t sequence;
    struct audit_hash head;
};
status audit_store_tip(struct txn *txn, struct audit_tip *ret_tip);
status audit_store_get(struct txn *txn, uint64_t sequence, audit_row **ret_row);

/* The n-th entry about a member: which link it is, and its leaf. */
typedef Hayat__Store__V1__StoredAuditSubject audit_subject_row;
status audit_store_subject(struct txn *txn, struct owner owner, uint64_t number,
                           audit_subject_row **ret_row);
/* How many entries are about the member. */
status audit_store_subject_count(struct txn *txn, struct owner owner, uint64_t *ret_count);

#endif
