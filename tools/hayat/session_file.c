#include "session_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/defer.h"
#include "files.h"
#include "json_file.h"

enum { TOKEN_MARGIN_MS = 20000 }; /* a slow line's round trips, and clocks that differ a little */

static const char SESSION_NAME[] = "session.json";

/* Sessions of older versions have none of it. */
static void load_refresh(const json_t *json, struct session *session)
{
    (void)json_copy_text(json, "refresh_token", session->refresh_token,
                         sizeof session->refresh_token);
    (void)json_copy_text(json, "refresh_nonce", session->refresh_nonce,
                         sizeof session->refresh_nonce);
    (void)json_copy_text(json, "rotation_id", session->rotation_id, sizeof session->rotation_id);
    session->idle_ms = json_integer_value(json_object_get(json, "idle_ms"));
}

status session_load(const char *directory, struct session *ret_session)
{
    char path[PATH_MAX];
    DEFER(defer_free) char *text = NULL;
    TRY(path_join(directory, SESSION_NAME, path));
    status s = file_read_private(path, &text);
    if (s.why == REASON_FILE_UNREADABLE) {
        return FAIL(NOT_SIGNED_IN);
    }
    TRY(s);
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    struct session session = {0};
    bool complete =
        json_copy_text(json, "device_path", session.device_path, sizeof session.device_path) &&
        json_copy_text(json, "device_id", session.device_id, sizeof session.device_id) &&
        json_copy_text(json, "server", session.server, sizeof session.server) &&
        json_copy_text(json, "ca", session.ca, sizeof session.ca) &&
        json_copy_text(json, "token", session.token, sizeof session.token);
    if (!complete) {
        return FAIL(NOT_SIGNED_IN);
    }
    session.expire_ms = json_integer_value(json_object_get(json, "expire_ms"));
    load_refresh(json, &session);
    (void)json_copy_text(json, "key_pem", session.key_pem, sizeof session.key_pem);
    *ret_session = session;
    return STATUS_OK;
}

status session_save(const char *directory, const struct session *session)
{
    char path[PATH_MAX];
    TRY(path_join(directory, SESSION_NAME, path));
    return json_replace_file(
        path,
        json_pack("{s:s, s:I, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "token",
                  session->token, "expire_ms", (json_int_t)session->expire_ms, "refresh_token",
                  session->refresh_token, "refresh_nonce", session->refresh_nonce, "idle_ms",
                  (json_int_t)session->idle_ms, "rotation_id", session->rotation_id, "device_path",
                  session->device_path, "device_id", session->device_id, "key_pem",
                  session->key_pem, "server", session->server, "ca", session->ca));
}

status session_remove(const char *directory)
{
    char path[PATH_MAX];
    TRY(path_join(directory, SESSION_NAME, path));
    return file_remove(path);
}

bool session_usable(const struct session *session, int64_t now_ms)
{
    return session->token[0] != '\0' && now_ms < session->expire_ms - TOKEN_MARGIN_MS;
}

bool session_renewable(const struct session *session, int64_t now_ms)
{
    return session->refresh_token[0] != '\0' && now_ms < session->idle_ms;
}

status session_lock(const char *directory, int *ret_fd)
{
    char path[PATH_MAX];
    TRY(path_join(directory, "session.lock", path));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            (void)close(fd);
            return FAIL(FILE_UNWRITABLE);
        }
    }
    *ret_fd = fd;
    return STATUS_OK;
}
