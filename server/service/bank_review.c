#include "service/bank_review.h"

#include "service/agency.h"
#include "service/bank_account_message.h"
#include "service/card_message.h"
#include "service/message.h"
#include "storage/device_store.h"

typedef Hayat__Backoffice__V1__BankChangeReview Review;

#define MATCH(name) HAYAT__BACKOFFICE__V1__NAME_MATCH__NAME_MATCH_##name
#define VERIFICATION(name) HAYAT__BACKOFFICE__V1__BANK_VERIFICATION__BANK_VERIFICATION_##name

static status find_change(struct rpc *rpc, const task_row *task, struct bank_change *ret_change)
{
    struct id id;
    if (!id_of_binary(task->object_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    status s = bank_change_find(rpc->txn, task_owner(task), id, ret_change);
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s;
}

/* --- what is shown --- */

static Hayat__Backoffice__V1__BankVerification verification_of(bank_answer answer)
{
    switch (answer) {
    case BANK_ANSWER(CLOSE_MATCH):
        return VERIFICATION(CLOSE_MATCH);
    case BANK_ANSWER(NOT_POSSIBLE):
        return VERIFICATION(NOT_POSSIBLE);
    case BANK_ANSWER(SILENT):
        return VERIFICATION(SILENT);
    case BANK_ANSWER(UNSPECIFIED): /* these ask no person */
    case BANK_ANSWER(MATCH):
    case BANK_ANSWER(NO_MATCH):
    case _HAYAT__STORE__V1__BANK_ANSWER_IS_INT_SIZE:
        break;
    }
    return VERIFICATION(UNSPECIFIED);
}

static status match_of(struct rpc *rpc, const Hayat__Store__V1__StoredName *name, const char *text,
                       Hayat__Backoffice__V1__NameMatch *ret_match)
{
    enum holder_match match;
    *ret_match = MATCH(UNSPECIFIED);
    if (name == NULL || text[0] == '\0') {
        return STATUS_OK;
    }
    TRY(bank_holder_match(rpc->arena, name, text, &match));
    switch (match) {
    case NAME_SAME:
        *ret_match = MATCH(SAME);
        break;
    case NAME_CLOSE:
        *ret_match = MATCH(CLOSE);
        break;
    case NAME_DIFFERENT:
        *ret_match = MATCH(DIFFERENT);
        break;
    }
    return STATUS_OK;
}

static status fill_device(struct rpc *rpc, const struct bank_change *change, Review *message)
{
    struct id device;
    Hayat__Store__V1__StoredDevice *stored;
    if (!id_of_binary(change->row->device_id, &device)) {
        return STATUS_OK; /* by passphrase */
    }
    status s = device_store_get(rpc->txn, change->owner, device, &stored);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    message->enrolment_channel = (Hayat__V1__EnrolmentChannel)stored->enrolled_by;
    message->device_time = message_time(rpc->arena, stored->create_ms);
    return arena_check(rpc->arena);
}

static status fill_accounts(struct rpc *rpc, const bank_change_row *row, Review *message)
{
    bank_account_row old = HAYAT__STORE__V1__STORED_BANK_ACCOUNT__INIT;
    TRY(bank_change_message(rpc, row, &message->change));
    if (row->old_rib[0] == '\0') {
        return STATUS_OK;
    }
    old.rib = row->old_rib;
    return bank_account_message(rpc, &old, &message->old_account);
}

static status fill_names(struct rpc *rpc, const bank_change_row *row,
                         const Hayat__Store__V1__StoredName *name, Review *message)
{
    message->name = name_message(rpc->arena, name);
    message->name_on_file = message_text(rpc->arena, row->name_on_file);
    TRY(arena_check(rpc->arena));
    TRY(match_of(rpc, name, row->holder_name, &message->given_match));
    return match_of(rpc, name, row->name_on_file, &message->bank_match);
}

static status describe(struct rpc *rpc, const task_row *task,
                       Hayat__Backoffice__V1__GetTaskResponse *response)
{
    struct bank_change change;
    struct agency_member found;
    TRY(find_change(rpc, task, &change));
    TRY(agency_open_owner(rpc, change.owner, &found));
    Review *message = message_new(rpc->arena,
                                  &hayat__backoffice__v1__bank_change_review__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->registration_number = found.member->registration_number;
    message->verification = verification_of(change.row->answer);
    TRY(fill_names(rpc, change.row, found.holder->name, message));
    TRY(fill_accounts(rpc, change.row, message));
    TRY(fill_device(rpc, &change, message));
    response->subject_case = HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_BANK_CHANGE;
    response->bank_change = message;
    return STATUS_OK;
}

/* --- what is decided --- */

static status decided(struct rpc *rpc, const task_row *task)
{
    struct bank_change change;
    TRY(find_change(rpc, task, &change));
    return bank_change_decided(rpc->txn, &change, task);
}

const struct task_kind_ops bank_review_kind = {
    .kind = TASK_KIND(BANK_CHANGE),
    .describe = describe,
    .decided = decided,
};
