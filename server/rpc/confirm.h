/*
 * confirm: a policy's step_up, enforced (auth/step_up.h).  Only unary WRITE methods of members have one: rpcgen sees to it.
 *
 *   without "step-up" metadata   the act is put into words and filed; the call fails with STEP_UP_REQUIRED, and ErrorInfo.metadata says
 *                                step_up_id, step_up_nonce (hex), step_up_text, step_up_expire_ms, and step_up_code when a code is needed
 *   with it                      the confirmation is used up; only when it is good does the handler run
 *
 * A handler that goes aside confirms once, in its first run.
 */
#ifndef HAYAT_RPC_CONFIRM_H
#define HAYAT_RPC_CONFIRM_H

#include "rpc/pipeline.h"

/* At the headers: what was sent of a confirmation, if anything.  STEP_UP_INVALID. */
status confirm_read(struct call *call, bytes step_up, bytes token);

/* In the acting transaction, before the handler. */
status confirm_act(struct call *call);

#endif
