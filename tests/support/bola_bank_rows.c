/* The rows of changing the account a member is paid on. */
#include "base/array.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "storage/task_store.h"
#include "tests/support/bank.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"

enum { ACCOUNT = 7 };

static struct bank_member as_bank_member(const struct harness_member *whom)
{
    struct bank_member m = {.member = *whom};
    memcpy(m.session.access, whom->token, sizeof m.session.access);
    return m;
}

static const char *change(struct bola *b, const struct harness_member *whom)
{
    struct bank_member m = as_bank_member(whom);
    return bank_proposed(&b->h, &m, ACCOUNT)->change_id;
}

/* A list of two, seen one at a time. */
static const char *page(struct bola *b, const struct harness_member *whom)
{
    (void)change(b, whom);
    (void)change(b, whom);
    Hayat__V1__ListBankAccountChangesRequest request =
        HAYAT__V1__LIST_BANK_ACCOUNT_CHANGES_REQUEST__INIT;
    request.page_size = 1;
    return ((Hayat__V1__ListBankAccountChangesResponse *)fund_call(
                &b->h, BANK_METHOD("ListBankAccountChanges"), whom->token, &request.base))
        ->next_page_token;
}

static void fill_etag(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__ConfirmBankAccountChangeRequest *request = (void *)message;
    (void)id;
    request->etag = message_text(&b->h.arena, "1");
}

/* --- what reviewers are asked --- */

#define REVIEW_METHOD(name) "/hayat.backoffice.v1.ReviewService/" name

struct asking {
    struct owner owner;
    struct id change;
    const char *task_id;
    struct arena *arena;
};

/* As if the bank had just been asked. */
static status ask_a_person(void *ctx, struct txn *txn)
{
    struct asking *asking = ctx;
    struct bank_change waiting;
    task_row *task;
    TRY(bank_change_find(txn, asking->owner, asking->change, &waiting));
    waiting.row->state = BANK_CHANGE(CHECKING);
    waiting.row->persons_needed = 1;
    TRY(bank_change_answered(txn, &waiting, BANK_ANSWER(NOT_POSSIBLE), ""));
    TRY(task_store_about(txn, TASK_KIND(BANK_CHANGE), asking->change, &task));
    asking->task_id = message_id(asking->arena, "tsk", task->task_id);
    return STATUS_OK;
}

static const char *open_task(struct bola *b, const struct harness_member *whom)
{
    struct asking asking = {.owner = whom->owner, .arena = &b->h.arena};
    assert_true(id_parse(bytes_str(change(b, whom)), "bac", &asking.change));
    assert_ok(harness_write(&b->h, ask_a_person, &asking));
    return asking.task_id;
}

static const char *claimed_task(struct bola *b, const struct harness_member *whom)
{
    const char *task_id = open_task(b, whom);
    bola_claim(b, task_id);
    return task_id;
}

static void fill_decision(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__DecideTaskRequest *request = (void *)message;
    (void)id;
    request->etag = message_text(&b->h.arena, "2"); /* opened, claimed */
    request->decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_APPROVE;
    request->reason = message_text(&b->h.arena, "A reason of this test's");
}

/* A kind of task without documents takes no word of any. */
static const char *bank_task;

static const char *document_of_nobody(struct bola *b, const struct harness_member *whom)
{
    bank_task = claimed_task(b, whom);
    return "doc_" BOLA_NO_ID;
}

static void fill_accepted(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__DecideTaskRequest *request = (void *)message;
    fill_decision(b, message, id);
    request->task_id = message_text(&b->h.arena, bank_task == NULL ? "" : bank_task);
    request->accepted_document_ids = arena_array(&b->h.arena, 1, sizeof(char *));
    request->accepted_document_ids[0] = message_text(&b->h.arena, id);
    request->n_accepted_document_ids = 1;
}

static void fill_finding(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__DecideTaskRequest *request = (void *)message;
    fill_decision(b, message, id);
    request->task_id = message_text(&b->h.arena, bank_task == NULL ? "" : bank_task);
    request->findings = arena_array(&b->h.arena, 1, sizeof(Hayat__V1__Finding *));
    request->findings[0] = message_new(&b->h.arena, &hayat__v1__finding__descriptor);
    request->findings[0]->document_id = message_text(&b->h.arena, id);
    request->n_findings = 1;
}

static const char *no_page(struct bola *b, const struct harness_member *whom)
{
    (void)b;
    (void)whom;
    return "";
}

static const struct bola_row rows[] = {
    BOLA_MEMBERS(BANK_METHOD("GetBankAccountChange"), "change_id", change, NULL, "bac_" BOLA_NO_ID),
    BOLA_MEMBERS(BANK_METHOD("CancelBankAccountChange"), "change_id", change, NULL,
                 "bac_" BOLA_NO_ID),
    {.path = BANK_METHOD("ConfirmBankAccountChange"),
     .field = "change_id",
     .kind = BOLA_MEMBER,
     .make = change,
     .fill = fill_etag,
     .refused = REASON_NOT_FOUND,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "bac_" BOLA_NO_ID},
    BOLA_PAGES(BANK_METHOD("ListBankAccountChanges"), page),
    BOLA_LOOKUPS(REVIEW_METHOD("ClaimTask"), "task_id", open_task, NULL, "tsk_" BOLA_NO_ID),
    BOLA_LOOKUPS(REVIEW_METHOD("ReleaseTask"), "task_id", claimed_task, NULL, "tsk_" BOLA_NO_ID),
    BOLA_LOOKUPS(REVIEW_METHOD("GetTask"), "task_id", claimed_task, NULL, "tsk_" BOLA_NO_ID),
    BOLA_LOOKUPS(REVIEW_METHOD("DecideTask"), "task_id", claimed_task, fill_decision,
                 "tsk_" BOLA_NO_ID),
    {.path = REVIEW_METHOD("DecideTask"),
     .field = "accepted_document_ids",
     .kind = BOLA_LOOKUP,
     .make = document_of_nobody,
     .fill = fill_accepted,
     .owner = REASON_INVALID_FIELD,
     .refused = REASON_INVALID_FIELD,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "doc_" BOLA_NO_ID},
    {.path = REVIEW_METHOD("DecideTask"),
     .field = "findings.document_id",
     .kind = BOLA_LOOKUP,
     .make = document_of_nobody,
     .fill = fill_finding,
     .owner = REASON_INVALID_FIELD,
     .refused = REASON_INVALID_FIELD,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "doc_" BOLA_NO_ID},
    {.path = REVIEW_METHOD("ListTasks"),
     .field = "page_token",
     .kind = BOLA_LOOKUP,
     .make = no_page,
     .refused = REASON_PAGE_TOKEN_INVALID,
     .malformed = REASON_PAGE_TOKEN_INVALID,
     .unknown = "0000000000000000000000000000000000000000000000000000000000"},
};

const struct bola_set bola_bank_rows = BOLA_SET(rows);
