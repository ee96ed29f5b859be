#include "rpc/confirm.h"

#include <assert.h>

#include "base/codec.h"

status confirm_read(struct call *call, bytes step_up, bytes token)
{
    if (!call->route->policy.step_up || step_up.len == 0) {
        return STATUS_OK;
    }
    signed_call_digest(token, call->proof.token_digest);
    TRY(step_up_parse(step_up, &call->proof));
    call->has_proof = true;
    return STATUS_OK;
}

/* What will happen, in words; the same refusals as the act itself, when what it names is not there. */
static status write_act(struct call *call, enum language language, struct step_up_act *ret_act)
{
    const char *text = NULL;
    enum language asked = call->rpc.language;
    call->rpc.language = language;
    status s = call->route->step_up_text(&call->rpc, call->unpacked, &text);
    call->rpc.language = asked;
    TRY(s);
    if (text == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret_act = (struct step_up_act){.principal = &call->principal,
                                    .method = call->route->path,
                                    .text = bytes_str(text),
                                    .request = call->request,
                                    .language = language};
    assert(ret_act->text.len <= LIMIT_STEP_UP_TEXT_BYTES);
    return STATUS_OK;
}

static void tell(struct rpc *rpc, const struct step_up_act *act,
                 const struct step_up_challenge *challenge)
{
    char *id = arena_alloc(rpc->arena, ID_TEXT_MAX);
    char *nonce = arena_alloc(rpc->arena, 2 * sizeof challenge->nonce + 1);
    if (id != NULL && nonce != NULL) {
        id_format(challenge->id, "stp", id);
        hex_encode(bytes_of(challenge->nonce, sizeof challenge->nonce), nonce);
    }
    rpc_detail(rpc, "step_up_id", id);
    rpc_detail(rpc, "step_up_nonce", nonce);
    rpc_detail(rpc, "step_up_text", (const char *)act->text.ptr);
    rpc_detail_int(rpc, "step_up_expire_ms", challenge->expire_ms);
    if (challenge->needs_code) {
        rpc_detail(rpc, "step_up_code", "true");
    }
}

static status ask(struct call *call)
{
    struct step_up_act act;
    struct step_up_challenge challenge;
    TRY(write_act(call, call->rpc.language, &act));
    TRY(step_up_ask(call->rpc.txn, &act, &challenge));
    tell(&call->rpc, &act, &challenge);
    TRY(arena_check(call->rpc.arena));
    call->rpc.keep_writes = true;
    return FAIL(STEP_UP_REQUIRED);
}

static status confirm(struct call *call)
{
    struct step_up_act act;
    enum language language;
    TRY(step_up_language(call->rpc.txn, &call->proof, &language));
    TRY(write_act(call, language, &act));
    status s = step_up_confirm(call->rpc.txn, &act, &call->proof);
    call->rpc.keep_writes = !ok(s); /* it is used up all the same */
    return s;
}

status confirm_act(struct call *call)
{
    if (!call->route->policy.step_up || call->rpc.aside.again) {
        return STATUS_OK;
    }
    return call->has_proof ? confirm(call) : ask(call);
}
