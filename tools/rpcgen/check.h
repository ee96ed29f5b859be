/*
 * check: what the build refuses in the proto files, with one line each that names file and element.
 *
 *   methods   no policy, two policies, or one that leaves callers, transaction, idempotency, rate,
 *             deadline or max_request_bytes open; limits above base/limits.h; REQUEST_ID without a
 *             UUID field request_id; two methods with one handler name, or two rules for one rate class
 *   messages  recursion; maps; groups, floating point and google.protobuf.Any or Struct in requests
 *   fields    text, bytes or lists without a bound (SEC-E5); bounds that do not fit the type;
 *             fields that name a member in a request a member may send (SEC-A1)
 *
 * Bounds are demanded of every request, and of responses whose files are ours.
 */
#ifndef HAYAT_RPCGEN_CHECK_H
#define HAYAT_RPCGEN_CHECK_H

#include "model.h"

/* Marks what requests and responses reach, then checks.  Look at model->problem_count after. */
void check_all(struct model *model);

/* --- the parts, for check.c --- */
/* google.protobuf.Any, Struct and their like: refused in requests by name, and not looked into. */
bool check_is_dynamic(const struct model_message *message);
void check_messages(struct model *model);
void check_field(struct model *model, const struct model_message *message,
                 const struct model_field *field);

#endif
