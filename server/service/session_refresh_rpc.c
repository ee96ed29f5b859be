/* Refreshing a session, and ending it. */
#include "auth/refresh.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/audit.h"
#include "service/message.h"
#include "service/session_message.h"
#include "service/session_notice.h"

/* --- RefreshSession: the signature is verified aside (auth/refresh.h) --- */

static status verify(struct rpc *rpc, void *state, bool *ret_more)
{
    (void)rpc;
    *ret_more = false;
    refresh_verify(state);
    return STATUS_OK;
}

/* The second run may still come: the arena, wiped at the call's end, keeps the token until then. */
static void close_refresh(void *state)
{
    (void)state;
}

static status begin(struct rpc *rpc, const Hayat__V1__RefreshSessionRequest *request)
{
    struct refresh *refresh = arena_alloc(rpc->arena, sizeof *refresh);
    if (refresh == NULL) {
        return FAIL(ARENA_FULL);
    }
    refresh->token_text = bytes_str(request->refresh_token);
    refresh->rotation_id = bytes_str(request->rotation_id);
    refresh->signature = bytes_of_binary(request->signature);
    refresh->access_ms = rpc->app->access_token_ms;
    TRY(refresh_read(rpc->txn, refresh));
    rpc->aside = (struct aside){.step = verify, .close = close_refresh, .state = refresh};
    return rpc_go_aside(rpc);
}

/* SEC-B7.  Refreshes that go well are no event: there is one every ten minutes. */
static status tell_of_reuse(struct rpc *rpc, struct owner owner)
{
    rpc_audit_subject(rpc, owner);
    TRY(rpc_audit_append(rpc, rpc->txn, &REFRESH_METHOD[1], FAIL(TOKEN_REUSED)));
    return session_notice(rpc, owner, NOTICE_TOKEN_REUSED);
}

static status settle(struct rpc *rpc, struct refresh *refresh,
                     Hayat__V1__RefreshSessionResponse *response)
{
    status s = refresh_settle(rpc->txn, refresh);
    if (s.why == REASON_TOKEN_REUSED) {
        TRY(tell_of_reuse(rpc, refresh->owner));
        rpc->keep_writes = true;
    }
    TRY(s);
    return session_message_refreshed(rpc->arena, &refresh->tokens, response);
}

status session_refresh_session(struct rpc *rpc, const Hayat__V1__RefreshSessionRequest *request,
                               Hayat__V1__RefreshSessionResponse *response)
{
    struct refresh *refresh = rpc->aside.state;
    return refresh == NULL ? begin(rpc, request) : settle(rpc, refresh, response);
}

/* --- the end --- */

status session_end_session(struct rpc *rpc, const Hayat__V1__EndSessionRequest *request,
                           Hayat__V1__EndSessionResponse *response)
{
    (void)request, (void)response;
    return session_end(rpc->txn, rpc->principal->token_hash);
}

status session_end_all_sessions(struct rpc *rpc, const Hayat__V1__EndAllSessionsRequest *request,
                                Hayat__V1__EndAllSessionsResponse *response)
{
    (void)request, (void)response;
    TRY(session_end_all(rpc->txn, rpc->principal->owner));
    /* One that an older version opened is in no family. */
    TRY(session_end(rpc->txn, rpc->principal->token_hash));
    return session_notice(rpc, rpc->principal->owner, NOTICE_SESSIONS_ENDED);
}
