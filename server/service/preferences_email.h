/*
 * preferences_email: the e-mail address of a member: wished for, confirmed with a code that only its reader has, used from then on.
 *
 *   none ─ wish ─▶ waiting ─ code ─▶ confirmed ─ wish ─▶ waiting beside the confirmed one ─ …
 *                     │ LIMIT_EMAIL_CODE_MS, LIMIT_EMAIL_CODE_TRIES wrong codes, another wish
 *                     ▼
 *                  forgotten
 *
 * So nobody's mailbox can be used or flooded by somebody who only knows it: an unconfirmed address gets a code and nothing else, at most
 * LIMIT_EMAIL_CODES_AN_ADDRESS a day.  A change is told on another channel, and to the old address (SEC-B8).
 *
 * Threads  in the writer's transaction.
 * Reasons  INVALID_FIELD · RATE_LIMITED · OUTBOX_FULL · EMAIL_CODE_INVALID · ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_PREFERENCES_EMAIL_H
#define HAYAT_SERVICE_PREFERENCES_EMAIL_H

#include "service/preferences.h"
#include "service/rpc.h"

/* Changes PREFERENCES, which the caller stores.  An empty ADDRESS removes it.  *RET_OLD is the confirmed address that this ended, "" else. */
status preferences_email_wish(struct rpc *rpc, Hayat__Store__V1__StoredPreferences *preferences,
                              const char *address, const char **ret_old, bool *ret_changed);

/* The code as it was typed.  A wrong one is counted in PREFERENCES, stored here, and fails. */
status preferences_email_confirm(struct rpc *rpc, Hayat__Store__V1__StoredPreferences *preferences,
                                 const char *typed, const char **ret_old);

/* Once PREFERENCES is stored: tells the change on another channel, and to the OLD address unless it is empty. */
status preferences_email_tell(struct rpc *rpc, const char *old);

/* The address that waits, or "". */
const char *preferences_email_pending(const struct txn *txn,
                                      const Hayat__Store__V1__StoredPreferences *preferences);

#endif
