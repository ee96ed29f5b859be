/*
 * session_texts: the sentences a member confirms (auth/step_up.h), in French, Arabic and English.
 * Memory  in the arena; NULL when it ran dry.
 */
#ifndef HAYAT_SERVICE_SESSION_TEXTS_H
#define HAYAT_SERVICE_SESSION_TEXTS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"

const char *session_text_revoke(struct arena *arena, enum language language, const char *device_id,
                                struct date enrolled);
const char *session_text_passphrase(enum language language, bool new_code_key);

#endif
