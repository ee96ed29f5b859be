/* bank: the account the member is paid on, and changing it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "hayat.h"
#include "hayat/v1/bank_account.pb-c.h"
#include "journal.h"
#include "message_json.h"
#include "output.h"
#include "usage.h"

#define METHOD(name, type)                                                                         \
    {                                                                                              \
        "/hayat.v1.BankAccountService/" name, &hayat__v1__##type##_response__descriptor            \
    }

static const struct method GET = METHOD("GetBankAccount", get_bank_account);
static const struct method GET_CHANGE = METHOD("GetBankAccountChange", get_bank_account_change);
static const struct method PROPOSE = METHOD("ProposeBankAccount", propose_bank_account);
static const struct method CONFIRM = METHOD("ConfirmBankAccountChange",
                                            confirm_bank_account_change);
static const struct method CANCEL = METHOD("CancelBankAccountChange", cancel_bank_account_change);
static const struct method REFUSE = METHOD("RefuseBankAccountChange", refuse_bank_account_change);

/* --- pages --- */

static enum text state_text(Hayat__V1__BankAccountChangeState state)
{
    static const enum text texts[] = {
        TEXT_BANK_UNKNOWN_STATE, TEXT_BANK_PROPOSED, TEXT_BANK_COOLING, TEXT_BANK_CHECKING,
        TEXT_BANK_IN_REVIEW,     TEXT_BANK_ACTIVE,   TEXT_BANK_REFUSED, TEXT_BANK_CANCELLED,
        TEXT_BANK_REJECTED,      TEXT_BANK_EXPIRED};
    size_t at = (size_t)state;
    return texts[at < ARRAY_LEN(texts) ? at : 0];
}

static void show_account(const struct hayat *hayat, const Hayat__V1__BankAccount *account)
{
    char since[TIME_TEXT_MAX];
    output_row(hayat, TEXT_ACCOUNT, account->masked_rib);
    output_row(hayat, TEXT_BANK, account->bank_name);
    output_row(hayat, TEXT_HOLDER_NAME, account->holder_name);
    if (account->active_time != NULL) {
        time_text(account->active_time, since);
        output_row(hayat, TEXT_PAID_THERE_SINCE, since);
    }
}

static void show_change(const struct hayat *hayat, const Hayat__V1__BankAccountChange *change)
{
    char end[TIME_TEXT_MAX];
    output_safe(stdout, change->change_id);
    (void)printf("  %s\n", text_get(state_text(change->state), hayat->language));
    show_account(hayat, change->account);
    if (change->cooling_end_time != NULL) {
        time_text(change->cooling_end_time, end);
        output_row(hayat, TEXT_CAN_BE_REFUSED_UNTIL, end);
    }
    output_row(hayat, TEXT_NEXT_STEP, change->next_step);
}

static status done(void)
{
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status page_of_change(const struct hayat *hayat, const ProtobufCMessage *response,
                             const Hayat__V1__BankAccountChange *change)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(response));
    }
    show_change(hayat, change);
    return done();
}

/* --- commands --- */

status command_bank_show(struct hayat *hayat)
{
    Hayat__V1__GetBankAccountRequest request = HAYAT__V1__GET_BANK_ACCOUNT_REQUEST__INIT;
    Hayat__V1__GetBankAccountResponse *response;
    TRY(hayat_call(hayat, GET, &request.base, (ProtobufCMessage **)&response));
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&response->base));
    }
    if (response->account != NULL) {
        show_account(hayat, response->account);
    }
    if (response->open_change != NULL) {
        (void)fputc('\n', stdout);
        show_change(hayat, response->open_change);
    }
    return done();
}

/* What is named on the command line, where help calls it WHAT. */
static status operand_of(const struct hayat *hayat, const char *what, char **ret_operand)
{
    *ret_operand = hayat->arguments.operand;
    return usage_needs(*ret_operand, what, TEXT_USE_GIVEN);
}

static status confirm_change(struct hayat *hayat, const Hayat__V1__BankAccountChange *change)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__ConfirmBankAccountChangeRequest request =
        HAYAT__V1__CONFIRM_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    Hayat__V1__ConfirmBankAccountChangeResponse *response;
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.change_id = change->change_id;
    request.etag = change->etag;
    TRY(hayat_call_confirmed(hayat, CONFIRM, &request.base, (ProtobufCMessage **)&response));
    return page_of_change(hayat, &response->base, response->change);
}

status command_bank_change(struct hayat *hayat)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__ProposeBankAccountRequest request = HAYAT__V1__PROPOSE_BANK_ACCOUNT_REQUEST__INIT;
    Hayat__V1__ProposeBankAccountResponse *response;
    TRY(operand_of(hayat, "RIB", &request.account_number));
    if (hayat->arguments.holder == NULL) {
        return usage_wrong("--holder", TEXT_USE_HOLDER);
    }
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.holder_name = hayat->arguments.holder;
    TRY(hayat_call(hayat, PROPOSE, &request.base, (ProtobufCMessage **)&response));
    return confirm_change(hayat, response->change);
}

status command_bank_confirm(struct hayat *hayat)
{
    Hayat__V1__GetBankAccountChangeRequest request =
        HAYAT__V1__GET_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    Hayat__V1__GetBankAccountChangeResponse *response;
    TRY(operand_of(hayat, "BAC_ID", &request.change_id));
    TRY(hayat_call(hayat, GET_CHANGE, &request.base, (ProtobufCMessage **)&response));
    return confirm_change(hayat, response->change);
}

status command_bank_cancel(struct hayat *hayat)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__CancelBankAccountChangeRequest request =
        HAYAT__V1__CANCEL_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    Hayat__V1__CancelBankAccountChangeResponse *response;
    TRY(operand_of(hayat, "BAC_ID", &request.change_id));
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    TRY(hayat_call(hayat, CANCEL, &request.base, (ProtobufCMessage **)&response));
    return page_of_change(hayat, &response->base, response->change);
}

/* Nobody needs to be signed in: the server is the session's, or --server. */
static status reach(struct hayat *hayat)
{
    status s = hayat_load_session(hayat);
    if (s.why == REASON_NOT_SIGNED_IN && hayat->arguments.server != NULL) {
        (void)snprintf(hayat->session.server, sizeof hayat->session.server, "%s",
                       hayat->arguments.server);
        (void)snprintf(hayat->session.ca, sizeof hayat->session.ca, "%s",
                       hayat->arguments.ca == NULL ? "" : hayat->arguments.ca);
        s = STATUS_OK;
    }
    TRY(s);
    return hayat_connect(hayat);
}

status command_bank_refuse(struct hayat *hayat)
{
    Hayat__V1__RefuseBankAccountChangeRequest request =
        HAYAT__V1__REFUSE_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    Hayat__V1__RefuseBankAccountChangeResponse *response;
    TRY(operand_of(hayat, "CODE", &request.refusal_code));
    TRY(reach(hayat));
    struct call_options options = hayat_options(hayat, REFUSE, NULL);
    TRY(hayat_call_once(hayat, &options, &request.base, &hayat->arena,
                        (ProtobufCMessage **)&response));
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&response->base));
    }
    output_safe(stdout, response->text);
    (void)fputc('\n', stdout);
    return done();
}
