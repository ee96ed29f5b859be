/*
 * identify: who calls (rpc/pipeline.h says which methods look at a token at all).
 */
#ifndef HAYAT_RPC_IDENTIFY_H
#define HAYAT_RPC_IDENTIFY_H

#include "rpc/pipeline.h"

/* Fills call->principal and call->rpc.now_ms; reads the session or the certificate's row in a short transaction of its own.
   TOKEN_INVALID · CERTIFICATE_UNKNOWN · CREDENTIALS_MIXED. */
status identify(struct call *call, const struct call_headers *headers);

/* The session is still alive in call->rpc.txn, the transaction that acts (SEC-A5); a read transaction
   that sees what the last look saw is spared the second.  A certificate is looked up every time, and the gate asked again.
   Refreshes call->rpc.now_ms. */
status identify_again(struct call *call);

/* A keyed hash of the caller's IPv4 /24 or IPv6 /56; one value for everything else.  Behind the edge
   the caller is the last address the edge wrote. */
uint64_t network_of(const struct seal_keys *keys, const struct call_headers *headers);

#endif
