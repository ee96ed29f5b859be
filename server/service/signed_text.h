/*
 * signed_text: what the fund's Ed25519 key signs: a context's name, its NUL, then the payload, so that a signature made for
 * one purpose is none for another.  Knows no store: clients link it.
 */
#ifndef HAYAT_SERVICE_SIGNED_TEXT_H
#define HAYAT_SERVICE_SIGNED_TEXT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

/* Into the arena.  CONTEXT is "hayat receipt v1" or its like.  Reasons: ARENA_FULL. */
status signed_text(struct arena *arena, const char *context, bytes payload, bytes *ret_text);

#endif
