#include "outbound/push.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/wipe.h"
#include "outbound/http.h"

enum { SECRET_LINE_MAX = 320 };

struct push {
    struct carrier carrier; /* first */
    struct http_client *http;
};

enum verdict push_verdict(long http_status, bool *ret_gone)
{
    *ret_gone = http_status == 404 || http_status == 410;
    if (http_status == 200 || http_status == 202) {
        return VERDICT_DELIVERED;
    }
    bool never = http_status == 400 || http_status == 413 || http_status == 422;
    return *ret_gone || never ? VERDICT_REFUSED : VERDICT_RETRY;
}

static void describe(const struct http_answer *answer, struct report *ret_report)
{
    char evidence[EVIDENCE_MAX];
    bool gone = false;
    if (!answer->sent) {
        report_fill(ret_report, VERDICT_REFUSED, "does not fit a request");
    } else if (answer->error != 0) {
        (void)snprintf(evidence, sizeof evidence, "no answer (%d)", answer->error);
        report_fill(ret_report, VERDICT_RETRY, evidence);
    } else {
        (void)snprintf(evidence, sizeof evidence, "http %ld", answer->status);
        report_fill(ret_report, push_verdict(answer->status, &gone), evidence);
        ret_report->gone = gone;
    }
}

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    const struct push *push = (const struct push *)(const void *)self;
    const struct http_header headers[] = {{"Content-Type", "application/json"},
                                          {"Idempotency-Key", message->id}};
    struct http_answer answer;
    if (message->what != MESSAGE_WAKE) {
        report_fill(ret_report, VERDICT_REFUSED, "no wake-up");
        return;
    }
    json_t *json = json_pack("{s:i, s:s, s:b}", "version", 1, "token", message->push_token, "wake",
                             1);
    DEFER(defer_free) char *body = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (body == NULL) {
        report_fill(ret_report, VERDICT_REFUSED, "token is no text");
        return;
    }
    http_post(push->http, headers, ARRAY_LEN(headers), bytes_str(body), &answer);
    describe(&answer, ret_report);
}

static void close_push(struct carrier *self)
{
    struct push *push = (struct push *)(void *)self;
    http_close(push->http);
    free(push);
}

status push_open(const struct push_options *options, struct carrier **ret_carrier)
{
    char line[SECRET_LINE_MAX];
    const struct http_options http = {options->url, options->timeout_ms, options->ca_file};
    struct push *push = calloc(1, sizeof *push);
    if (push == NULL) {
        return FAIL(ARENA_FULL);
    }
    push->carrier = (struct carrier){.name = "push", .carry = carry, .close = close_push};
    (void)snprintf(line, sizeof line, "Bearer %s", options->secret == NULL ? "" : options->secret);
    const struct http_header login = {"Authorization", line};
    status s = http_open(&http, &login, options->secret == NULL ? 0 : 1, &push->http);
    wipe(line, sizeof line);
    if (!ok(s)) {
        free(push);
        return s;
    }
    *ret_carrier = &push->carrier;
    return STATUS_OK;
}
