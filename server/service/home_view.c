#include "service/home_view.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/codec.h"
#include "hayat/v1/home.pb-c.h"
#include "service/card_message.h"
#include "service/card_view.h"
#include "service/coverage_load.h"
#include "service/coverage_message.h"
#include "service/home_health.h"
#include "service/message.h"
#include "service/reference.h"
#include "service/splice.h"
#include "storage/pension_store.h"

enum {
    TAG_CARD = 1,       /* of GetHomeResponse */
    RIGHTS_MAX = 3,     /* parts of time: what ends, what follows ... */
    HORIZON_DAYS = 400, /* ... within a year; later ones are made by later changes */
    FIGURES = 6,
};

typedef Hayat__V1__GetHomeResponse home_message;

/* --- runs of wire bytes: a GetHomeResponse with these fields alone --- */

static status pack(struct arena *arena, const home_message *part, ProtobufCBinaryData *ret_run)
{
    size_t len = protobuf_c_message_get_packed_size(&part->base);
    uint8_t *run = arena_alloc(arena, len);
    if (run == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret_run = (ProtobufCBinaryData){protobuf_c_message_pack(&part->base, run), run};
    return STATUS_OK;
}

static status add_card(struct txn *txn, struct owner owner, home_message *part)
{
    Hayat__Store__V1__StoredCard *card;
    status found = card_store_get(txn, owner, SEQ_HOLDER, &card);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* absent until one is issued */
    }
    TRY(found);
    struct card_row row = {SEQ_HOLDER, card};
    if (card->view.len == 0) {
        return card_message_read(txn, owner, &row, &part->card);
    }
    TRY(splice_room(txn_arena(txn), &part->base, 1));
    part->base.n_unknown_fields = 1;
    return card_view_field(txn_arena(txn), TAG_CARD, card->view, &part->base.unknown_fields[0]);
}

static status make_people(struct txn *txn, struct owner owner,
                          const struct beneficiary_list *people, home_row *view)
{
    struct arena *arena = txn_arena(txn);
    home_message card = HAYAT__V1__GET_HOME_RESPONSE__INIT;
    home_message dependants = HAYAT__V1__GET_HOME_RESPONSE__INIT;
    TRY(add_card(txn, owner, &card));
    dependants.dependants = arena_array(arena, people->count, sizeof(void *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < people->count; i++) {
        if (people->rows[i].seq != SEQ_HOLDER) {
            TRY(beneficiary_message(arena, people->rows[i].record,
                                    &dependants.dependants[dependants.n_dependants]));
            dependants.n_dependants++;
        }
    }
    dependants.dependant_count = (int32_t)dependants.n_dependants;
    Hayat__Store__V1__StoredPension *pension;
    status found = pension_store_first(txn, owner, &pension);
    view->no_pension = found.why == REASON_NOT_FOUND;
    TRY(view->no_pension ? STATUS_OK : found);
    TRY(pack(arena, &card, &view->card));
    return pack(arena, &dependants, &view->people);
}

/* --- rights --- */

static uint64_t figures_hash(const struct coverage_figures *figures)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    const int32_t numbers[FIGURES] = {figures->qualifying_months,   figures->kept_job_loss_months,
                                      figures->kept_divorce_months, figures->kept_survivor_months,
                                      figures->child_months,        figures->student_months};
    uint8_t in[4 * FIGURES], hash[crypto_shorthash_BYTES];
    for (size_t i = 0; i < FIGURES; i++) {
        put_be32(in + 4 * i, (uint32_t)numbers[i]);
    }
    (void)crypto_shorthash(hash, in, sizeof in, key);
    return get_be64(hash);
}

