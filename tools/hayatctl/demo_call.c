#include "tools/hayatctl/demo_call.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"

enum { ARENA_BYTES = 64 * 1024, WAIT_FIRST_MS = 5, WAIT_MOST_MS = 2000 };

void demo_caller_init(struct demo_caller *caller, const struct channel_options *options)
{
    *caller = (struct demo_caller){.options = *options};
    arena_init(&caller->arena, ARENA_BYTES);
}

void demo_caller_hang_up(struct demo_caller *caller)
{
    channel_close(caller->channel);
    caller->channel = NULL;
}

void demo_caller_fini(struct demo_caller *caller)
{
    demo_caller_hang_up(caller);
    arena_fini(&caller->arena);
}

void demo_caller_renew(struct demo_caller *caller)
{
    demo_caller_hang_up(caller);
    arena_fini(&caller->arena);
    arena_init(&caller->arena, ARENA_BYTES);
    caller->token[0] = '\0';
}

status demo_caller_connect(struct demo_caller *caller)
{
    return caller->channel != NULL ? STATUS_OK : channel_open(&caller->options, &caller->channel);
}

bool demo_call_broke(status s, const struct rpc_error *error)
{
    return s.why == REASON_CONNECTION_FAILED || error->code == CODE_UNAVAILABLE ||
           error->code == CODE_CANCELLED || error->code == CODE_DEADLINE_EXCEEDED ||
           error->code == CODE_RESOURCE_EXHAUSTED || error->code == CODE_ABORTED;
}

void demo_call_wait(struct demo_caller *caller, const struct rpc_error *error, int tries)
{
    int64_t wait_ms = WAIT_FIRST_MS << (tries < 8 ? tries : 8);
    wait_ms = error->retry_after_ms > wait_ms ? error->retry_after_ms : wait_ms;
    caller->broken++;
    if (caller->channel != NULL) {
        channel_pause(caller->channel, wait_ms < WAIT_MOST_MS ? wait_ms : WAIT_MOST_MS);
    }
    if (error->code != CODE_RESOURCE_EXHAUSTED) {
        demo_caller_hang_up(caller);
    }
}

static status call_once(struct demo_caller *caller, struct demo_method method,
                        const ProtobufCMessage *request, struct rpc_reply *ret_reply)
{
    const struct call_options options = {.path = method.path,
                                         .token = caller->token[0] == '\0' ? NULL : caller->token,
                                         .timeout_ms = CALL_TIMEOUT_MS,
                                         .response = method.response};
    TRY(demo_caller_connect(caller));
    caller->calls++;
    return channel_unary(caller->channel, &options, request, &caller->arena, ret_reply);
}

status demo_call(struct demo_caller *caller, struct demo_method method,
                 const ProtobufCMessage *request, ProtobufCMessage **ret_response,
                 struct rpc_error *ret_error)
{
    struct rpc_reply reply;
    status s = FAIL(CONNECTION_FAILED);
    for (int tries = 0; tries < CALL_TRIES; tries++) {
        reply = (struct rpc_reply){0};
        s = call_once(caller, method, request, &reply);
        if (ok(s) || !demo_call_broke(s, &reply.error)) {
            break;
        }
        demo_call_wait(caller, &reply.error, tries);
    }
    *ret_response = reply.message;
    if (ret_error != NULL) {
        *ret_error = reply.error;
    }
    return s;
}
