#include "gen/handlers.h"
#include "service/card_message.h"
#include "service/card_view.h"
#include "service/message.h"
#include "service/page_token.h"

#include "base/codec.h"

static const char list_cards[] = "CardService.ListCards";

enum { TAG_CARD = 1, TAG_CARDS = 1 }; /* GetCardResponse.card, ListCardsResponse.cards */

static status holder_card(struct rpc *rpc, struct card_row *ret_row)
{
    Hayat__Store__V1__StoredCard *card;
    status found = card_store_get(rpc->txn, rpc->principal->owner, SEQ_HOLDER, &card);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(CARD_NOT_ISSUED);
    }
    TRY(found);
    *ret_row = (struct card_row){SEQ_HOLDER, card};
    return STATUS_OK;
}

/* The card asked for; the holder's when CARD_ID is empty. */
static status chosen_card(struct rpc *rpc, const char *card_id, struct card_row *ret_row)
{
    struct id id;
    if (card_id[0] == '\0') {
        return holder_card(rpc, ret_row);
    }
    if (!id_parse(bytes_str(card_id), "card", &id)) {
        return FAIL(NOT_FOUND);
    }
    return card_store_find(rpc->txn, rpc->principal->owner, id, ret_row);
}

/* The rows' views as the response's fields TAG, as they are stored. */
static status reply_views(struct rpc *rpc, uint32_t tag, const struct card_row *rows, size_t count,
                          ProtobufCMessage *response)
{
    response->unknown_fields = arena_array(rpc->arena, count, sizeof *response->unknown_fields);
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(card_view_field(rpc->arena, tag, rows[i].record->view, &response->unknown_fields[i]));
        response->n_unknown_fields = (unsigned)i + 1;
    }
    return STATUS_OK;
}

status card_get_card(struct rpc *rpc, const Hayat__V1__GetCardRequest *request,
                     Hayat__V1__GetCardResponse *response)
{
    struct card_row row;
    TRY(chosen_card(rpc, request->card_id, &row));
    return row.record->view.len == 0 ? card_message(rpc, &row, &response->card)
                                     : reply_views(rpc, TAG_CARD, &row, 1, &response->base);
}

status card_get_card_photo(struct rpc *rpc, const Hayat__V1__GetCardPhotoRequest *request,
                           Hayat__V1__GetCardPhotoResponse *response)
{
    struct card_row row;
    Hayat__Store__V1__StoredPhoto *photo;
    TRY(chosen_card(rpc, request->card_id, &row));
    status found = card_store_get_photo(rpc->txn, rpc->principal->owner, row.seq, &photo);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(PHOTO_NOT_ON_FILE);
    }
    TRY(found);
    response->media_type = photo->media_type;
    response->data = photo->data;
    return STATUS_OK;
}

/* The first row after the cursor's seq; rows are in order of seq. */
static status first_of_page(const struct card_list *list, const struct page_cursor *cursor,
                            size_t *ret_first)
{
    size_t first = 0;
    if (cursor->len != 0 && cursor->len != 4) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    while (cursor->len == 4 && first < list->count &&
           list->rows[first].seq <= get_be32(cursor->bytes)) {
        first++;
    }
    *ret_first = first;
    return STATUS_OK;
}

/* Known fields go before unknown ones on the wire: in order are only views alone or messages alone. */
static status reply_cards(struct rpc *rpc, const struct card_row *rows, size_t count,
                          Hayat__V1__ListCardsResponse *response)
{
    size_t views = 0;
    while (views < count && rows[views].record->view.len > 0) {
        views++;
    }
    if (views == count) {
        return reply_views(rpc, TAG_CARDS, rows, count, &response->base);
    }
    response->cards = arena_array(rpc->arena, count, sizeof(Hayat__V1__Card *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(card_message(rpc, &rows[i], &response->cards[i]));
        response->n_cards = i + 1;
    }
    return STATUS_OK;
}

status card_list_cards(struct rpc *rpc, const Hayat__V1__ListCardsRequest *request,
                       Hayat__V1__ListCardsResponse *response)
{
    struct card_list list;
    struct page_cursor cursor;
    size_t first;
    TRY(page_token_read(rpc, list_cards, request->page_token, &cursor));
    TRY(card_store_list(rpc->txn, rpc->principal->owner, &list));
    TRY(first_of_page(&list, &cursor, &first));
    size_t count = list.count - first;
    size_t most = request->page_size == 0 ? LIMIT_BENEFICIARIES : page_size_of(request->page_size);
    bool more = count > most;
    count = more ? most : count;
    TRY(reply_cards(rpc, &list.rows[first], count, response));
    if (!more) {
        return STATUS_OK;
    }
    cursor.len = 4;
    put_be32(cursor.bytes, list.rows[first + count - 1].seq);
    return page_token_make(rpc, list_cards, &cursor, &response->next_page_token);
}
