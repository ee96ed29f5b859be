#include "storage/import_store.h"

#include <assert.h>
#include <string.h>

#include "storage/seal.h"
#include "storage/table.h"

enum { KEY_HASH_BYTES = 16 };

static struct cell state_cell(const struct txn *txn, const char *source, bytes digest)
{
    size_t source_len = strlen(source);
    assert(source_len <= IMPORT_SOURCE_MAX && digest.len == IMPORT_DIGEST_BYTES);
    uint8_t input[IMPORT_SOURCE_MAX + 1 + IMPORT_DIGEST_BYTES] = {0};
    memcpy(input, source, source_len);
    memcpy(input + source_len + 1, digest.ptr, digest.len);
    uint8_t hash[KEY_HASH_BYTES];
    seal_blind(txn_keys(txn), "import", bytes_of(input, source_len + 1 + digest.len), hash,
               sizeof(hash));
    return cell_of(TABLE_import_state, key_bytes(key_empty(), bytes_of(hash, sizeof(hash))));
}

status import_store_get(struct txn *txn, const char *source, bytes digest,
                        Hayat__Store__V1__StoredImportState **ret_state)
{
    struct cell cell = state_cell(txn, source, digest);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_state = (Hayat__Store__V1__StoredImportState *)record;
    return STATUS_OK;
}

status import_store_put(struct txn *txn, const Hayat__Store__V1__StoredImportState *state)
{
    bytes digest = bytes_of(state->file_digest.data, state->file_digest.len);
    struct cell cell = state_cell(txn, state->source, digest);
    return table_put_record(txn, &cell, &state->base);
}

static struct cell cell_of_files(struct txn *txn, bytes digest)
{
    assert(digest.len == IMPORT_DIGEST_BYTES);
    uint8_t blinded[16];
    seal_blind(txn_keys(txn), "sorted import", digest, blinded, sizeof blinded);
    return cell_of(TABLE_sorted_import, key_bytes(key_empty(), bytes_of(blinded, sizeof blinded)));
}

status sorted_import_store_get(struct txn *txn, bytes digest,
                               Hayat__Store__V1__StoredSortedImport **ret_state)
{
    struct cell cell = cell_of_files(txn, digest);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_state = (Hayat__Store__V1__StoredSortedImport *)(void *)record;
    return STATUS_OK;
}

status sorted_import_store_put(struct txn *txn, bytes digest,
                               const Hayat__Store__V1__StoredSortedImport *state)
{
    struct cell cell = cell_of_files(txn, digest);
    return table_put_record(txn, &cell, &state->base);
}