/* Everybody's rights on DAY, and until when they stay so. */
static status make_part(struct arena *arena, const struct family_coverage *family, int64_t day,
                        Hayat__Store__V1__StoredHomeRights **ret_part)
{
    home_message message = HAYAT__V1__GET_HOME_RESPONSE__INIT;
    Hayat__Store__V1__StoredHomeRights *part = message_new(
        arena, &hayat__store__v1__stored_home_rights__descriptor);
    message.coverages = arena_array(arena, family->people.count, sizeof(void *));
    TRY(arena_check(arena));
    part->first_days = day;
    part->last_days = DAY_FOREVER;
    for (size_t i = 0; i < family->people.count; i++) {
        int64_t last = family_coverage_same_until(family, i, day);
        part->last_days = last < part->last_days ? last : part->last_days;
        TRY(coverage_summary(arena, family, i, day, &message.coverages[i]));
        message.n_coverages = i + 1;
    }
    *ret_part = part;
    return pack(arena, &message, &part->coverages);
}

static status make_rights(struct arena *arena, const struct family_coverage *family, int64_t first,
                          home_row *view)
{
    int64_t day = first;
    view->figures = figures_hash(&family->figures);
    view->n_rights = 0;
    view->rights = arena_array(arena, RIGHTS_MAX, sizeof(void *));
    TRY(arena_check(arena));
    while (view->n_rights < RIGHTS_MAX) {
        Hayat__Store__V1__StoredHomeRights *part;
        TRY(make_part(arena, family, day, &part));
        view->rights[view->n_rights++] = part;
        if (part->last_days >= first + HORIZON_DAYS) {
            break;
        }
        day = part->last_days + 1;
    }
    return STATUS_OK;
}

bool home_view_coverages(const home_row *view, const struct coverage_figures *figures, int64_t day,
                         bytes *ret_run)
{
    if (view->figures != figures_hash(figures)) {
        return false;
    }
    for (size_t i = 0; i < view->n_rights; i++) {
        const Hayat__Store__V1__StoredHomeRights *part = view->rights[i];
        if (part->first_days <= day && day <= part->last_days) {
            *ret_run = bytes_of_binary(part->coverages);
            return true;
        }
    }
    return false;
}

/* --- claims and prior authorisations --- */

static status keep_waiting(struct arena *arena, const struct home_newest *newest, size_t *ret_count,
                           ProtobufCBinaryData **ret_list)
{
    ProtobufCBinaryData *list = arena_array(arena, newest->waiting_count, sizeof *list);
    TRY(arena_check(arena));
    for (size_t i = 0; i < newest->waiting_count; i++) {
        list[i] = message_bytes(arena, newest->waiting[i]);
    }
    *ret_count = newest->waiting_count;
    *ret_list = list;
    return arena_check(arena);
}

static status make_claims(struct txn *txn, struct owner owner, home_row *view)
{
    struct home_newest newest = {.tag = 0};
    home_message part = HAYAT__V1__GET_HOME_RESPONSE__INIT;
    TRY(home_newest_claims(txn, owner, &newest));
    TRY(splice_room(txn_arena(txn), &part.base, newest.shown_count));
    home_newest_splice(&part, &newest);
    TRY(keep_waiting(txn_arena(txn), &newest, &view->n_waiting_claims, &view->waiting_claims));
    return pack(txn_arena(txn), &part, &view->claims);
}

static status make_authorizations(struct txn *txn, struct owner owner, home_row *view)
{
    struct home_newest newest = {.tag = 0};
    home_message part = HAYAT__V1__GET_HOME_RESPONSE__INIT;
    TRY(home_newest_authorizations(txn, owner, &newest));
    TRY(splice_room(txn_arena(txn), &part.base, newest.shown_count));
    home_newest_splice(&part, &newest);
    TRY(keep_waiting(txn_arena(txn), &newest, &view->n_waiting_authorizations,
                     &view->waiting_authorizations));
    return pack(txn_arena(txn), &part, &view->authorizations);
}

/* --- the whole --- */

