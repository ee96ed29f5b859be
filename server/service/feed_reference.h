/*
 * feed_reference: one row of a reference set into the store.
 *
 * Rules    a row joins the set of its kind that begins on its day, or begins it; a set of another name or source on that day
 *          is refused (VERSION).  A row with the same name inside its set replaces the one there.
 * Threads  runs in the writer's transaction.
 */
#ifndef HAYAT_SERVICE_FEED_REFERENCE_H
#define HAYAT_SERVICE_FEED_REFERENCE_H

#include "service/feed_apply.h"

status feed_reference_apply(struct feed_session *session, const struct feed_row *row,
                            enum feed_outcome *ret_outcome);

#endif
