/*
 * card_message: stored cards and beneficiaries as the API shows them.
 *
 * Memory  messages live in the call's arena and share the records' strings, which live there too.
 * Reasons STORE_CORRUPT (a card without its member or beneficiary) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CARD_MESSAGE_H
#define HAYAT_SERVICE_CARD_MESSAGE_H

#include "hayat/v1/card.pb-c.h"
#include "service/rpc.h"
#include "storage/card_store.h"
#include "storage/member_store.h"

Hayat__V1__PersonName *name_message(struct arena *arena, const Hayat__Store__V1__StoredName *name);
status beneficiary_message(struct arena *arena,
                           const Hayat__Store__V1__StoredBeneficiary *beneficiary,
                           Hayat__V1__Beneficiary **ret_message);
/* Reads the member and the beneficiary the card is for. */
status card_message(struct rpc *rpc, const struct card_row *card, Hayat__V1__Card **ret_message);
/* The same in the transaction's arena. */
status card_message_read(struct txn *txn, struct owner owner, const struct card_row *card,
                         Hayat__V1__Card **ret_message);

#endif
