#include "service/feed_apply.h"

#include <string.h>

#include "base/id.h"
#include "service/card_view.h"
#include "storage/campaign_store.h"
#include "storage/card_store.h"
#include "storage/member_store.h"
#include "storage/pension_store.h"

static status refuse(struct feed_session *session, enum feed_fault fault, const char *column,
                     enum feed_outcome *ret_outcome)
{
    session->error = (struct feed_error){fault, column};
    *ret_outcome = FEED_REFUSED;
    return STATUS_OK;
}

/* NOT_FOUND is an answer here, not a failure. */
static status found(status s, bool *ret_found)
{
    *ret_found = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static status packed(struct arena *arena, const ProtobufCMessage *message, bytes *ret)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *out = arena_alloc(arena, len > 0 ? len : 1);
    if (out == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret = bytes_of(out, protobuf_c_message_pack(message, out));
    return STATUS_OK;
}

static status same_record(struct txn *txn, const ProtobufCMessage *a, const ProtobufCMessage *b,
                          bool *ret_same)
{
    bytes packed_a, packed_b;
    TRY(packed(txn_arena(txn), a, &packed_a));
    TRY(packed(txn_arena(txn), b, &packed_b));
    *ret_same = bytes_equal(packed_a, packed_b);
    return STATUS_OK;
}

/* A new public id, in the transaction's arena. */
static status new_id(struct txn *txn, ProtobufCBinaryData *ret)
{
    struct id id = id_new(txn_random(txn));
    ret->data = arena_alloc(txn_arena(txn), ID_BYTES);
    if (ret->data == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(ret->data, id.bytes, ID_BYTES);
    ret->len = ID_BYTES;
    return STATUS_OK;
}

/* Whether the row's member is there; rows of one member mostly come together, so the last answer is
   kept. */
static status member_known(struct feed_session *session, struct owner owner, bool *ret_known)
{
    if (session->owner_known && memcmp(&session->owner, &owner, sizeof(owner)) == 0) {
        *ret_known = true;
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredMember *member;
    TRY(found(member_store_get(session->txn, owner, &member), ret_known));
    session->owner_known = *ret_known;
    session->owner = owner;
    return STATUS_OK;
}

static status apply_campaign(struct feed_session *session, const struct feed_row *row,
                             enum feed_outcome *ret_outcome)
{
    const Hayat__Store__V1__StoredCampaign *campaign = &row->record.campaign;
    Hayat__Store__V1__StoredCampaign *stored;
    bool exists, same = false;
    TRY(found(campaign_store_get(session->txn, campaign->year, &stored), &exists));
    if (exists) {
        TRY(same_record(session->txn, &stored->base, &campaign->base, &same));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    return same ? STATUS_OK : campaign_store_put(session->txn, campaign);
}

static status apply_member(struct feed_session *session, struct owner owner,
                           const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    Hayat__Store__V1__StoredMember member = row->record.member;
    Hayat__Store__V1__StoredMember *stored;
    bool exists, same = false;
    TRY(found(member_store_get(session->txn, owner, &stored), &exists));
    member.address_version = 1;
    if (exists) {
        if (member.update_ms < stored->update_ms) {
            return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
        }
        bool moved = strcmp(member.address, stored->address) != 0;
        member.address_version = stored->address_version + (moved ? 1 : 0); /* SEC-B1 */
        TRY(same_record(session->txn, &stored->base, &member.base, &same));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    if (same) {
        return STATUS_OK;
    }
    TRY(member_store_put(session->txn, owner, &member));
    uint32_t cards = 0; /* a new member has none yet */
    if (exists) {
        TRY(card_view_refresh_all(session->txn, owner, &cards));
    }
    session->views += cards;
    return STATUS_OK;
}

static status apply_beneficiary(struct feed_session *session, struct owner owner,
                                const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    Hayat__Store__V1__StoredBeneficiary person = row->record.beneficiary;
    Hayat__Store__V1__StoredBeneficiary *stored;
    bool exists, same = false;
    TRY(found(member_store_get_beneficiary(session->txn, owner, row->seq, &stored), &exists));
    if (exists) {
        if (person.update_ms < stored->update_ms) {
            return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
        }
        person.beneficiary_id = stored->beneficiary_id;
        TRY(same_record(session->txn, &stored->base, &person.base, &same));
    } else {
        TRY(new_id(session->txn, &person.beneficiary_id));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    if (same) {
        return STATUS_OK;
    }
    TRY(member_store_put_beneficiary(session->txn, owner, row->seq, &person));
    if (!exists) {
        return STATUS_OK; /* no card yet */
    }
    session->views++;
    return card_view_refresh(session->txn, owner, row->seq);
}

/* Stores the photo unless it is stored already. */
static status apply_photo(struct feed_session *session, struct owner owner, uint32_t seq,
                          const struct feed_photo *photo, bool *ret_same)
{
    Hayat__Store__V1__StoredPhoto *stored;
    bool exists;
    TRY(found(card_store_get_photo(session->txn, owner, seq, &stored), &exists));
    *ret_same = exists && strcmp(stored->media_type, photo->media_type) == 0 &&
                bytes_equal(bytes_of(stored->data.data, stored->data.len), photo->data);
    if (*ret_same) {
        return STATUS_OK;
    }
    bytes data = arena_copy(txn_arena(session->txn), photo->data);
    Hayat__Store__V1__StoredPhoto record;
    hayat__store__v1__stored_photo__init(&record);
    record.media_type = arena_str(txn_arena(session->txn), bytes_str(photo->media_type));
    record.data = (ProtobufCBinaryData){.len = data.len, .data = (uint8_t *)(uintptr_t)data.ptr};
    TRY(arena_check(txn_arena(session->txn)));
    return card_store_put_photo(session->txn, owner, seq, &record);
}

static status apply_card(struct feed_session *session, struct owner owner,
                         const struct feed_row *row, const struct feed_photo *photo,
                         enum feed_outcome *ret_outcome)
{
    Hayat__Store__V1__StoredCard card = row->record.card;
    Hayat__Store__V1__StoredBeneficiary *person;
    Hayat__Store__V1__StoredCard *stored;
    bool exists, known, same = false, same_photo = true;
    TRY(found(member_store_get_beneficiary(session->txn, owner, row->seq, &person), &known));
    if (!known) {
        return refuse(session, FEED_FAULT_UNKNOWN_BENEFICIARY, "seq", ret_outcome);
    }
    TRY(found(card_store_get(session->txn, owner, row->seq, &stored), &exists));
    card.has_photo = photo->media_type != NULL || (exists && stored->has_photo);
    if (exists) {
        if (card.update_ms < stored->update_ms) {
            return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
        }
        card.card_id = stored->card_id;
        card.view = stored->view; /* the row does not say it: not compared */
        TRY(same_record(session->txn, &stored->base, &card.base, &same));
    } else {
        TRY(new_id(session->txn, &card.card_id));
    }
    if (photo->media_type != NULL) {
        TRY(apply_photo(session, owner, row->seq, photo, &same_photo));
    }
    *ret_outcome = same && same_photo ? FEED_UNCHANGED : FEED_ACCEPTED;
    if (same) {
        return STATUS_OK;
    }
    session->views++;
    TRY(card_view_build(session->txn, owner, row->seq, &card));
    return card_store_put(session->txn, owner, row->seq, &card);
}

static status apply_pension(struct feed_session *session, struct owner owner,
                            const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    const Hayat__Store__V1__StoredPension *pension = &row->record.pension;
    Hayat__Store__V1__StoredPension *stored;
    bool exists, same = false;
    TRY(found(pension_store_get(session->txn, owner, row->seq, &stored), &exists));
    if (exists) {
        if (pension->update_ms < stored->update_ms) {
            return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
        }
        TRY(same_record(session->txn, &stored->base, &pension->base, &same));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    return same ? STATUS_OK : pension_store_put(session->txn, owner, row->seq, pension);
}

/* Rows that need their member. */
static status apply_owned(struct feed_session *session, struct owner owner,
                          const struct feed_row *row, const struct feed_photo *photo,
                          enum feed_outcome *ret_outcome)
{
    bool known;
    TRY(member_known(session, owner, &known));
    if (!known) {
        return refuse(session, FEED_FAULT_UNKNOWN_MEMBER, "registration_number", ret_outcome);
    }
    switch (row->kind) {
    case FEED_BENEFICIARIES:
        return apply_beneficiary(session, owner, row, ret_outcome);
    case FEED_CARDS:
        return apply_card(session, owner, row, photo, ret_outcome);
    case FEED_PENSIONS:
        return apply_pension(session, owner, row, ret_outcome);
    case FEED_CAMPAIGNS:
    case FEED_MEMBERS:
    case FEED_KIND_COUNT:
        break;
    }
    return FAIL(INTERNAL);
}

status feed_row_apply(struct feed_session *session, const struct feed_row *row,
                      const struct feed_photo *photo, enum feed_outcome *ret_outcome)
{
    if (row->kind == FEED_CAMPAIGNS) {
        return apply_campaign(session, row, ret_outcome);
    }
    struct owner owner = owner_of_registration(txn_keys(session->txn), row->registration_number);
    if (row->kind == FEED_MEMBERS) {
        return apply_member(session, owner, row, ret_outcome);
    }
    return apply_owned(session, owner, row, photo, ret_outcome);
}
