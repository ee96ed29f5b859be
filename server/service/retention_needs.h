/*
 * retention_needs: what still needs a record whose time is over.
 *
 * Reasons  STORE_CORRUPT · ARENA_FULL · STORE_FAILED.
 */
#ifndef HAYAT_SERVICE_RETENTION_NEEDS_H
#define HAYAT_SERVICE_RETENTION_NEEDS_H

#include "storage/walk.h"

status retention_is_needed(struct txn *txn, const struct walk_row *row, bool *ret_needed);

#endif
