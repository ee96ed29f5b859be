#include "rpc/step.h"

#include <assert.h>

#include "rpc/event.h"
#include "rpc/identify.h"
#include "rpc/scan.h"
#include "service/audit.h"
#include "storage/db.h"

void step_begin(struct call *call)
{
    arena_reset(&call->arena, LIMIT_ARENA_BASE_BYTES);
    error_details_clear(&call->rpc.details);
    call->rpc.keep_writes = false;
    call->rpc.aside = (struct aside){.state = NULL};
    call->rpc.audit = (struct rpc_audit){.lost = false};
    call->rpc.txn = NULL;
    call->result = STATUS_OK;
    call->reply = (bytes){NULL, 0};
    call->request = (bytes){NULL, 0};
    call->unpacked = call->response = NULL;
    call->finished = false;
    call->wait_ms = 0;
}

status step_check_deadline(const struct call *call)
{
    bool over = clock_mono_us(call->pipeline->app->clock) >= call->rpc.deadline_us;
    return over ? FAIL(DEADLINE_EXCEEDED) : STATUS_OK;
}

status step_new_response(struct call *call)
{
    const ProtobufCMessageDescriptor *type = call->route->response;
    call->arena.cap +=
        LIMIT_ARENA_HANDLER_BYTES; /* the request is in: from here on memory is the handler's */
    call->response = arena_alloc(&call->arena, type->sizeof_message);
    if (call->response == NULL) {
        return FAIL(ARENA_FULL);
    }
    protobuf_c_message_init(type, call->response);
    return STATUS_OK;
}

status step_accept(struct call *call, bytes request)
{
    call->request = request;
    call->bytes_in += request.len;
    TRY(step_check_deadline(call));
    if (request.len > (size_t)call->route->policy.max_request_bytes) {
        return FAIL(MESSAGE_TOO_LARGE);
    }
    call->arena.cap += LIMIT_ARENA_PER_WIRE_BYTE * request.len;
    TRY(scan_request(call->route->rule, request, &call->arena, &call->rpc.details));
    call->unpacked = protobuf_c_message_unpack(call->route->request, &call->arena.allocator,
                                               request.len, request.ptr);
    if (call->unpacked == NULL) {
        return arena_ran_dry(&call->arena) ? FAIL(ARENA_FULL) : FAIL(MALFORMED_REQUEST);
    }
    return step_new_response(call);
}

status step_pack(struct call *call)
{
    size_t len = protobuf_c_message_get_packed_size(call->response);
    if (len > LIMIT_SEND_BYTES) {
        return FAIL(INTERNAL); /* a handler's bounds are wrong */
    }
    uint8_t *packed = call->reply_room != NULL ? call->reply_room(call, len)
                                               : arena_room(&call->arena, len);
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    call->reply = bytes_of(packed, protobuf_c_message_pack(call->response, packed));
    return STATUS_OK;
}

static bool retry_helps(enum reason why)
{
    return why == REASON_OVERLOADED || why == REASON_DRAINING || why == REASON_STORE_FULL ||
           why == REASON_STORE_FAILED || why == REASON_STORE_READERS_FULL ||
           why == REASON_HELPER_FAILED;
}

static void settle(struct call *call, status s)
{
    call->result = s;
    if (ok(s)) {
        call->bytes_out += call->reply.len;
        return;
    }
    call->reply = (bytes){NULL, 0};
    call->finished = false;
    if (retry_helps(s.why) && call->rpc.details.retry_after_ms == 0) {
        call->rpc.details.retry_after_ms = LIMIT_RETRY_MS;
    }
}

enum step step_done(struct call *call, status s)
{
    settle(call, s);
    return STEP_READY;
}

/* --- here and now --- */

static status in_read_transaction(struct call *call, status (*body)(struct call *call))
{
    TRY(txn_begin_read(call->pipeline->app->db, &call->arena, &call->rpc.txn));
    status s = identify_again(call); /* SEC-A5 */
    if (ok(s)) {
        s = body(call);
    }
    txn_end_read(call->rpc.txn);
    call->rpc.txn = NULL;
    return s;
}

status step_read(struct call *call, bool in_transaction, status (*body)(struct call *call))
{
    if (in_transaction) {
        return in_read_transaction(call, body);
    }
    call->rpc.now_ms = clock_wall_ms(call->pipeline->app->clock);
    return body(call);
}

/* --- on the writer --- */

/* No entry about whom, no data (SEC-A7): a handler that forgot to say so gives nothing away. */
static bool is_named(const struct call *call)
{
    const struct rpc_audit *audit = &call->rpc.audit;
    return call->route->policy.audit != AUDIT_READ || audit->subjects != NULL || audit->nobody;
}

static status append_entry(struct call *call, status outcome)
{
    return ok(outcome) && !is_named(call)
               ? FAIL(INTERNAL)
               : rpc_audit_append(&call->rpc, call->rpc.txn, call->route->path + 1, outcome);
}

