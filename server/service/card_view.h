/*
 * card_view: the whole answer about a card, kept in the card's record, so that reading a card is one get.
 *
 * Rules    StoredCard.view is the serialized hayat.v1.Card.  Whoever stores a card, its member or its beneficiary calls
 *          build or refresh in the same transaction, after the put: a view is never older than its parts.  An empty view
 *          (a store from before views) is no view: the reader builds the card from the three records.
 * Memory   outputs live in the transaction's arena.
 * Threads  build and refresh run in the writer's transaction.
 * Reasons  STORE_CORRUPT (a card without its member or beneficiary) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CARD_VIEW_H
#define HAYAT_SERVICE_CARD_VIEW_H

#include "storage/card_store.h"
#include "storage/table.h"

/* Sets CARD->view from CARD and the stored member and beneficiary; CARD is not stored. */
status card_view_build(struct txn *txn, struct owner owner, uint32_t seq,
                       Hayat__Store__V1__StoredCard *card);
/* The beneficiary SEQ changed; there may be no card. */
status card_view_refresh(struct txn *txn, struct owner owner, uint32_t seq);
/* The member changed: refreshes every card; counts them. */
status card_view_refresh_all(struct txn *txn, struct owner owner, uint32_t *ret_cards);

/*
 * One Card field of a response, already on the wire: protobuf-c packs an unknown field as it stands, so the view goes
 * into the reply without being unpacked and packed again.
 */
status card_view_field(struct arena *arena, uint32_t tag, ProtobufCBinaryData view,
                       ProtobufCMessageUnknownField *ret_field);

#endif
