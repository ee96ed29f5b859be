#include "service/feed_bank.h"

#include <string.h>

#include "base/id.h"
#include "service/bank_change.h"
#include "service/message.h"
#include "service/notice.h"
#include "service/notification.h"
#include "storage/audit_store.h"

static status refuse(struct feed_session *session, enum feed_fault fault, const char *column,
                     enum feed_outcome *ret_outcome)
{
    session->error = (struct feed_error){fault, column};
    *ret_outcome = FEED_REFUSED;
    return STATUS_OK;
}

/* --- the account that is stored --- */

static status amend(struct feed_session *session, struct owner owner, bank_account_row *account,
                    const bank_account_row *stored, enum feed_outcome *ret_outcome)
{
    bool same;
    *ret_outcome = FEED_UNCHANGED;
    if (stored->change_id.len > 0) {
        return STATUS_OK; /* the core system confirms what we told it */
    }
    if (account->update_ms < stored->update_ms) {
        return refuse(session, FEED_FAULT_STALE, "update_date", ret_outcome);
    }
    account->account_id = stored->account_id;
    TRY(feed_same_record(session->txn, &stored->base, &account->base, &same));
    if (same) {
        return STATUS_OK;
    }
    *ret_outcome = FEED_ACCEPTED;
    return bank_store_amend(session->txn, owner, account);
}

/* --- another one --- */

/* RULE BANK-2 */
static struct feed_error check_other(const bank_account_row *account,
                                     const bank_account_row *stored)
{
    if (stored->change_id.len > 0 && account->active_ms <= stored->active_ms) {
        return (struct feed_error){FEED_FAULT_CHANGED_SINCE, "since_date"};
    }
    if (account->update_ms < stored->update_ms) {
        return (struct feed_error){FEED_FAULT_STALE, "update_date"};
    }
    if (account->update_ms == stored->update_ms) {
        return (struct feed_error){FEED_FAULT_SECOND_ACCOUNT, "account_number"};
    }
    if (account->active_ms < stored->active_ms) {
        return (struct feed_error){FEED_FAULT_DATE_ORDER, "since_date"};
    }
    return (struct feed_error){FEED_FAULT_NONE, ""};
}

/* SEC-C2, SEC-F1: nobody's account changes behind their back. */
static status tell(struct txn *txn, struct owner owner, struct id account)
{
    TRY(audit_append(txn, &(struct audit_event){.event = "bank.fed",
                                                .actor_kind = AUDIT_ACTOR_SYSTEM,
                                                .subject = owner,
                                                .object_type = "bka",
                                                .object = account,
                                                .outcome = REASON_OK}));
    TRY(notification_add(
        txn, &(struct notification){.owner = owner, .kind = NOTIFICATION_BANK_CHANGE_ACTIVE}));
    return notice_send_everywhere(txn,
                                  &(struct notice){.owner = owner, .kind = NOTICE_BANK_CHANGED});
}

static status put(struct feed_session *session, struct owner owner, bank_account_row *account,
                  bool is_first, enum feed_outcome *ret_outcome)
{
    struct txn *txn = session->txn;
    struct id id = id_new(txn_random(txn));
    status way = bank_change_make_way(txn, owner);
    if (way.why == REASON_BANK_CHANGE_OPEN) {
        return refuse(session, FEED_FAULT_CHANGE_OPEN, "account_number", ret_outcome);
    }
    TRY(way);
    *ret_outcome = FEED_ACCEPTED;
    account->account_id = message_bytes(txn_arena(txn), bytes_of(id.bytes, ID_BYTES));
    TRY(arena_check(txn_arena(txn)));
    TRY(bank_store_switch(txn, owner, account));
    return is_first ? STATUS_OK : tell(txn, owner, id);
}

status feed_bank_apply(struct feed_session *session, struct owner owner, const struct feed_row *row,
                       enum feed_outcome *ret_outcome)
{
    bank_account_row account = row->record.bank_account;
    bank_account_row *stored;
    status found = bank_store_account(session->txn, owner, &stored);
    if (found.why == REASON_NOT_FOUND) {
        return put(session, owner, &account, true, ret_outcome);
    }
    TRY(found);
    if (strcmp(account.rib, stored->rib) == 0) {
        return amend(session, owner, &account, stored, ret_outcome);
    }
    struct feed_error error = check_other(&account, stored);
    return error.fault != FEED_FAULT_NONE ? refuse(session, error.fault, error.column, ret_outcome)
                                          : put(session, owner, &account, false, ret_outcome);
}
