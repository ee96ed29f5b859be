/*
 * count: the policy's throttles, taken in the acting transaction (SEC-B4).
 *
 * A call is counted once, before its handler runs, and stays counted when the handler fails: then what the handler wrote is
 * dropped and the count alone is committed.
 * Reasons  RATE_LIMITED with RetryInfo, and what auth/throttle.h says.
 */
#ifndef HAYAT_RPC_COUNT_H
#define HAYAT_RPC_COUNT_H

#include "rpc/pipeline.h"

/* By whom a call is counted: who it is, or the network it came from.  Good as long as the call. */
bytes count_caller(const struct call *call);

status count_take(struct call *call);
/* OUTCOME, the handler's; sets rpc.keep_writes where the count needs it. */
status count_keep(struct call *call, status outcome);

#endif
