/*
 * session_file: what the client remembers between two runs: session.json in its directory, mode
 * 0600.
 *
 * A device's key stays in the device file; the session only knows where that is.  A session opened by
 * passphrase has a key of its own, which is in the session and goes with it.
 * Locking  a refresh token is used once: who renews the session holds the lock, and reads the file
 *          again when it has it (session_lock).
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

enum { TOKEN_TEXT_MAX = 72, NONCE_HEX_MAX = 65, ROTATION_TEXT_MAX = 37 };

struct session {
    char token[TOKEN_TEXT_MAX]; /* "" when it was refused */
    int64_t expire_ms;          /* wall clock */

    char refresh_token[TOKEN_TEXT_MAX]; /* "" when there is none that works */
    char refresh_nonce[NONCE_HEX_MAX];
    int64_t idle_ms;                     /* it works until then */
    char rotation_id[ROTATION_TEXT_MAX]; /* of a refresh without an answer yet, else "" */

    char device_path[PATH_MAX]; /* absolute; "" for a session opened by passphrase */
    char device_id[ID_TEXT_MAX];
    char key_pem[KEY_PEM_MAX]; /* ... which has this Ed25519 key, else "" */
    char server[SERVER_TEXT_MAX];
    char ca[PATH_MAX]; /* "" for plaintext */
};

status session_load(const char *directory, struct session *ret_session);
status session_save(const char *directory, const struct session *session);
status session_remove(const char *directory);

/* Waits for whoever renews the session in that directory; the descriptor is closed to let go. */
status session_lock(const char *directory, int *ret_fd);

/* A token that will still be good when a call sent now arrives. */
bool session_usable(const struct session *session, int64_t now_ms);
/* A refresh token that may still be good. */
bool session_renewable(const struct session *session, int64_t now_ms);

#endif
