/*
 * step: what pipeline.c and pipeline_stream.c share: the parts every step of a call is made of.
 *
 *   step_begin → step_accept → step_read | step_write | step_manual → step_done
 */
#ifndef HAYAT_RPC_STEP_H
#define HAYAT_RPC_STEP_H

#include "rpc/pipeline.h"

/* Clears the outcome of the step before; its memory is gone after this. */
void step_begin(struct call *call);
/* Size, scan, unpack: call->unpacked is the request; call->response is the response, empty. */
status step_accept(struct call *call, bytes request);
/* DEADLINE_EXCEEDED when the call's time is over.  step_accept looks, and whatever waited in a queue. */
status step_check_deadline(const struct call *call);
/* The response alone, for steps without a request. */
status step_new_response(struct call *call);
/* call->response → call->reply. */
status step_pack(struct call *call);

/* Runs BODY now.  In a read transaction when IN_TRANSACTION, after the session was looked at again. */
status step_read(struct call *call, bool in_transaction, status (*body)(struct call *call));
/* Runs BODY on the writer, after the session was looked at again; BODY packs its reply before the commit. */
enum step step_write(struct call *call, status (*body)(struct call *call));
/* Runs BODY on a worker. */
enum step step_manual(struct call *call, status (*body)(struct call *call));
/* The step is finished and went so: a failure drops the reply. */
enum step step_done(struct call *call, status s);

/* What the policy says, in the acting transaction: an entry for what went well, and for a refusal whose writes are kept. */
status step_audit(struct call *call, status outcome);

/* pipeline.c: takes one call off the caller's rate. */
status step_limit_rate(struct call *call);

/* pipeline_ahead.c: side commits. */
status ahead_open(struct call *call);
/* Hands over and begins a side commit, unless one runs or there is nothing to commit. */
status ahead_begin(struct call *call, bool all);

/* pipeline_stream.c: finish, in the writer's transaction, with what is still to be committed. */
enum step stream_finish(struct call *call);
/* pipeline_stream.c: the shapes that are not unary, and the end of them. */
enum step stream_message(struct call *call);
enum step stream_half_close(struct call *call);
void stream_end(struct call *call);

#endif
