/*
 * feed_bank: what the fund's core tells of the account a member is paid on.
 *
 * Rules    a row never silently overrides what the member did (RULE BANK-2): while a change is under way, or when the member changed the
 *          account on the row's day (since_date) or later, a row with another account is refused; the core system then reads hayatctl bank
 *          export, and its next row says the same as we do.  A row of the account that a change made active confirms it.  Among rows the
 *          later one counts (update_date), and two accounts told on one day are none.  Where a row does change the account, every channel
 *          of the member hears of it, and it is an audit entry of theirs (SEC-C2, SEC-F1).
 * Threads  runs in the writer's transaction.
 * Errors   the store's; what is wrong with a refused row is in session->error.
 */
#ifndef HAYAT_SERVICE_FEED_BANK_H
#define HAYAT_SERVICE_FEED_BANK_H

#include "service/feed_apply.h"

status feed_bank_apply(struct feed_session *session, struct owner owner, const struct feed_row *row,
                       enum feed_outcome *ret_outcome);

#endif
