/*
 * bank_review: a change of account as a reviewer sees it and decides on it (SEC-C3).
 *
 * Memory   in the call's arena.
 * Reasons  what agency_open_owner says · BANK_CHANGE_STATE · STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_BANK_REVIEW_H
#define HAYAT_SERVICE_BANK_REVIEW_H

#include "service/task_kind.h"

extern const struct task_kind_ops bank_review_kind;

#endif
