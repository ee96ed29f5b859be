/*
 * wire_status: a failed call as clients read it: google.rpc.Status with ErrorInfo always, BadRequest, PreconditionFailure
 * and RetryInfo when there is something to say, LocalizedMessage in the caller's language.
 *
 * Bound   LIMIT_STATUS_DETAILS_BYTES packed; field violations past it are left out from the end.
 * Memory  everything is in the arena given, which is granted LIMIT_ARENA_STATUS_BYTES more: a call that ran its arena dry
 *         can still say so.
 * Reasons numbers from 200 on never go out: they become INTERNAL.
 */
#ifndef HAYAT_RPC_WIRE_STATUS_H
#define HAYAT_RPC_WIRE_STATUS_H

#include "rpc/pipeline.h"

struct wire_status wire_status_make(struct arena *arena, status s,
                                    const struct error_details *details, enum language language);

#endif
