/* The account a member is paid on.  What a change needs to become active, and who stops it: service/bank_change.h. */
#include "auth/throttle.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/bank_account_message.h"
#include "service/bank_texts.h"
#include "service/calendar_rules.h"
#include "service/message.h"
#include "service/page_place.h"

static const char list_changes[] = "BankAccountService.ListBankAccountChanges";

/* --- reading --- */

/* NULL when there is none yet. */
static status read_account(struct rpc *rpc, bank_account_row **ret_account)
{
    *ret_account = NULL;
    status s = bank_store_account(rpc->txn, rpc->principal->owner, ret_account);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static status fill_open_change(struct rpc *rpc, Hayat__V1__GetBankAccountResponse *response)
{
    struct bank_change_list list;
    TRY(bank_store_changes(rpc->txn, rpc->principal->owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (bank_change_is_open(list.rows[i]->state)) {
            return bank_change_message(rpc, list.rows[i], &response->open_change);
        }
    }
    return STATUS_OK;
}

status bank_account_get_bank_account(struct rpc *rpc,
                                     const Hayat__V1__GetBankAccountRequest *request,
                                     Hayat__V1__GetBankAccountResponse *response)
{
    (void)request;
    bank_account_row *account;
    TRY(read_account(rpc, &account));
    TRY(fill_open_change(rpc, response));
    if (account == NULL) {
        return response->open_change == NULL ? FAIL(BANK_ACCOUNT_NOT_ON_FILE) : STATUS_OK;
    }
    return bank_account_message(rpc, account, &response->account);
}

static status find_change(struct rpc *rpc, const char *text, struct bank_change *ret_change)
{
    struct id id;
    return id_parse(bytes_str(text), "bac", &id)
               ? bank_change_find(rpc->txn, rpc->principal->owner, id, ret_change)
               : FAIL(NOT_FOUND);
}

status bank_account_get_bank_account_change(struct rpc *rpc,
                                            const Hayat__V1__GetBankAccountChangeRequest *request,
                                            Hayat__V1__GetBankAccountChangeResponse *response)
{
    struct bank_change change;
    TRY(find_change(rpc, request->change_id, &change));
    return bank_change_message(rpc, change.row, &response->change);
}

static status next_page(struct rpc *rpc, const bank_change_row *last, char **ret_token)
{
    struct page_place place = {.time_ms = last->propose_ms};
    return id_of_binary(last->change_id, &place.id)
               ? page_place_make(rpc, list_changes, &place, ret_token)
               : FAIL(STORE_CORRUPT);
}

static bool was_shown(const struct page_place *place, const bank_change_row *row)
{
    return page_place_seen(place, row->propose_ms, row->change_id.data);
}

status bank_account_list_bank_account_changes(
    struct rpc *rpc, const Hayat__V1__ListBankAccountChangesRequest *request,
    Hayat__V1__ListBankAccountChangesResponse *response)
{
    struct page_place place;
    struct bank_change_list list;
    size_t first = 0;
    TRY(page_place_read(rpc, list_changes, request->page_token, &place));
    TRY(bank_store_changes(rpc->txn, rpc->principal->owner, &list));
    while (first < list.count && was_shown(&place, list.rows[first])) {
        first++;
    }
    size_t left = list.count - first, most = page_size_of(request->page_size);
    size_t count = left < most ? left : most;
    response->changes = arena_array(rpc->arena, count, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(bank_change_message(rpc, list.rows[first + i], &response->changes[i]));
        response->n_changes = i + 1;
    }
    return left > count ? next_page(rpc, list.rows[first + count - 1], &response->next_page_token)
                        : STATUS_OK;
}

/* --- proposing --- */

static status check_number(struct rpc *rpc, const char *text, struct rib *ret_rib)
{
    const char *name;
    bool known;
    enum rib_fault fault = rib_parse(bytes_str(text), ret_rib);
    if (fault != RIB_FINE) {
        rpc_violation(rpc, "account_number", rib_fault_text(fault));
        return FAIL(INVALID_FIELD);
    }
    TRY(bank_name_of(rpc, ret_rib->digits, &name, &known));
    return known ? STATUS_OK : FAIL(BANK_UNKNOWN);
}

/* The member's own name, in either script, as far as a rule can tell; the bank tells better (SEC-C3). */
static status check_holder(struct rpc *rpc, const char *holder_name)
{
    Hayat__Store__V1__StoredBeneficiary *holder;
    TRY(member_store_get_beneficiary(rpc->txn, rpc->principal->owner, SEQ_HOLDER, &holder));
    if (holder->name == NULL) {
        return FAIL(BANK_HOLDER_DIFFERS);
    }
    enum holder_match match;
    TRY(bank_holder_match(rpc->arena, holder->name, holder_name, &match));
    return match == NAME_DIFFERENT ? FAIL(BANK_HOLDER_DIFFERS) : STATUS_OK;
}

static char *sentence_of(struct rpc *rpc, const bank_change_row *row)
{
    struct rib rib;
    if (rib_parse(bytes_str(row->rib), &rib) != RIB_FINE) {
        return NULL;
    }
    return bank_text_change(
        rpc->arena, &(struct bank_sentence){rpc->language, &rib, row->holder_name, row->old_rib});
}

status bank_account_propose_bank_account(struct rpc *rpc,
                                         const Hayat__V1__ProposeBankAccountRequest *request,
                                         Hayat__V1__ProposeBankAccountResponse *response)
{
    struct bank_proposal proposal = {
        .owner = rpc->principal->owner, .holder_name = request->holder_name, .old_rib = ""};
    struct bank_change change;
    bank_account_row *account;
    TRY(check_number(rpc, request->account_number, &proposal.rib));
    TRY(check_holder(rpc, request->holder_name));
    TRY(read_account(rpc, &account));
    if (account != NULL && strcmp(account->rib, proposal.rib.digits) == 0) {
        return FAIL(BANK_ACCOUNT_SAME);
    }
    proposal.old_rib = account == NULL ? "" : account->rib;
    TRY(bank_change_propose(rpc->txn, &proposal, &change));
    rpc_audit_object(rpc, "bac", change.id);
    response->text = sentence_of(rpc, change.row);
    TRY(arena_check(rpc->arena));
    return bank_change_message(rpc, change.row, &response->change);
}

/* --- confirming --- */

static status find_proposed(struct rpc *rpc,
                            const Hayat__V1__ConfirmBankAccountChangeRequest *request,
                            struct bank_change *ret_change)
{
    TRY(find_change(rpc, request->change_id, ret_change));
    if (ret_change->row->state != BANK_CHANGE(PROPOSED)) {
        return FAIL(BANK_CHANGE_STATE);
    }
    char *etag = bank_change_etag(rpc->arena, ret_change->row);
    TRY(arena_check(rpc->arena));
    return strcmp(etag, request->etag) == 0 ? STATUS_OK : FAIL(ETAG_MISMATCH);
}

/* SEC-C1: the words are those of what is stored, so that they change with whatever changes. */
status bank_account_confirm_bank_account_change_step_up(
    struct rpc *rpc, const Hayat__V1__ConfirmBankAccountChangeRequest *request,
    const char **ret_text)
{
    struct bank_change change;
    TRY(find_proposed(rpc, request, &change));
    *ret_text = sentence_of(rpc, change.row);
    return arena_check(rpc->arena);
}

/* SEC-B4: what starts and stops is told everywhere, each time (SEC-C2), so it does not start often.  Counted once it is signed. */
static status count_start(struct rpc *rpc)
{
    static const struct throttle_rule starts = {THROTTLE_BANK_STARTS, LIMIT_BANK_STARTS,
                                                MS_PER_DAY};
    return throttle_take(rpc->txn, &starts, bytes_of(rpc->principal->owner.bytes, OWNER_BYTES),
                         &rpc->details.retry_after_ms);
}

status bank_account_confirm_bank_account_change(
    struct rpc *rpc, const Hayat__V1__ConfirmBankAccountChangeRequest *request,
    Hayat__V1__ConfirmBankAccountChangeResponse *response)
{
    struct bank_change change;
    TRY(find_proposed(rpc, request, &change));
    TRY(count_start(rpc));
    rpc_audit_object(rpc, "bac", change.id);
    TRY(bank_change_confirm(rpc->txn, &change, rpc->principal->device));
    return bank_change_message(rpc, change.row, &response->change);
}

/* --- stopping --- */

status bank_account_cancel_bank_account_change(
    struct rpc *rpc, const Hayat__V1__CancelBankAccountChangeRequest *request,
    Hayat__V1__CancelBankAccountChangeResponse *response)
{
    struct bank_change change;
    TRY(find_change(rpc, request->change_id, &change));
    rpc_audit_object(rpc, "bac", change.id);
    TRY(bank_change_cancel(rpc->txn, &change));
    return bank_change_message(rpc, change.row, &response->change);
}

status bank_account_refuse_bank_account_change(
    struct rpc *rpc, const Hayat__V1__RefuseBankAccountChangeRequest *request,
    Hayat__V1__RefuseBankAccountChangeResponse *response)
{
    struct bank_change change;
    TRY(bank_change_refuse(rpc->txn, bytes_str(request->refusal_code), &change));
    rpc_audit_subject(rpc, change.owner);
    rpc_audit_object(rpc, "bac", change.id);
    response->text = arena_str(rpc->arena, bytes_str(bank_text_refused(rpc->language)));
    return arena_check(rpc->arena);
}
