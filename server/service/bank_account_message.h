/*
 * bank_account_message: accounts and changes as members see them: never a whole account number (SEC-C4).
 * Memory  in the call's arena.
 */
#ifndef HAYAT_SERVICE_BANK_ACCOUNT_MESSAGE_H
#define HAYAT_SERVICE_BANK_ACCOUNT_MESSAGE_H

#include "hayat/v1/bank_account.pb-c.h"
#include "service/bank_change.h"
#include "service/holder_name_rules.h"
#include "service/rpc.h"
#include "storage/member_store.h"

status bank_account_message(struct rpc *rpc, const bank_account_row *row,
                            Hayat__V1__BankAccount **ret_message);
status bank_change_message(struct rpc *rpc, const bank_change_row *row,
                           Hayat__V1__BankAccountChange **ret_message);

/* The name of the bank whose code RIB begins with, "" when the reference set has no name for it; *RET_KNOWN is false when there is a
   set and the code is not in it. */
status bank_name_of(struct rpc *rpc, const char *rib, const char **ret_name, bool *ret_known);

/* TEXT against the insured person's name, in the script that fits better. */
status bank_holder_match(struct arena *arena, const Hayat__Store__V1__StoredName *name,
                         const char *text, enum holder_match *ret_match);

#endif
