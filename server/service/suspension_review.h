/*
 * suspension_review: whether to stop paying a pension, as reviewers see it and decide on it (RULE LC-6).
 *
 * Two persons must say yes; one no ends it.  The conditions are looked at again in the transaction of the second yes.
 *
 * Memory   in the call's arena.
 * Reasons  SUSPENSION_NOT_ALLOWED · what agency_open_owner and the flow say.
 */
#ifndef HAYAT_SERVICE_SUSPENSION_REVIEW_H
#define HAYAT_SERVICE_SUSPENSION_REVIEW_H

#include "service/task_kind.h"

extern const struct task_kind_ops suspension_review_kind;

#endif
