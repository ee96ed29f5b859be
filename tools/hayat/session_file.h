/*
 * session_file: what the client remembers between two runs: session.json in its directory, mode
 * 0600.
 *
 * The device's key stays in the device file; the session only knows where that is, and signs in
 * again with it.
 * Reasons  NOT_SIGNED_IN (no session yet, or a file we did not write) · FILE_PERMISSIONS ·
 *          FILE_UNWRITABLE.
 */
#ifndef HAYAT_CLI_SESSION_FILE_H
#define HAYAT_CLI_SESSION_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/status.h"
#include "device.h"

enum { TOKEN_TEXT_MAX = 72 };

struct session {
    char token[TOKEN_TEXT_MAX]; /* "" when it was refused */
    int64_t expire_ms;          /* wall clock */
    char device_path[PATH_MAX]; /* absolute */
    char device_id[ID_TEXT_MAX];
    char server[SERVER_TEXT_MAX];
    char ca[PATH_MAX]; /* "" for plaintext */
};

status session_load(const char *directory, struct session *ret_session);
status session_save(const char *directory, const struct session *session);
status session_remove(const char *directory);

/* A token that will still be good when a call sent now arrives. */
bool session_usable(const struct session *session, int64_t now_ms);

#endif
