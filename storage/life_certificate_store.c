#include "storage/life_certificate_store.h"

#include <assert.h>
#include <stdlib.h>

#include "storage/table.h"

static struct cell cell_of_certificate(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_life_certificate, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

status life_certificate_store_get(struct txn *txn, struct owner owner, struct id id,
                                  Hayat__Store__V1__StoredLifeCertificate **ret_certificate)
{
    struct cell cell = cell_of_certificate(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_certificate = (Hayat__Store__V1__StoredLifeCertificate *)record;
    return STATUS_OK;
}

status life_certificate_store_put(struct txn *txn, struct owner owner,
                                  const Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    struct id id;
    assert(certificate->life_certificate_id.len == ID_BYTES);
    memcpy(id.bytes, certificate->life_certificate_id.data, ID_BYTES);
    struct cell cell = cell_of_certificate(owner, id);
    return table_put_record(txn, &cell, &certificate->base);
}

static bool gather_id(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct life_certificate_list *list = ctx;
    (void)record;
    memcpy(list->rows[list->count++].id.bytes, key.bytes + OWNER_BYTES, ID_BYTES);
    return list->count < LIMIT_CERTIFICATES_PER_MEMBER;
}

static int newest_first(const void *a, const void *b)
{
    const struct life_certificate_row *x = a;
    const struct life_certificate_row *y = b;
    if (x->create_ms != y->create_ms) {
        return x->create_ms > y->create_ms ? -1 : 1;
    }
    return memcmp(x->id.bytes, y->id.bytes, ID_BYTES);
}

status life_certificate_store_list(struct txn *txn, struct owner owner,
                                   struct life_certificate_list *ret_list)
{
    struct scan scan = {.table = TABLE_life_certificate,
                        .owner = owner,
                        .prefix = key_owner(owner),
                        .keys_only = true};
    ret_list->count = 0;
    TRY(table_scan(txn, &scan, gather_id, ret_list));
    for (size_t i = 0; i < ret_list->count; i++) {
        struct life_certificate_row *row = &ret_list->rows[i];
        struct arena_mark mark = arena_mark(
            txn_arena(txn)); /* receipts are large; little of each is kept */
        Hayat__Store__V1__StoredLifeCertificate *record;
        TRY(life_certificate_store_get(txn, owner, row->id, &record));
        row->create_ms = record->create_ms;
        row->year = record->year;
        row->state = record->state;
        arena_rewind(txn_arena(txn), mark);
    }
    qsort(ret_list->rows, ret_list->count, sizeof ret_list->rows[0], newest_first);
    return STATUS_OK;
}
