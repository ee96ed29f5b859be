/*
 * feed_confirmation: what the civil registry confirms, as the feed brings it: life is proven without anything filed.
 *
 * Rules    a reference that is on file says the same again (UNCHANGED) or something else (CONTRADICTS); a certificate that a person refused is not
 *          overruled by a machine (CONTRADICTS): both wait in the quarantine for a person, as does
 *          what would be one certificate more than a member may have (TOO_MANY).
 * Threads  runs in the writer's transaction.
 */
#ifndef HAYAT_SERVICE_FEED_CONFIRMATION_H
#define HAYAT_SERVICE_FEED_CONFIRMATION_H

#include "service/feed_apply.h"

status feed_confirmation_apply(struct feed_session *session, struct owner owner,
                               const struct feed_row *row, enum feed_outcome *ret_outcome);

#endif
