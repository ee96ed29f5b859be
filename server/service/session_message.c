#include "service/session_message.h"

#include "base/wipe.h"
#include "service/message.h"

status session_message_refreshed(struct arena *arena, struct session_tokens *tokens,
                                 Hayat__V1__RefreshSessionResponse *response)
{
    response->access_token = message_text(arena, tokens->access.text);
    response->expire_time = message_time(arena, tokens->access.expire_ms);
    response->refresh_token = message_text(arena, tokens->refresh.text);
    response->refresh_nonce = message_bytes(arena, bytes_of(tokens->nonce, sizeof tokens->nonce));
    response->idle_time = message_time(arena, tokens->refresh.expire_ms);
    response->end_time = message_time(arena, tokens->end_ms);
    wipe(tokens, sizeof *tokens);
    return arena_check(arena);
}

status session_message_created(struct arena *arena, struct session_tokens *tokens,
                               Hayat__V1__CreateSessionResponse *response)
{
    Hayat__V1__RefreshSessionResponse same;
    TRY(session_message_refreshed(arena, tokens, &same));
    response->access_token = same.access_token;
    response->expire_time = same.expire_time;
    response->refresh_token = same.refresh_token;
    response->refresh_nonce = same.refresh_nonce;
    response->idle_time = same.idle_time;
    response->end_time = same.end_time;
    return STATUS_OK;
}
