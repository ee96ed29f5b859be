#include "service/feed_apply.h"

#include <string.h>

#include "base/id.h"
#include "service/card_view.h"
#include "service/erasure_wish.h"
#include "service/feed_bank.h"
#include "service/feed_confirmation.h"
#include "service/feed_reference.h"
#include "service/retention.h"
#include "storage/campaign_store.h"
#include "storage/card_store.h"
#include "storage/member_store.h"
#include "storage/pension_store.h"
#include "storage/rights_store.h"

/* A record beside what is stored in its place. */
struct judged {
    const ProtobufCMessage *record, *stored;
    int64_t update_ms, stored_ms;
    size_t count; /* of its kind the member has already */
};

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

status feed_same_record(struct txn *txn, const ProtobufCMessage *a, const ProtobufCMessage *b,
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

status feed_member_known(struct feed_session *session, struct owner owner, bool *ret_known)
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
        TRY(feed_same_record(session->txn, &stored->base, &campaign->base, &same));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    return same ? STATUS_OK : campaign_store_put(session->txn, campaign);
}

/* A row that does not say when the number was filed takes nothing from one that was: filed stays filed until the number is
   another (SEC-B1). */
static void keep_filing(const Hayat__Store__V1__StoredMember *stored,
                        Hayat__Store__V1__StoredMember *member)
{
    if (member->phone_filed_ms == 0 && strcmp(member->phone_number, stored->phone_number) == 0) {
        member->phone_filed_ms = stored->phone_filed_ms;
    }
}

/* Whoever left is kept from the day on which we heard of it; who is told as insured again never left (ADR 22).  A day that moves
   back is news: what was heard of the later one says nothing of it. */
static void keep_leaving(struct txn *txn, const Hayat__Store__V1__StoredMember *stored,
                         Hayat__Store__V1__StoredMember *member)
{
    if (member->left_ms != 0) {
        bool known = stored != NULL && stored->left_ms != 0 && stored->left_ms <= member->left_ms;
        member->left_told_ms = known ? stored->left_told_ms
                                     : retention_now_ms(txn_now_ms(txn), txn_steady_ms(txn));
        member->erase_ms = stored != NULL && stored->left_ms != 0 ? stored->erase_ms : 0;
    }
}

static bool is_away(const Hayat__Store__V1__StoredMember *member, int64_t now_ms)
{
    return member->left_ms != 0 && member->left_ms <= now_ms;
}

/* RULE LC-19: nobody was obliged to anything while they were told as gone, rightly or not: what waits for them begins on the day they are back. */
static void keep_return(struct txn *txn, const Hayat__Store__V1__StoredMember *stored,
                        Hayat__Store__V1__StoredMember *member)
{
    int64_t now_ms = txn_now_ms(txn);
    bool is_new = stored == NULL;
    bool is_back = is_new || (is_away(stored, now_ms) && !is_away(member, now_ms));
    member->return_steady_ms = is_back ? txn_steady_ms(txn) : stored->return_steady_ms;
}

/* Somebody not on file who left so long ago, or was erased since by their own wish: the feed may go on naming them. */
static status check_stays_gone(struct feed_session *session, struct owner owner,
                               const Hayat__Store__V1__StoredMember *member, bool *ret_gone)
{
    struct retention_terms terms;
    *ret_gone = false;
    if (member->left_ms == 0) {
        return STATUS_OK;
    }
    TRY(retention_terms_load(session->txn, &terms));
    *ret_gone = retention_end_ms(member->left_ms, terms.values[PERIOD_insured]) <= terms.now_ms;
    return *ret_gone ? STATUS_OK
                     : erasure_wish_took_all(session->txn, owner, member->left_ms, ret_gone);
}

