#include "service/card_message.h"

#include "service/message.h"
#include "service/mutuelles.h"

Hayat__V1__PersonName *name_message(struct arena *arena, const Hayat__Store__V1__StoredName *name)
{
    Hayat__V1__PersonName *message = message_new(arena, &hayat__v1__person_name__descriptor);
    if (message != NULL && name != NULL) {
        message->given_name = name->given_name;
        message->family_name = name->family_name;
        message->given_name_ar = name->given_name_ar;
        message->family_name_ar = name->family_name_ar;
    }
    return message;
}

status beneficiary_message(struct arena *arena,
                           const Hayat__Store__V1__StoredBeneficiary *beneficiary,
                           Hayat__V1__Beneficiary **ret_message)
{
    Hayat__V1__Beneficiary *message = message_new(arena, &hayat__v1__beneficiary__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->beneficiary_id = message_id(arena, "ben", beneficiary->beneficiary_id);
    message->name = name_message(arena, beneficiary->name);
    message->relationship = (Hayat__V1__Relationship)beneficiary->relationship;
    message->birth_date = message_date(arena, beneficiary->birth_days);
    *ret_message = message;
    return arena_check(arena);
}

static void fill_member(const Hayat__Store__V1__StoredMember *member, struct arena *arena,
                        Hayat__V1__Card *message)
{
    const struct mutuelle *mutuelle = mutuelle_find(member->mutuelle_code);
    message->registration_number = member->registration_number;
    message->affiliation_number = member->affiliation_number;
    message->mutuelle_code = member->mutuelle_code;
    message->mutuelle_name = message_text(arena, mutuelle == NULL ? "" : mutuelle->name);
    message->mutuelle_name_ar = message_text(arena, mutuelle == NULL ? "" : mutuelle->name_ar);
}

/* A card is imported after its member and beneficiary: without them the store is broken. */
static status must_exist(status found)
{
    return found.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : found;
}

status card_message_read(struct txn *txn, struct owner owner, const struct card_row *card,
                         Hayat__V1__Card **ret_message)
{
    struct arena *arena = txn_arena(txn);
    Hayat__Store__V1__StoredMember *member;
    Hayat__Store__V1__StoredBeneficiary *beneficiary;
    TRY(must_exist(member_store_get(txn, owner, &member)));
    TRY(must_exist(member_store_get_beneficiary(txn, owner, card->seq, &beneficiary)));
    Hayat__V1__Card *message = message_new(arena, &hayat__v1__card__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    fill_member(member, arena, message);
    TRY(beneficiary_message(arena, beneficiary, &message->beneficiary));
    message->card_id = message_id(arena, "card", card->record->card_id);
    message->cine_number = beneficiary->cine_number;
    message->issue_date = message_date(arena, card->record->issue_days);
    message->state = (Hayat__V1__CardState)card->record->state;
    message->has_photo = card->record->has_photo;
    message->update_time = message_time(arena, card->record->update_ms);
    *ret_message = message;
    return arena_check(arena);
}

status card_message(struct rpc *rpc, const struct card_row *card, Hayat__V1__Card **ret_message)
{
    return card_message_read(rpc->txn, rpc->principal->owner, card, ret_message);
}
