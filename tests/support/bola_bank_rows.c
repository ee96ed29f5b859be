/* The rows of changing the account a member is paid on. */
#include "base/array.h"
#include "service/message.h"
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
};

const struct bola_set bola_bank_rows = BOLA_SET(rows);
