#include "storage/card_store.h"

#include "base/codec.h"
#include "storage/table.h"

static struct cell cell_of_card(struct owner owner, uint32_t seq)
{
    return cell_of_owner(TABLE_card, owner, key_u32(key_owner(owner), seq));
}

static struct cell cell_of_photo(struct owner owner, uint32_t seq)
{
    return cell_of_owner(TABLE_card_photo, owner, key_u32(key_owner(owner), seq));
}

status card_store_get(struct txn *txn, struct owner owner, uint32_t seq,
                      Hayat__Store__V1__StoredCard **ret_card)
{
    struct cell cell = cell_of_card(owner, seq);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_card = (Hayat__Store__V1__StoredCard *)record;
    return STATUS_OK;
}

status card_store_put(struct txn *txn, struct owner owner, uint32_t seq,
                      const Hayat__Store__V1__StoredCard *card)
{
    struct cell cell = cell_of_card(owner, seq);
    return table_put_record(txn, &cell, &card->base);
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct card_list *list = ctx;
    list->rows[list->count++] = (struct card_row){get_be32(key.bytes + OWNER_BYTES),
                                                  (const Hayat__Store__V1__StoredCard *)record};
    return list->count < LIMIT_BENEFICIARIES;
}

status card_store_list(struct txn *txn, struct owner owner, struct card_list *ret_list)
{
    struct scan scan = {.table = TABLE_card, .owner = owner, .prefix = key_owner(owner)};
    ret_list->count = 0;
    return table_scan(txn, &scan, gather, ret_list);
}

struct search {
    struct id card_id;
    bool found;
    struct card_row row;
};

static bool match(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct search *search = ctx;
    const Hayat__Store__V1__StoredCard *card = (const Hayat__Store__V1__StoredCard *)record;
    search->found = bytes_equal(bytes_of(card->card_id.data, card->card_id.len),
                                bytes_of(search->card_id.bytes, ID_BYTES));
    search->row = (struct card_row){get_be32(key.bytes + OWNER_BYTES), card};
    return !search->found;
}

status card_store_find(struct txn *txn, struct owner owner, struct id card_id,
                       struct card_row *ret_row)
{
    struct search search = {.card_id = card_id};
    struct scan scan = {.table = TABLE_card, .owner = owner, .prefix = key_owner(owner)};
    TRY(table_scan(txn, &scan, match, &search));
    if (!search.found) {
        return FAIL(NOT_FOUND);
    }
    *ret_row = search.row;
    return STATUS_OK;
}

status card_store_get_photo(struct txn *txn, struct owner owner, uint32_t seq,
                            Hayat__Store__V1__StoredPhoto **ret_photo)
{
    struct cell cell = cell_of_photo(owner, seq);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_photo = (Hayat__Store__V1__StoredPhoto *)record;
    return STATUS_OK;
}

status card_store_put_photo(struct txn *txn, struct owner owner, uint32_t seq,
                            const Hayat__Store__V1__StoredPhoto *photo)
{
    struct cell cell = cell_of_photo(owner, seq);
    return table_put_record(txn, &cell, &photo->base);
}
