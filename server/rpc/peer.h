/*
 * peer: the client certificate of a connection, as far as the server believes it: the hash of its public key.
 *
 * TLS has verified the chain against client_ca and that the client holds the key before the first call arrives; connections
 * of the edge's unix socket, and TLS without client certificates, have none.  No metadata has a part in it.
 */
#ifndef HAYAT_RPC_PEER_H
#define HAYAT_RPC_PEER_H

#include <grpc/grpc.h>
#include <stdbool.h>

#include "auth/principal.h"

/* False when the connection showed no certificate. */
bool peer_certificate(grpc_call *call, uint8_t ret_key_hash[CERTIFICATE_KEY_BYTES]);

#endif
