#include "service/statement_collect.h"

#include <stdlib.h>
#include <string.h>

#include "hayat/v1/claim.pb-c.h"
#include "service/message.h"
#include "storage/claim_store.h"
#include "storage/member_store.h"

/* --- which --- */

static bool is_wanted(const struct statement_wish *wish, uint32_t state, uint32_t seq,
                      int64_t payment_days)
{
    return state == HAYAT__V1__CLAIM_STATE__CLAIM_STATE_PAID && payment_days >= wish->from_days &&
           payment_days <= wish->to_days && (!wish->one_person || seq == wish->seq);
}

static bool note_id(void *ctx, const struct summary *summary)
{
    struct statement_collection *collection = ctx;
    if (!is_wanted(&collection->wish, summary->state, summary->beneficiary_seq,
                   summary->payment_days)) {
        return true;
    }
    collection->too_many = collection->id_count == LIMIT_STATEMENT_CLAIMS;
    if (!collection->too_many) {
        collection->ids[collection->id_count++] = summary->id;
    }
    return !collection->too_many;
}

static Hayat__Paper__V1__Person *person_message(struct arena *arena,
                                                const struct beneficiary_row *row)
{
    const Hayat__Store__V1__StoredBeneficiary *record = row->record;
    const Hayat__Store__V1__StoredName *name = record->name;
    Hayat__Paper__V1__Person *person = message_new(arena, &hayat__paper__v1__person__descriptor);
    if (person == NULL) {
        return NULL;
    }
    person->beneficiary_seq = row->seq;
    person->beneficiary_id = message_id(arena, "ben", record->beneficiary_id);
    person->relationship = record->relationship;
    person->birth_days = record->birth_days;
    if (name != NULL) {
        person->given_name = name->given_name;
        person->family_name = name->family_name;
        person->given_name_ar = name->given_name_ar;
        person->family_name_ar = name->family_name_ar;
    }
    return person;
}

static status add_persons(struct txn *txn, struct statement_collection *collection)
{
    struct arena *arena = txn_arena(txn);
    struct beneficiary_list list;
    Hayat__Paper__V1__Statement *statement = collection->statement;
    TRY(member_store_list_beneficiaries(txn, collection->wish.owner, &list));
    statement->persons = arena_array(arena, LIMIT_BENEFICIARIES, sizeof *statement->persons);
    TRY(arena_check(arena));
    for (size_t i = 0; i < list.count; i++) {
        statement->persons[statement->n_persons++] = person_message(arena, &list.rows[i]);
    }
    TRY(arena_check(arena));
    return list.count > 0 && list.rows[0].seq == SEQ_HOLDER ? STATUS_OK : FAIL(STORE_CORRUPT);
}

status statement_collect_begin(struct txn *txn, struct statement_collection *collection)
{
    struct arena *arena = txn_arena(txn);
    Hayat__Store__V1__StoredMember *member;
    Hayat__Paper__V1__Statement *statement = message_new(arena,
                                                         &hayat__paper__v1__statement__descriptor);
    TRY(arena_check(arena));
    collection->statement = statement;
    TRY(member_store_get(txn, collection->wish.owner, &member));
    statement->registration_number = member->registration_number;
    statement->from_days = collection->wish.from_days;
    statement->to_days = collection->wish.to_days;
    statement->totals = message_new(arena, &hayat__store__v1__stored_split__descriptor);
    TRY(add_persons(txn, collection));
    TRY(claim_store_walk(txn, collection->wish.owner, NULL, note_id, collection));
    if (collection->too_many) {
        return FAIL(STATEMENT_TOO_LARGE);
    }
    statement->claims = arena_array(arena, collection->id_count, sizeof *statement->claims);
    return arena_check(arena);
}

/* --- what --- */

/* protobuf-c leaves an absent message out; whoever renders finds one of zeroes. */
static status complete(struct arena *arena, Hayat__Store__V1__StoredClaim *claim)
{
    if (claim->totals == NULL) {
        claim->totals = message_new(arena, &hayat__store__v1__stored_split__descriptor);
    }
    for (size_t i = 0; i < claim->n_lines; i++) {
        if (claim->lines[i]->split == NULL) {
            claim->lines[i]->split = message_new(arena,
                                                 &hayat__store__v1__stored_split__descriptor);
        }
    }
    return arena_check(arena);
}

