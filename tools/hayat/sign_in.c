#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"
#include "enrolment_file.h"
#include "files.h"
#include "hayat.h"
#include "hayat/v1/session.pb-c.h"
#include "output.h"
#include "usage.h"

static const struct method CREATE_CHALLENGE = {"/hayat.v1.SessionService/CreateChallenge",
                                               &hayat__v1__create_challenge_response__descriptor};
static const struct method CREATE_SESSION = {"/hayat.v1.SessionService/CreateSession",
                                             &hayat__v1__create_session_response__descriptor};
static const struct method END_SESSION = {"/hayat.v1.SessionService/EndSession",
                                          &hayat__v1__end_session_response__descriptor};

static const struct method END_ALL_SESSIONS = {"/hayat.v1.SessionService/EndAllSessions",
                                               &hayat__v1__end_all_sessions_response__descriptor};

static status anonymous(struct hayat *hayat, struct method method, const ProtobufCMessage *request,
                        ProtobufCMessage **ret_response)
{
    struct call_options options = hayat_options(hayat, method, NULL);
    return hayat_call_once(hayat, &options, request, &hayat->arena, ret_response);
}

static status challenge(struct hayat *hayat, Hayat__V1__CreateChallengeResponse **ret)
{
    Hayat__V1__CreateChallengeRequest request = HAYAT__V1__CREATE_CHALLENGE_REQUEST__INIT;
    request.device_id = hayat->session.device_id;
    return anonymous(hayat, CREATE_CHALLENGE, &request.base, (ProtobufCMessage **)ret);
}

static status answer(struct hayat *hayat, const struct device *device,
                     const Hayat__V1__CreateChallengeResponse *challenged,
                     Hayat__V1__CreateSessionResponse **ret)
{
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    TRY(device_sign(device, bytes_of(challenged->nonce.data, challenged->nonce.len), signature));
    Hayat__V1__CreateSessionRequest request = HAYAT__V1__CREATE_SESSION_REQUEST__INIT;
    request.challenge_id = challenged->challenge_id;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    return anonymous(hayat, CREATE_SESSION, &request.base, (ProtobufCMessage **)ret);
}

static status keep(struct hayat *hayat, const Hayat__V1__CreateSessionResponse *made)
{
    struct fresh_tokens tokens = {
        .access = made->access_token,
        .refresh = made->refresh_token,
        .nonce = bytes_of(made->refresh_nonce.data, made->refresh_nonce.len),
        .expire = made->expire_time,
        .idle = made->idle_time,
    };
    return session_keep(hayat, &tokens);
}

static status sign_in_with(struct hayat *hayat, const struct device *device)
{
    Hayat__V1__CreateChallengeResponse *challenged;
    Hayat__V1__CreateSessionResponse *made;
    TRY(hayat_connect(hayat));
    TRY(challenge(hayat, &challenged));
    TRY(answer(hayat, device, challenged, &made));
    return keep(hayat, made);
}

status sign_in_attempt(struct hayat *hayat)
{
    struct device device;
    TRY(session_key(hayat, &device));
    status s = sign_in_with(hayat, &device);
    device_fini(&device);
    return s;
}

/* By a refresh while the server takes it, else by the device; a passphrase is not ours to know. */
static status renew_locked(struct hayat *hayat)
{
    int64_t now_ms = clock_wall_ms(&clock_system);
    session_take_over(hayat);
    if (session_usable(&hayat->session, now_ms)) {
        return STATUS_OK;
    }
    if (!hayat->anew && session_renewable(&hayat->session, now_ms)) {
        status s = refresh_attempt(hayat);
        if (ok(s) || hayat->error.code != CODE_UNAUTHENTICATED) {
            return s;
        }
    }
    return hayat->session.key_pem[0] != '\0' ? FAIL(NOT_SIGNED_IN) : sign_in_attempt(hayat);
}

static status renew(struct hayat *hayat)
{
    int lock;
    TRY(session_lock(hayat->directory, &lock));
    status s = renew_locked(hayat);
    (void)close(lock);
    return s;
}

