/*
 * bank_review: a change of account as a reviewer sees it and decides on it (SEC-C3).
 *
 * Memory   in the call's arena.
 * Reasons  what agency_open_owner says · BANK_CHANGE_STATE · STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_BANK_REVIEW_H
#define HAYAT_SERVICE_BANK_REVIEW_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/rpc.h"
#include "storage/task_store.h"

/* Reads the member for the caller: counted, and audited with the call. */
status bank_review_message(struct rpc *rpc, const task_row *task,
                           Hayat__Backoffice__V1__BankChangeReview **ret_message);

status bank_review_decided(struct rpc *rpc, const task_row *task, bool approved);

#endif
