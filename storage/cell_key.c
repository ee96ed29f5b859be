#include "storage/cell_key.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

/* A key that was never loaded is all zero.  In words: this runs for every cell. */
static bool is_loaded(const struct seal_key *key)
{
    uint64_t words[SEAL_KEY_BYTES / 8];
    memcpy(words, key->bytes, sizeof words);
    return (words[0] | words[1] | words[2] | words[3]) != 0;
}

const struct seal_key *seal_key_of_epoch(const struct seal_keys *keys, enum key_domain domain,
                                         uint32_t epoch)
{
    /* Looking at current first: a key is there before its epoch is. */
    if (epoch == 0 || epoch >= SEAL_EPOCHS_MAX || epoch > keys->current[domain]) {
        return NULL;
    }
    const struct seal_key *key = &keys->key[domain][epoch];
    return is_loaded(key) ? key : NULL;
}

/* FNV-1a of the message's full name: a table whose record type changes does not open old cells by
   mistake. */
static uint32_t hash_name(const ProtobufCMessageDescriptor *record)
{
    uint32_t hash = 2166136261;
    for (const char *c = record != NULL ? record->name : "chunk"; *c != '\0'; c++) {
        hash = (hash ^ (uint8_t)*c) * 16777619;
    }
    return hash;
}

/* Reckoned once for each table: this runs for every cell.  Two threads that do so at once find the same. */
static uint32_t record_type(enum table_id table)
{
    static _Atomic uint32_t known[TABLE_SLOTS];
    const ProtobufCMessageDescriptor *record = table_info(table)->record;
    uint32_t type = atomic_load_explicit(&known[table], memory_order_relaxed);
    if (type == 0) {
        type = hash_name(record);
        atomic_store_explicit(&known[table], type, memory_order_relaxed);
    }
    return type;
}

struct seal_place cell_place(const struct cell *cell)
{
    return (struct seal_place){
        .table = cell->table,
        .record_type = record_type(cell->table),
        .key = key_view(&cell->key),
        .owner = cell->owner,
        .chunk_index = cell->chunk_index,
        .chunk_count = cell->chunk_count,
        .epoch = DOCUMENT_KEY_EPOCH, /* another where a domain's key seals */
    };
}

void cell_seal(const struct seal_keys *keys, const struct cell *cell, struct random_source *random,
               bytes plain, uint8_t *out)
{
    struct seal_place place = cell_place(cell);
    const struct seal_key *key = cell->document_key;
    if (key == NULL) {
        enum key_domain domain = table_info(cell->table)->domain;
        place.epoch = keys->current[domain]; /* once: it may change between two looks */
        key = seal_key_of_epoch(keys, domain, place.epoch);
        assert(key != NULL); /* a domain without a key is our bug */
    }
    seal_cell(key, &place, random, plain, out);
}

status cell_open(const struct seal_keys *keys, const struct cell *cell, bytes sealed, uint8_t *out)
{
    struct seal_place place = cell_place(cell);
    if (cell->document_key != NULL) {
        return open_cell(cell->document_key, &place, sealed, out);
    }
    TRY(seal_cell_epoch(sealed, &place.epoch));
    enum key_domain domain = table_info(cell->table)->domain;
    const struct seal_key *key = seal_key_of_epoch(keys, domain, place.epoch);
    return key == NULL ? FAIL(STORE_CORRUPT) : open_cell(key, &place, sealed, out);
}
