#include "service/card_view.h"

#include <string.h>

#include "service/card_message.h"
#include "service/message.h"

/* A length in a varint of 7 bits a byte: 5 bytes hold 32 bits. */
enum { LENGTH_MAX = 5 };

status card_view_build(struct txn *txn, struct owner owner, uint32_t seq,
                       Hayat__Store__V1__StoredCard *card)
{
    struct card_row row = {seq, card};
    Hayat__V1__Card *message;
    TRY(card_message_read(txn, owner, &row, &message));
    size_t size = protobuf_c_message_get_packed_size(&message->base);
    uint8_t *view = arena_alloc(txn_arena(txn), size);
    if (view == NULL) {
        return FAIL(ARENA_FULL);
    }
    card->view = (ProtobufCBinaryData){protobuf_c_message_pack(&message->base, view), view};
    return STATUS_OK;
}

/* What the view does not show (an address, a telephone) rewrites nothing. */
static status refresh(struct txn *txn, struct owner owner, const struct card_row *row)
{
    Hayat__Store__V1__StoredCard card = *row->record;
    TRY(card_view_build(txn, owner, row->seq, &card));
    if (bytes_equal(bytes_of_binary(card.view), bytes_of_binary(row->record->view))) {
        return STATUS_OK;
    }
    return card_store_put(txn, owner, row->seq, &card);
}

status card_view_refresh(struct txn *txn, struct owner owner, uint32_t seq)
{
    Hayat__Store__V1__StoredCard *card;
    status found = card_store_get(txn, owner, seq, &card);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    struct card_row row = {seq, card};
    return refresh(txn, owner, &row);
}

status card_view_refresh_all(struct txn *txn, struct owner owner, uint32_t *ret_cards)
{
    struct card_list list;
    TRY(card_store_list(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        TRY(refresh(txn, owner, &list.rows[i]));
    }
    *ret_cards = (uint32_t)list.count;
    return STATUS_OK;
}

status card_view_field(struct arena *arena, uint32_t tag, ProtobufCBinaryData view,
                       ProtobufCMessageUnknownField *ret_field)
{
    uint8_t *data = arena_alloc(arena, LENGTH_MAX + view.len);
    size_t at = 0, length = view.len;
    if (data == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (; length >= 0x80; length >>= 7) {
        data[at++] = (uint8_t)(length | 0x80);
    }
    data[at++] = (uint8_t)length;
    memcpy(data + at, view.data, view.len);
    /* Of a length-prefixed unknown field, protobuf-c's data holds the prefix too. */
    *ret_field = (ProtobufCMessageUnknownField){
        .tag = tag,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = at + view.len,
        .data = data,
    };
    return STATUS_OK;
}
