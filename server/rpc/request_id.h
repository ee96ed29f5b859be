/*
 * request_id: the x-request-id of a call.  Unique and unguessable enough for support; no secret, so
 * they are drawn in batches per thread and cost no system call each.
 */
#ifndef HAYAT_RPC_REQUEST_ID_H
#define HAYAT_RPC_REQUEST_ID_H

#include "base/id.h"

/* "req_…" */
void request_id_draw(struct random_source *random, char out[ID_TEXT_MAX]);

#endif
