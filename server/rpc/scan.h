/*
 * scan: looks at a request's bytes before anything is unpacked (SEC-E5).
 *
 * One pass over the wire, driven by the rule rpcgen made of the proto.  Two kinds of trouble:
 *   MALFORMED_REQUEST  not a well-formed message of this type, or more of it than anybody means:
 *                      tags, varints and lengths; a known field with a foreign wire type; groups;
 *                      depth, fields, unknown fields; text that is not UTF-8 or holds NUL; a
 *                      singular sub-message given twice (protobuf-c merges them in quadratic time).
 *                      details holds at most one entry: where.
 *   INVALID_FIELD      well formed but out of bounds: required, lengths, items, ranges, formats,
 *                      unknown enum values.  details holds every violation up to LIMIT_VIOLATIONS.
 *
 * Bounds hold for every occurrence of a field; whether a required field is present is decided by
 * the last one, which is what unpacking keeps.  A zero or empty value without presence is an absent
 * one.
 *
 * Memory   paths and texts live in the arena (when it is full, an entry is dropped); they never
 *          repeat a value.
 * Threads  re-entrant.
 */
#ifndef HAYAT_RPC_SCAN_H
#define HAYAT_RPC_SCAN_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "rpc/route.h"
#include "service/rpc.h"

status scan_request(const struct message_rule *rule, bytes wire, struct arena *arena,
                    struct error_details *details);

#endif
