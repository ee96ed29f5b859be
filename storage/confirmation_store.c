#include "storage/confirmation_store.h"

#include "storage/table.h"

enum { HASH_BYTES = 16 };

static struct cell cell_of_confirmation(struct txn *txn, struct owner owner, const char *reference)
{
    uint8_t hash[HASH_BYTES];
    seal_blind(txn_keys(txn), "registry reference", bytes_str(reference), hash, sizeof hash);
    return cell_of_owner(TABLE_life_confirmation, owner,
                         key_bytes(key_owner(owner), bytes_of(hash, sizeof hash)));
}

status confirmation_store_get(struct txn *txn, struct owner owner, const char *reference,
                              Hayat__Store__V1__StoredLifeConfirmation **ret_confirmation)
{
    struct cell cell = cell_of_confirmation(txn, owner, reference);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_confirmation = (Hayat__Store__V1__StoredLifeConfirmation *)record;
    return STATUS_OK;
}

status confirmation_store_put(struct txn *txn, struct owner owner,
                              const Hayat__Store__V1__StoredLifeConfirmation *confirmation)
{
    struct cell cell = cell_of_confirmation(txn, owner, confirmation->registry_reference);
    return table_put_record(txn, &cell, &confirmation->base);
}