status step_audit(struct call *call, status outcome)
{
    bool committed = ok(outcome) || (call->rpc.keep_writes && !call->rpc.aside.due);
    if (call->route->policy.audit == AUDIT_NONE || !committed) {
        return outcome;
    }
    status s = append_entry(call, outcome);
    if (!ok(s)) {
        call->rpc.keep_writes = false; /* no entry, no act (SEC-F1) */
        return s;
    }
    return outcome;
}

static status run_body(struct call *call)
{
    TRY(step_check_deadline(call)); /* it may have waited long in the queue */
    TRY(identify_again(call));      /* SEC-A5 */
    return call->body(call);
}

static status run_write(struct write_job *job, struct txn *txn)
{
    struct call *call = CONTAINER_OF(job, struct call, job);
    call->rpc.txn = txn;
    status s = run_body(call);
    call->rpc.txn = NULL;
    call->result = s;
    return call->rpc.keep_writes ? STATUS_OK : s;
}

static status go_aside(struct call *call);

static void write_done(struct write_job *job, status result)
{
    struct call *call = CONTAINER_OF(job, struct call, job);
    if (ok(result) && call->rpc.aside.due) {
        result = go_aside(call);
        if (ok(result)) {
            return; /* the call is a worker's now */
        }
        call->result = result;
    }
    /* With keep_writes the commit went well and the handler's refusal stands. */
    settle(call, ok(result) ? call->result : result);
    call->resume(call);
}

/* What still works on a nearly full disk (SEC-D5). */
static bool is_essential(const struct route *route)
{
    return strcmp(route->path, "/hayat.v1.SessionService/EndSession") == 0 ||
           strcmp(route->path, "/hayat.v1.SessionService/EndAllSessions") == 0 ||
           strcmp(route->path, "/hayat.v1.BankAccountService/RefuseBankAccountChange") == 0;
}

/* When it goes well, the call is no longer ours. */
static uint32_t write_limit(const struct route *route)
{
    return route->shape == SHAPE_CLIENT_STREAM ? route->handler.client_stream->write_limit : 0;
}

/* Streams write much at a time, and so does who sends much. */
static bool is_bulk(const struct call *call)
{
    return call->route->shape == SHAPE_CLIENT_STREAM ||
           call->request.len > LIMIT_SMALL_REQUEST_BYTES;
}

static status submit_write(struct call *call)
{
    call->job = (struct write_job){.run = run_write,
                                   .done = write_done,
                                   .arena = &call->arena,
                                   .write_limit = write_limit(call->route),
                                   .bulk = is_bulk(call),
                                   .essential = is_essential(call->route)};
    return writer_submit(call->pipeline->app->writer, &call->job);
}

enum step step_write(struct call *call, status (*body)(struct call *call))
{
    call->body = body;
    status s = submit_write(call);
    return ok(s) ? STEP_PENDING : step_done(call, s);
}

/* --- aside: between two transactions of one handler --- */

/* As before the handler ran the first time, but for what the aside found. */
static status write_again(struct call *call)
{
    error_details_clear(&call->rpc.details);
    call->rpc.keep_writes = false;
    call->rpc.aside.due = false;
    call->rpc.aside.again = true;
    call->rpc.audit = (struct rpc_audit){.lost = false};
    protobuf_c_message_init(call->route->response, call->response);
    return submit_write(call);
}

static struct worker_pool *aside_pool(const struct call *call)
{
    const struct pipeline *pipeline = call->pipeline;
    switch (call->rpc.aside.pool) {
    case ASIDE_SECRETS:
        return pipeline->secrets;
    case ASIDE_PAPER:
        return pipeline->paper;
    case ASIDE_WORKERS:
        break;
    }
    return pipeline->workers;
}

static void run_aside(struct worker_job *job)
{
    struct call *call = CONTAINER_OF(job, struct call, work);
    struct aside *aside = &call->rpc.aside;
    bool more = false;
    status s = step_check_deadline(call);
    if (ok(s)) {
        s = aside->step(&call->rpc, aside->state, &more);
    }
    if (ok(s) && more) {
        worker_pool_requeue(aside_pool(call), job); /* others get their turn */
        return;
    }
    aside->close(aside->state);
    if (ok(s)) {
        s = write_again(call);
    }
    if (!ok(s)) {
        settle(call, s);
        call->resume(call);
    }
}

static status go_aside(struct call *call)
{
    call->work = (struct worker_job){.run = run_aside,
                                     .known = call->principal.kind != CALLER_ANONYMOUS};
    status s = worker_pool_submit(aside_pool(call), &call->work);
    if (!ok(s)) {
        call->rpc.aside.close(call->rpc.aside.state);
    }
    return s;
}

/* --- on a worker --- */

static void run_manual(struct worker_job *job)
{
    struct call *call = CONTAINER_OF(job, struct call, work);
    call->rpc.now_ms = clock_wall_ms(call->pipeline->app->clock);
    status s = step_check_deadline(call);
    settle(call, ok(s) ? call->body(call) : s);
    call->resume(call);
}

enum step step_manual(struct call *call, status (*body)(struct call *call))
{
    call->body = body;
    call->work = (struct worker_job){.run = run_manual};
    status s = worker_pool_submit(call->pipeline->workers, &call->work);
    return ok(s) ? STEP_PENDING : step_done(call, s);
}