/* Rights tell of everybody who is there: a change of people changes them. */
static status make_family(const struct home_maker *maker, struct owner owner, uint32_t parts,
                          home_row *view)
{
    struct arena *arena = txn_arena(maker->txn);
    struct family_coverage *family = arena_alloc(arena, sizeof *family);
    TRY(arena_check(arena));
    TRY(family_coverage_facts(maker->txn, owner, family));
    family->figures = maker->figures;
    if ((parts & HOME_PEOPLE) != 0) {
        TRY(make_people(maker->txn, owner, &family->people, view));
    }
    return make_rights(arena, family, maker->day, view);
}

static status make(const struct home_maker *maker, struct owner owner, uint32_t parts,
                   home_row *view)
{
    if ((parts & (HOME_PEOPLE | HOME_RIGHTS)) != 0) {
        TRY(make_family(maker, owner, parts, view));
    }
    if ((parts & HOME_CLAIMS) != 0) {
        TRY(make_claims(maker->txn, owner, view));
    }
    return (parts & HOME_AUTHORIZATIONS) != 0 ? make_authorizations(maker->txn, owner, view)
                                              : STATUS_OK;
}

/* The day before today in Greenwich: no civil day that is still on anywhere is earlier. */
static status read_figures(struct home_maker *maker)
{
    if (maker->has_figures) {
        return STATUS_OK;
    }
    maker->day = date_to_days(date_from_wall_ms(txn_now_ms(maker->txn), 0)) - 1;
    TRY(reference_coverage(maker->txn, maker->day + 1, &maker->figures));
    maker->has_figures = true;
    return STATUS_OK;
}

status home_view_refresh(struct home_maker *maker, struct owner owner, uint32_t parts)
{
    home_row view = HAYAT__STORE__V1__STORED_HOME_VIEW__INIT;
    home_row *stored;
    status found = home_store_get(maker->txn, owner, &stored);
    if (ok(found)) {
        view = *stored;
    } else if (found.why != REASON_NOT_FOUND) {
        return found;
    } else if (parts == HOME_PEOPLE) {
        return STATUS_OK;
    } else {
        parts = HOME_ALL;
    }
    TRY(read_figures(maker));
    bytes unused;
    if (!home_view_coverages(&view, &maker->figures, maker->day + 1, &unused)) {
        parts |= HOME_RIGHTS; /* its days ran out */
    }
    TRY(make(maker, owner, parts, &view));
    return home_store_put(maker->txn, owner, &view);
}

/* --- the check --- */

static bool same(const ProtobufCMessage *a, const ProtobufCMessage *b, struct arena *arena)
{
    size_t len = protobuf_c_message_get_packed_size(a);
    uint8_t *one = arena_alloc(arena, len), *other = arena_alloc(arena, len);
    if (protobuf_c_message_get_packed_size(b) != len || one == NULL || other == NULL) {
        return false;
    }
    (void)protobuf_c_message_pack(a, one);
    (void)protobuf_c_message_pack(b, other);
    return memcmp(one, other, len) == 0;
}

status home_view_check(struct txn *txn, struct owner owner)
{
    home_row *stored;
    home_row fresh = HAYAT__STORE__V1__STORED_HOME_VIEW__INIT;
    TRY(home_store_get(txn, owner, &stored));
    if (stored->n_rights == 0) {
        return FAIL(STORE_CORRUPT); /* it begins with the day it was made on */
    }
    struct home_maker maker = {.txn = txn, .day = stored->rights[0]->first_days};
    TRY(reference_coverage(txn, maker.day + 1, &maker.figures));
    TRY(make(&maker, owner, HOME_ALL, &fresh));
    if (fresh.figures != stored->figures) { /* a set came later: readers pass these rights over */
        fresh.figures = stored->figures;
        fresh.rights = stored->rights;
        fresh.n_rights = stored->n_rights;
    }
    TRY(arena_check(txn_arena(txn)));
    return same(&stored->base, &fresh.base, txn_arena(txn)) ? STATUS_OK : FAIL(STORE_CORRUPT);
}