static status add_claim(struct txn *txn, struct statement_collection *collection, struct id id)
{
    struct arena *arena = txn_arena(txn);
    Hayat__Paper__V1__Statement *statement = collection->statement;
    Hayat__Store__V1__StoredClaim *claim;
    TRY(claim_store_get(txn, collection->wish.owner, id, &claim));
    if (!is_wanted(&collection->wish, claim->state, claim->beneficiary_seq, claim->payment_days)) {
        return STATUS_OK; /* reversed, or paid again, since it was listed */
    }
    collection->line_count += claim->n_lines;
    if (collection->line_count > LIMIT_STATEMENT_LINES) {
        return FAIL(STATEMENT_TOO_LARGE);
    }
    Hayat__Paper__V1__StatementClaim *listed = message_new(
        arena, &hayat__paper__v1__statement_claim__descriptor);
    TRY(arena_check(arena));
    listed->claim_id = message_id_of(arena, CLAIM_ID_PREFIX, id);
    listed->claim = claim;
    statement->claims[statement->n_claims++] = listed;
    return complete(arena, claim);
}

status statement_collect_some(struct txn *txn, struct statement_collection *collection,
                              bool *ret_more)
{
    size_t left = collection->id_count - collection->next;
    size_t count = left < LIMIT_STATEMENT_CLAIMS_PER_STEP ? left : LIMIT_STATEMENT_CLAIMS_PER_STEP;
    for (size_t i = 0; i < count; i++) {
        TRY(add_claim(txn, collection, collection->ids[collection->next++]));
    }
    *ret_more = count < left;
    return STATUS_OK;
}

/* --- in order --- */

static int by_payment(const void *a, const void *b)
{
    const Hayat__Store__V1__StoredClaim *left =
        (*(Hayat__Paper__V1__StatementClaim *const *)a)->claim;
    const Hayat__Store__V1__StoredClaim *right =
        (*(Hayat__Paper__V1__StatementClaim *const *)b)->claim;
    if (left->payment_days != right->payment_days) {
        return left->payment_days < right->payment_days ? -1 : 1;
    }
    return strcmp(left->file_number, right->file_number);
}

static void add_split(Hayat__Store__V1__StoredSplit *sum, const Hayat__Store__V1__StoredSplit *part)
{
    sum->billed_centimes += part->billed_centimes;
    sum->reimbursed_centimes += part->reimbursed_centimes;
    sum->ticket_moderateur_centimes += part->ticket_moderateur_centimes;
    sum->overrun_centimes += part->overrun_centimes;
    sum->non_covered_centimes += part->non_covered_centimes;
}

static bool is_named(const Hayat__Paper__V1__Statement *statement, uint32_t seq)
{
    for (size_t i = 0; i < statement->n_claims; i++) {
        if (statement->claims[i]->claim->beneficiary_seq == seq) {
            return true;
        }
    }
    return seq == SEQ_HOLDER;
}

/* Who has no claim in it is nobody's business. */
static void drop_others(Hayat__Paper__V1__Statement *statement)
{
    size_t kept = 0;
    for (size_t i = 0; i < statement->n_persons; i++) {
        if (is_named(statement, statement->persons[i]->beneficiary_seq)) {
            statement->persons[kept++] = statement->persons[i];
        }
    }
    statement->n_persons = kept;
}

void statement_collect_end(struct statement_collection *collection)
{
    Hayat__Paper__V1__Statement *statement = collection->statement;
    if (statement->n_claims > 0) {
        qsort(statement->claims, statement->n_claims, sizeof *statement->claims, by_payment);
    }
    for (size_t i = 0; i < statement->n_claims; i++) {
        const Hayat__Store__V1__StoredClaim *claim = statement->claims[i]->claim;
        for (size_t j = 0; j < claim->n_lines; j++) {
            add_split(statement->totals, claim->lines[j]->split);
        }
    }
    drop_others(statement);
}