status sign_in_if_needed(struct hayat *hayat, struct retry *retry)
{
    enum { CHALLENGE_TRIES = 3 }; /* the answer to a signed challenge can get lost on the way */
    int challenge_tries = 0;
    while (!session_usable(&hayat->session, clock_wall_ms(&clock_system))) {
        status s = renew(hayat);
        if (ok(s)) {
            return s; /* even if our clock finds the token too old already */
        }
        if (s.why == REASON_CHALLENGE_INVALID && ++challenge_tries < CHALLENGE_TRIES) {
            continue;
        }
        TRY(hayat_wait_or_fail(hayat, retry, s));
    }
    return STATUS_OK;
}

/* Why DEVICE_PATH is no device's file: its enrolment waits for the code, or whatever loading it said. */
static status why_no_device(const char *device_path, status loading)
{
    struct enrolment_file file;
    if (loading.why != REASON_KEY_FILE_INVALID || !ok(enrolment_file_load(device_path, &file))) {
        return loading;
    }
    bool waits = file.device.device_id[0] == '\0' && file.enrolment_id[0] != '\0';
    enrolment_file_fini(&file);
    return waits ? FAIL(DEVICE_WAITS) : loading;
}

/* The session starts from the device file; --server and --ca come first. */
static status begin(struct hayat *hayat, const char *device_path)
{
    struct session *session = &hayat->session;
    struct device device;
    if (realpath(device_path, session->device_path) == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    status loaded = device_load(session->device_path, &device);
    if (!ok(loaded)) {
        return why_no_device(session->device_path, loaded);
    }
    const char *server = hayat->arguments.server != NULL ? hayat->arguments.server : device.server;
    memcpy(session->device_id, device.device_id, sizeof session->device_id);
    int n = snprintf(session->server, sizeof session->server, "%s", server);
    if (hayat->arguments.ca == NULL) {
        memcpy(session->ca, device.ca, sizeof session->ca);
    }
    device_fini(&device);
    if (hayat->arguments.ca != NULL && realpath(hayat->arguments.ca, session->ca) == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    hayat->signed_in = true;
    return n > 0 && n < (int)sizeof session->server ? STATUS_OK
                                                    : usage_wrong("--server", TEXT_USE_SERVER);
}

status command_sign_in(struct hayat *hayat)
{
    if (hayat->arguments.passphrase != 0) {
        TRY(sign_in_by_passphrase(hayat));
        return output_signed_in(hayat);
    }
    if (hayat->arguments.device != NULL) {
        TRY(begin(hayat, hayat->arguments.device));
    } else {
        TRY(hayat_load_session(hayat));
        hayat->session.token[0] = '\0';
    }
    hayat->anew = true;
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    TRY(sign_in_if_needed(hayat, &retry));
    return output_signed_in(hayat);
}

status command_token(struct hayat *hayat)
{
    TRY(hayat_load_session(hayat));
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    TRY(sign_in_if_needed(hayat, &retry));
    return output_token(hayat);
}

/* The session may go on at the server though its access token is over. */
static bool is_open(const struct session *session)
{
    int64_t now_ms = clock_wall_ms(&clock_system);
    return session_usable(session, now_ms) || session_renewable(session, now_ms);
}

status command_sign_out(struct hayat *hayat)
{
    Hayat__V1__EndSessionRequest one = HAYAT__V1__END_SESSION_REQUEST__INIT;
    Hayat__V1__EndAllSessionsRequest all = HAYAT__V1__END_ALL_SESSIONS_REQUEST__INIT;
    ProtobufCMessage *response;
    TRY(hayat_load_session(hayat));
    status s = STATUS_OK;
    if (hayat->arguments.all != 0) {
        s = hayat_call(hayat, END_ALL_SESSIONS, &all.base, &response);
    } else if (is_open(&hayat->session)) {
        s = hayat_call(hayat, END_SESSION, &one.base, &response);
    }
    /* This machine forgets the member even when the server cannot be told. */
    TRY(session_remove(hayat->directory));
    return s;
}
