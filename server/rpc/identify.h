/*
 * identify: who calls (rpc/pipeline.h says which methods look at a token at all).
 */
#ifndef HAYAT_RPC_IDENTIFY_H
#define HAYAT_RPC_IDENTIFY_H

#include "rpc/pipeline.h"

/* Fills call->principal and call->rpc.now_ms; reads the session in a short transaction of its own.  TOKEN_INVALID. */
status identify(struct call *call, const struct call_headers *headers);

/* The session is still alive in call->rpc.txn, the transaction that acts (SEC-A5).  Refreshes call->rpc.now_ms. */
status identify_again(struct call *call);

/* A keyed hash of the peer's IPv4 /24 or IPv6 /56; one value for everything else. */
uint64_t network_of_peer(const struct seal_keys *keys, bytes peer);

#endif
