#include "storage/identity_check_store.h"

#include <assert.h>

status identity_check_store_put(struct txn *txn, struct owner owner,
                                const Hayat__Store__V1__StoredIdentityCheck *check)
{
    assert(check->check_id.len == ID_BYTES);
    struct cell cell = cell_of_owner(
        TABLE_identity_check, owner,
        key_bytes(key_owner(owner), bytes_of(check->check_id.data, ID_BYTES)));
    return table_put_record(txn, &cell, &check->base);
}

struct seeing {
    identity_check_see *see;
    void *ctx;
};

static bool see_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    const struct seeing *seeing = ctx;
    (void)key;
    seeing->see(seeing->ctx, (const Hayat__Store__V1__StoredIdentityCheck *)record);
    return true;
}

status identity_check_store_each(struct txn *txn, struct owner owner, identity_check_see *see,
                                 void *ctx)
{
    struct seeing seeing = {see, ctx};
    struct scan scan = {.table = TABLE_identity_check, .owner = owner, .prefix = key_owner(owner)};
    return table_scan(txn, &scan, see_row, &seeing);
}

static void keep(void *ctx, const Hayat__Store__V1__StoredIdentityCheck *check)
{
    *(const Hayat__Store__V1__StoredIdentityCheck **)ctx = check;
}

status identity_check_store_any(struct txn *txn, struct owner owner,
                                const Hayat__Store__V1__StoredIdentityCheck **ret_check)
{
    const Hayat__Store__V1__StoredIdentityCheck *check = NULL;
    TRY(identity_check_store_each(txn, owner, keep, &check));
    if (check == NULL) {
        return FAIL(NOT_FOUND);
    }
    *ret_check = check;
    return STATUS_OK;
}
