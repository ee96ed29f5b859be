/*
 * table: typed cells over LMDB; with table.c and db.c the only code that sees an MDB_val.
 *
 * A cell is addressed by its table, key and owner.  Reads copy and open the value into the
 * caller's arena; nothing points into the map.  Writes go to the transaction's write-set and are
 * read back by the same transaction; they reach LMDB only when the call succeeded, through
 * writer_apply, in order (the one door, see storage/writer.h).
 *
 * Memory  outputs live in the arena given at txn_begin (txn->arena).
 * Threads a transaction belongs to one thread.
 * Errors  NOT_FOUND (no such cell) · STORE_CORRUPT (does not open or does not decode) · ARENA_FULL
 *         · STORE_FAILED (LMDB error) · OVERLOADED (write-set full, LIMIT_WRITE_SET).
 */
#ifndef HAYAT_STORAGE_TABLE_H
#define HAYAT_STORAGE_TABLE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "storage/retention.h"
#include "storage/seal.h"

enum table_id {
#define TABLE(id, name, record, domain, owner, key, retention, export) TABLE_##name = (id),
#include "storage/tables.def"
#undef TABLE
};

enum { TABLE_SLOTS = 128 }; /* table ids are below */

struct key {
    uint8_t len;
    uint8_t bytes[LIMIT_KEY_BYTES];
};

/* Keys are built by appending parts: key_u32(key_owner(o), seq).  Past LIMIT_KEY_BYTES is our bug
   (assert). */
struct key key_empty(void);
struct key key_owner(struct owner owner);
struct key key_u32(struct key key, uint32_t value);
struct key key_u64(struct key key, uint64_t value);
struct key key_bytes(struct key key, bytes part);
static inline bytes key_view(const struct key *key)
{
    return bytes_of(key->bytes, key->len);
}

struct cell {
    enum table_id table;
    struct key key;
    struct owner owner;                  /* zero for tables of nobody */
    uint32_t chunk_index, chunk_count;   /* for document_chunk */
    const struct seal_key *document_key; /* seals instead of the domain's key; for document_chunk */
};

/* A cell of a table of nobody. */
struct cell cell_of(enum table_id table, struct key key);
/* A cell of a member's table; KEY must begin with OWNER (assert). */
struct cell cell_of_owner(enum table_id table, struct owner owner, struct key key);

struct txn;

status table_get(struct txn *txn, const struct cell *cell, bytes *ret_plain);
status table_put(struct txn *txn, const struct cell *cell, bytes plain);
/* Puts what the cell's seal was made of before, outside the transaction.  Only for tables of raw chunks; SEALED must
   stay until the job is done. */
status table_put_sealed(struct txn *txn, const struct cell *cell, bytes sealed);
/* Deleting what is not there is OK. */
status table_delete(struct txn *txn, const struct cell *cell);

/* Forgets every put and delete of the transaction. */
void table_drop_writes(struct txn *txn);

/* The record as its unpacked message, of the type tables.def names. */
status table_get_record(struct txn *txn, const struct cell *cell, ProtobufCMessage **ret_record);
status table_put_record(struct txn *txn, const struct cell *cell, const ProtobufCMessage *record);

/* Called with each key in order; return false to stop.  The value is opened only when WANT_VALUES.
   */
typedef bool table_visit(void *ctx, struct key key, const ProtobufCMessage *record);

struct scan {
    enum table_id table;
    struct owner owner; /* the owner of every row in range; zero for tables of nobody */
    struct key prefix;  /* rows whose key begins so */
    struct key
        after; /* start strictly after (before, when REVERSE) this key; empty: from the end */
    bool reverse;
    bool keys_only; /* RECORD is NULL in the visit */
    bytes *plain;   /* not NULL: gets each row's bytes, in the arena, and RECORD is NULL */
};

/* Sees the transaction's own writes. */
status table_scan(struct txn *txn, const struct scan *scan, table_visit *visit, void *ctx);

/* How many rows the table has, but for the transaction's own writes.  Told by the tree's root: cheap. */
status table_count(struct txn *txn, enum table_id table, uint64_t *ret_count);

/* What tables.def says, for scrub, docs and tests. */
struct table_info {
    enum table_id id;
    const char *name;
    const ProtobufCMessageDescriptor *record; /* NULL for raw chunks */
    enum key_domain domain;
    bool of_member;
    const char *key_layout;
    struct retention_rule retention;
    bool exported;
};

extern const struct table_info table_infos[];
extern const size_t table_info_count;
const struct table_info *table_info(enum table_id id);

#endif
