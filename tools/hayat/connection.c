#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "hayat.h"
#include "progress.h"
#include "usage.h"

static bool copy(char *out, size_t size, const char *text)
{
    int n = snprintf(out, size, "%s", text);
    return n >= 0 && (size_t)n < size;
}

status hayat_load_session(struct hayat *hayat)
{
    if (hayat->signed_in) {
        return STATUS_OK;
    }
    TRY(session_load(hayat->directory, &hayat->session));
    const struct arguments *arguments = &hayat->arguments;
    if (arguments->server != NULL &&
        !copy(hayat->session.server, SERVER_TEXT_MAX, arguments->server)) {
        return usage_wrong("--server", TEXT_USE_SERVER);
    }
    if (arguments->ca != NULL && !copy(hayat->session.ca, PATH_MAX, arguments->ca)) {
        return usage_wrong("--ca", TEXT_USE_CA);
    }
    hayat->signed_in = true;
    return STATUS_OK;
}

status hayat_connect(struct hayat *hayat)
{
    if (hayat->channel != NULL) {
        return STATUS_OK;
    }
    const struct session *session = &hayat->session;
    bool local = strncmp(session->server, "unix:", 5) == 0;
    if (session->server[0] == '\0') {
        return usage_wrong("--server", TEXT_USE_SERVER);
    }
    if (session->ca[0] == '\0' && !local) {
        return usage_wrong("--ca", TEXT_USE_CA);
    }
    struct channel_options options = {.target = session->server,
                                      .ca_file = local ? NULL : session->ca};
    return channel_open(&options, &hayat->channel);
}

const char *hayat_language_tag(const struct hayat *hayat)
{
    switch (hayat->language) {
    case LANGUAGE_EN:
        return "en";
    case LANGUAGE_FR:
        return "fr";
    case LANGUAGE_AR:
        return "ar";
    }
    return "fr";
}

struct retry hayat_retry(const struct hayat *hayat, int default_give_up_seconds)
{
    int asked = hayat->arguments.give_up_seconds;
    struct retry retry;
    retry_init(&retry, &clock_system, &random_system,
               1000LL * (asked > 0 ? asked : default_give_up_seconds));
    return retry;
}

status hayat_wait_or_fail(struct hayat *hayat, struct retry *retry, status s)
{
    if (!retry_helps(s, &hayat->error)) {
        return s;
    }
    int64_t wait_ms = retry_next_ms(retry, hayat->error.retry_after_ms);
    if (wait_ms < 0) {
        return FAIL(GAVE_UP);
    }
    progress_waiting(hayat, wait_ms);
    channel_pause(hayat->channel, wait_ms);
    /* A channel gets on only inside calls: one that slept may hold a connection that died meanwhile, and would fail the
       next call with it, for ever when the server restarts more often than we try. */
    channel_close(hayat->channel);
    hayat->channel = NULL;
    return hayat_connect(hayat);
}

struct call_options hayat_options(const struct hayat *hayat, struct method method,
                                  const char *token)
{
    return (struct call_options){
        .path = method.path,
        .token = token,
        .language = hayat_language_tag(hayat),
        .timeout_ms = CALL_TIMEOUT_MS,
        .response = method.response,
    };
}

status hayat_call_once(struct hayat *hayat, const struct call_options *options,
                       const ProtobufCMessage *request, struct arena *arena,
                       ProtobufCMessage **ret_response)
{
    struct rpc_reply reply = {0};
    status s = channel_unary(hayat->channel, options, request, arena, &reply);
    hayat->error = reply.error;
    *ret_response = reply.message;
    if (ok(s)) {
        progress_waited(hayat);
    }
    return s;
}

status hayat_call_patiently(struct hayat *hayat, struct method method,
                            const ProtobufCMessage *request, struct patience patience,
                            ProtobufCMessage **ret_response)
{
    TRY(hayat_load_session(hayat));
    TRY(hayat_connect(hayat));
    bool renewed = false;
    for (;;) {
        TRY(sign_in_if_needed(hayat, patience.retry));
        struct call_options options = hayat_options(hayat, method, hayat->session.token);
        status s = hayat_call_once(hayat, &options, request, patience.arena, ret_response);
        if (ok(s)) {
            return s;
        }
        if (hayat->error.code == CODE_UNAUTHENTICATED && !renewed) {
            renewed = true; /* the server forgot the token early: once is enough to know */
            session_refused(hayat);
            continue;
        }
        TRY(hayat_wait_or_fail(hayat, patience.retry, s));
    }
}

status hayat_call(struct hayat *hayat, struct method method, const ProtobufCMessage *request,
                  ProtobufCMessage **ret_response)
{
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    struct patience patience = {&retry, &hayat->arena};
    return hayat_call_patiently(hayat, method, request, patience, ret_response);
}
