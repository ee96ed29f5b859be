#include "service/feed_confirmation.h"

#include <string.h>

#include "service/campaign.h"
#include "service/life_certificate_flow.h"
#include "service/obligation_record.h"
#include "storage/confirmation_store.h"

typedef Hayat__Store__V1__StoredLifeConfirmation confirmation_row;

static status refuse(struct feed_session *session, enum feed_fault fault, const char *column,
                     enum feed_outcome *ret_outcome)
{
    session->error = (struct feed_error){fault, column};
    *ret_outcome = FEED_REFUSED;
    return STATUS_OK;
}

static status has_pension(struct txn *txn, struct owner owner, const char *number, bool *ret_has)
{
    struct pension_list list;
    TRY(pension_store_list(txn, owner, &list));
    *ret_has = false;
    for (size_t i = 0; i < list.count; i++) {
        *ret_has |= strcmp(list.rows[i].record->pension_number, number) == 0;
    }
    return STATUS_OK;
}

/* The campaign that was open on that day. */
static status campaign_then(struct txn *txn, int64_t day, struct campaign *ret_campaign,
                            bool *ret_found)
{
    status s = campaign_on(txn, day, ret_campaign);
    *ret_found = ok(s) && campaign_takes_filings(ret_campaign, day);
    return s.why == REASON_CAMPAIGN_NOT_OPEN ? STATUS_OK : s;
}

static status was_refused(struct txn *txn, struct owner owner, int32_t year, bool *ret_refused)
{
    struct life_certificate_list list;
    TRY(life_certificate_store_list(txn, owner, &list));
    const struct life_certificate_row *best = obligation_counting(&list, year);
    *ret_refused = best != NULL && best->state == CERTIFICATE(REFUSED);
    return STATUS_OK;
}

static status confirm(struct feed_session *session, struct owner owner,
                      const confirmation_row *confirmation, enum feed_outcome *ret_outcome)
{
    struct txn *txn = session->txn;
    struct campaign campaign;
    bool known, found, refused;
    TRY(has_pension(txn, owner, confirmation->pension_number, &known));
    if (!known) {
        return refuse(session, FEED_FAULT_UNKNOWN_PENSION, "pension_number", ret_outcome);
    }
    TRY(campaign_then(txn, confirmation->confirm_days, &campaign, &found));
    if (!found) {
        return refuse(session, FEED_FAULT_NO_CAMPAIGN, "confirmation_date", ret_outcome);
    }
    TRY(was_refused(txn, owner, campaign.year, &refused));
    if (refused) {
        return refuse(session, FEED_FAULT_CONTRADICTS, "pension_number", ret_outcome);
    }
    status s = certificate_confirmed_by_registry(
        txn, owner,
        &(struct registry_confirmation){campaign.year, confirmation->confirm_days,
                                        confirmation->registry_reference, session->issuer});
    if (s.why == REASON_CERTIFICATE_LIMIT) {
        return refuse(session, FEED_FAULT_TOO_MANY, "pension_number", ret_outcome);
    }
    TRY(s);
    *ret_outcome = FEED_ACCEPTED;
    return confirmation_store_put(txn, owner, confirmation);
}

status feed_confirmation_apply(struct feed_session *session, struct owner owner,
                               const struct feed_row *row, enum feed_outcome *ret_outcome)
{
    const confirmation_row *confirmation = &row->record.confirmation;
    confirmation_row *stored;
    status found = confirmation_store_get(session->txn, owner, confirmation->registry_reference,
                                          &stored);
    if (found.why == REASON_NOT_FOUND) {
        return confirm(session, owner, confirmation, ret_outcome);
    }
    TRY(found);
    bool same = strcmp(stored->pension_number, confirmation->pension_number) == 0 &&
                stored->confirm_days == confirmation->confirm_days;
    if (!same) {
        return refuse(session, FEED_FAULT_CONTRADICTS, "registry_reference", ret_outcome);
    }
    *ret_outcome = FEED_UNCHANGED;
    return STATUS_OK;
}
