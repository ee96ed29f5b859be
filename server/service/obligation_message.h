/*
 * obligation_message: an obligation as the API shows it.
 *
 * Memory  everything lives in rpc->arena.
 */
#ifndef HAYAT_SERVICE_OBLIGATION_MESSAGE_H
#define HAYAT_SERVICE_OBLIGATION_MESSAGE_H

#include "service/obligation.h"

/* The reminders of ROW, into MESSAGE. */
status obligation_fill_reminders(struct rpc *rpc, const obligation_row *row,
                                 Hayat__V1__Obligation *message);
/* What is stored alone, for agents. */
status obligation_row_message(struct rpc *rpc, const obligation_row *row,
                              Hayat__V1__Obligation **ret_message);
/* The routes a member may choose and what each needs, in rpc->language.  RULE LC-4 */
status obligation_fill_routes(struct rpc *rpc, Hayat__V1__Obligation *message);

#endif
