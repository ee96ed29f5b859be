/*
 * session_message: a session's tokens as the API tells them, made in the call's arena.  TOKENS is wiped: the arena has the only copy.
 */
#ifndef HAYAT_SERVICE_SESSION_MESSAGE_H
#define HAYAT_SERVICE_SESSION_MESSAGE_H

#include "auth/session.h"
#include "hayat/v1/session.pb-c.h"

status session_message_created(struct arena *arena, struct session_tokens *tokens,
                               Hayat__V1__CreateSessionResponse *response);
status session_message_refreshed(struct arena *arena, struct session_tokens *tokens,
                                 Hayat__V1__RefreshSessionResponse *response);

#endif
