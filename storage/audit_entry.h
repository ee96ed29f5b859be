/*
 * audit_entry: one link of the audit chain in its canonical bytes, and the hashes that chain them (SEC-F1).  Pure.
 *
 * The bytes are fixed here and in docs/audit.md, never protobuf: they must be the same for ever.  Integers are big-endian.
 *
 *   offset  bytes
 *        0      1  version, 1
 *        1      8  sequence, from 1, without a gap
 *        9      8  wall clock, milliseconds since 1970 UTC
 *       17      1  kind of the actor (enum audit_actor_kind)
 *       18     16  pseudonym of the actor; zero for nobody
 *       34     16  pseudonym of the subject, the member whose data it was; zero for nobody
 *       50      8  which of the subject's entries this is, from 1; 0 for nobody
 *       58     32  leaf of the subject's entry before; zero for the first and for nobody
 *       90     16  keyed hash of the object's id; zero for none
 *      106      2  outcome: the number of the reason in base/status.def, 0 when it went well
 *      108    1+n  event, such as "hayat.v1.SessionService/EndSession"
 *             1+n  type of the object: the prefix of its public id
 *             1+n  purpose: a word or a case number, never about a person
 *
 *   leaf = BLAKE2b-256(entry)      head(n) = BLAKE2b-256(head(n - 1) ‖ leaf(n))      head(0) = 32 zero bytes
 *
 * An entry is longer than 64 bytes, so no entry can pass for an inner step of the chain.
 */
#ifndef HAYAT_STORAGE_AUDIT_ENTRY_H
#define HAYAT_STORAGE_AUDIT_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    AUDIT_VERSION = 1,
    AUDIT_HASH_BYTES = 32,
    AUDIT_PSEUDONYM_BYTES = 16,
    AUDIT_FIXED_BYTES = 108,
    AUDIT_EVENT_MAX = 96,
    AUDIT_TYPE_MAX = 16,
    AUDIT_PURPOSE_MAX = 64,
    AUDIT_ENTRY_MAX = AUDIT_FIXED_BYTES + 3 + AUDIT_EVENT_MAX + AUDIT_TYPE_MAX + AUDIT_PURPOSE_MAX,
};

/* Numbers are part of the entries: never reuse one. */
enum audit_actor_kind {
    AUDIT_ACTOR_SYSTEM = 1,    /* hayatd by itself */
    AUDIT_ACTOR_ANONYMOUS = 2, /* nobody signed in */
    AUDIT_ACTOR_MEMBER = 3,
    AUDIT_ACTOR_AGENT = 4,
    AUDIT_ACTOR_CORE_SYSTEM = 5,
    AUDIT_ACTOR_PROVIDER = 6,
    AUDIT_ACTOR_OPERATOR = 7, /* hayatctl at the machine itself */
};

struct audit_hash {
    uint8_t bytes[AUDIT_HASH_BYTES];
};

struct audit_entry {
    uint64_t sequence;
    int64_t time_ms;
    enum audit_actor_kind actor_kind;
    uint8_t actor[AUDIT_PSEUDONYM_BYTES];
    uint8_t subject[AUDIT_PSEUDONYM_BYTES];
    uint64_t number;
    struct audit_hash previous;
    uint8_t object[AUDIT_PSEUDONYM_BYTES];
    uint16_t outcome;
    bytes event, object_type, purpose;
};

/* Writes at most AUDIT_ENTRY_MAX bytes to OUT and returns how many; texts past their maximum are our bug (assert). */
size_t audit_entry_encode(const struct audit_entry *entry, uint8_t *out);
/* False unless ENCODED is exactly one entry; texts point into it. */
bool audit_entry_decode(bytes encoded, struct audit_entry *ret_entry);

struct audit_hash audit_leaf(bytes encoded);
struct audit_hash audit_chain(const struct audit_hash *before, const struct audit_hash *leaf);
bool audit_hash_equal(const struct audit_hash *a, const struct audit_hash *b);

#endif