static status apply_member(struct feed_session *session, struct owner owner,
                           const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    Hayat__Store__V1__StoredMember member = row->record.member;
    Hayat__Store__V1__StoredMember *stored = NULL;
    bool exists, gone = false, same = false;
    TRY(found(member_store_get(session->txn, owner, &stored), &exists));
    TRY(exists ? STATUS_OK : check_stays_gone(session, owner, &member, &gone));
    if (gone) {
        return refuse(session, FEED_FAULT_LEFT, "left_date", ret_outcome);
    }
    keep_leaving(session->txn, exists ? stored : NULL, &member);
    keep_return(session->txn, exists ? stored : NULL, &member);
    member.address_version = 1;
    if (exists) {
        if (member.update_ms < stored->update_ms) {
            return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
        }
        keep_filing(stored, &member);
        bool moved = strcmp(member.address, stored->address) != 0;
        member.address_version = stored->address_version + (moved ? 1 : 0); /* SEC-B1 */
        TRY(feed_same_record(session->txn, &stored->base, &member.base, &same));
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
        TRY(feed_same_record(session->txn, &stored->base, &person.base, &same));
    } else {
        TRY(new_id(session->txn, &person.beneficiary_id));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    if (same) {
        return STATUS_OK;
    }
    bool renumbered = exists && row->seq == SEQ_HOLDER &&
                      strcmp(stored->cine_number, person.cine_number) != 0;
    TRY(renumbered ? member_store_free_cine(session->txn, owner, stored->cine_number) : STATUS_OK);
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
        TRY(feed_same_record(session->txn, &stored->base, &card.base, &same));
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
        TRY(feed_same_record(session->txn, &stored->base, &pension->base, &same));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    return same ? STATUS_OK : pension_store_put(session->txn, owner, row->seq, pension);
}

/* The one with this beneficiary and number, when it is stored. */
static const ProtobufCMessage *find_period(const Hayat__Store__V1__StoredRights *rights,
                                           const Hayat__Store__V1__StoredRightsPeriod *period)
{
    for (size_t i = 0; i < rights->n_periods; i++) {
        if (rights->periods[i]->beneficiary_seq == period->beneficiary_seq &&
            rights->periods[i]->period_number == period->period_number) {
            return &rights->periods[i]->base;
        }
    }
    return NULL;
}

static const ProtobufCMessage *find_exemption(const Hayat__Store__V1__StoredExemptions *all,
                                              const Hayat__Store__V1__StoredExemption *exemption)
{
    for (size_t i = 0; i < all->n_exemptions; i++) {
        if (all->exemptions[i]->beneficiary_seq == exemption->beneficiary_seq &&
            all->exemptions[i]->exemption_number == exemption->exemption_number) {
            return &all->exemptions[i]->base;
        }
    }
    return NULL;
}

/* Rights and exemptions are a beneficiary's. */
static status beneficiary_known(struct feed_session *session, struct owner owner, uint32_t seq,
                                enum feed_outcome *ret_outcome, bool *ret_known)
{
    Hayat__Store__V1__StoredBeneficiary *person;
    TRY(found(member_store_get_beneficiary(session->txn, owner, seq, &person), ret_known));
    return *ret_known ? STATUS_OK
                      : refuse(session, FEED_FAULT_UNKNOWN_BENEFICIARY, "seq", ret_outcome);
}

/* What is stored already decides: accepted, unchanged, stale, or one too many. */
static status judge(struct feed_session *session, const struct judged *judged,
                    enum feed_outcome *ret_outcome)
{
    bool same = false;
    if (judged->stored == NULL && judged->count >= LIMIT_RIGHTS_PERIODS) {
        return refuse(session, FEED_FAULT_TOO_MANY, "", ret_outcome);
    }
    if (judged->stored != NULL && judged->update_ms < judged->stored_ms) {
        return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
    }
    if (judged->stored != NULL) {
        TRY(feed_same_record(session->txn, judged->stored, judged->record, &same));
    }
    *ret_outcome = same ? FEED_UNCHANGED : FEED_ACCEPTED;
    return STATUS_OK;
}

static status apply_rights(struct feed_session *session, struct owner owner,
                           const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    bool known;
    TRY(beneficiary_known(session, owner, row->seq, ret_outcome, &known));
    if (!known) {
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredRightsPeriod period = row->record.rights_period;
    Hayat__Store__V1__StoredRights *rights;
    TRY(rights_store_get(session->txn, owner, &rights));
    const ProtobufCMessage *stored = find_period(rights, &period);
    const Hayat__Store__V1__StoredRightsPeriod *old = (const void *)stored;
    TRY(judge(session,
              &(struct judged){&period.base, stored, period.update_ms,
                               old != NULL ? old->update_ms : 0, rights->n_periods},
              ret_outcome));
    return *ret_outcome == FEED_ACCEPTED ? rights_store_put(session->txn, owner, &period)
                                         : STATUS_OK;
}

static status apply_exemption(struct feed_session *session, struct owner owner,
                              const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    bool known;
    TRY(beneficiary_known(session, owner, row->seq, ret_outcome, &known));
    if (!known) {
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredExemption exemption = row->record.exemption;
    Hayat__Store__V1__StoredExemptions *all;
    TRY(exemption_store_get(session->txn, owner, &all));
    const ProtobufCMessage *stored = find_exemption(all, &exemption);
    const Hayat__Store__V1__StoredExemption *old = (const void *)stored;
    TRY(judge(session,
              &(struct judged){&exemption.base, stored, exemption.update_ms,
                               old != NULL ? old->update_ms : 0, all->n_exemptions},
              ret_outcome));
    return *ret_outcome == FEED_ACCEPTED ? exemption_store_put(session->txn, owner, &exemption)
                                         : STATUS_OK;
}

/* Rows that need their member. */
static status apply_owned(struct feed_session *session, struct owner owner,
                          const struct feed_row *row, const struct feed_photo *photo,
                          enum feed_outcome *ret_outcome)
{
    bool known;
    TRY(feed_member_known(session, owner, &known));
    if (!known) {
        return refuse(session, FEED_FAULT_UNKNOWN_MEMBER, "registration_number", ret_outcome);
    }
    if (row->kind == FEED_CARDS) {
        return apply_card(session, owner, row, photo, ret_outcome);
    }
    static status (*const apply[FEED_KIND_COUNT])(struct feed_session * session, struct owner owner,
                                                  const struct feed_row *row,
                                                  enum feed_outcome *ret_outcome) = {
        [FEED_BENEFICIARIES] = apply_beneficiary,
        [FEED_PENSIONS] = apply_pension,
        [FEED_RIGHTS] = apply_rights,
        [FEED_EXEMPTIONS] = apply_exemption,
        [FEED_LIFE_CONFIRMATIONS] = feed_confirmation_apply,
        [FEED_BANK_ACCOUNTS] = feed_bank_apply,
    };
    return apply[row->kind] != NULL ? apply[row->kind](session, owner, row, ret_outcome)
                                    : FAIL(INTERNAL);
}

/* --- the first screens --- */

status feed_session_end(struct feed_session *session)
{
    uint32_t parts = session->home_parts;
    if (parts == 0) {
        return STATUS_OK;
    }
    session->home.txn = session->txn;
    session->home_parts = 0;
    session->views++;
    return home_view_refresh(&session->home, session->home_owner, parts);
}

status feed_touch_home(struct feed_session *session, struct owner owner, uint32_t parts)
{
    if (memcmp(session->home_owner.bytes, owner.bytes, OWNER_BYTES) != 0) {
        TRY(feed_session_end(session));
        session->home_owner = owner;
    }
    session->home_parts |= parts;
    return STATUS_OK;
}

static uint32_t parts_of(enum feed_kind kind)
{
    bool of_people = kind == FEED_MEMBERS || kind == FEED_BENEFICIARIES || kind == FEED_CARDS ||
                     kind == FEED_PENSIONS;
    return of_people ? HOME_PEOPLE : kind == FEED_RIGHTS ? HOME_RIGHTS : 0U;
}

/* --- rows --- */

static status apply_common(struct feed_session *session, const struct feed_row *row,
                           enum feed_outcome *ret_outcome)
{
    session->home.has_figures = false; /* they may be in this row */
    return row->kind == FEED_CAMPAIGNS ? apply_campaign(session, row, ret_outcome)
                                       : feed_reference_apply(session, row, ret_outcome);
}

status feed_row_apply(struct feed_session *session, const struct feed_row *row,
                      const struct feed_photo *photo, enum feed_outcome *ret_outcome)
{
    if (feed_kind_is_common(row->kind)) {
        return apply_common(session, row, ret_outcome);
    }
    struct owner owner = owner_of_registration(txn_keys(session->txn), row->registration_number);
    TRY(row->kind == FEED_MEMBERS ? apply_member(session, owner, row, ret_outcome)
                                  : apply_owned(session, owner, row, photo, ret_outcome));
    return *ret_outcome == FEED_ACCEPTED ? feed_touch_home(session, owner, parts_of(row->kind))
                                         : STATUS_OK;
}
