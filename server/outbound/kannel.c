#include "outbound/kannel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/wipe.h"
#include "outbound/gsm7.h"
#include "outbound/http.h"
#include "outbound/report_listener.h"
#include "outbound/texts.h"

struct kannel {
    struct carrier carrier; /* first */
    struct http_client *http;
    const struct report_link *reports;
};

enum verdict kannel_verdict(long http_status, const char *body)
{
    if (http_status == 202 && (strncmp(body, "0:", 2) == 0 || strncmp(body, "3:", 2) == 0)) {
        return VERDICT_DELIVERED;
    }
    return http_status == 400 ? VERDICT_REFUSED : VERDICT_RETRY;
}

static void describe(const struct http_answer *answer, struct report *ret_report)
{
    char evidence[EVIDENCE_MAX];
    if (!answer->sent) {
        report_fill(ret_report, VERDICT_REFUSED, "number is no number");
        return;
    }
    if (answer->error != 0) {
        (void)snprintf(evidence, sizeof evidence, "no answer (%d)", answer->error);
        report_fill(ret_report, VERDICT_RETRY, evidence);
        return;
    }
    /* Kannel's number alone: what follows may repeat what was sent. */
    char number = answer->text[0] >= '0' && answer->text[0] <= '9' ? answer->text[0] : '-';
    (void)snprintf(evidence, sizeof evidence, "http %ld, kannel %c", answer->status, number);
    report_fill(ret_report, kannel_verdict(answer->status, answer->text), evidence);
}

/* coding 0: the GSM alphabet, 2: UCS-2; Kannel converts from UTF-8. */
static void send_text(struct kannel *kannel, const struct outbound_message *message,
                      const char *text, struct report *ret_report)
{
    struct sms_size size;
    struct http_answer answer;
    if (!sms_measure(bytes_str(text), &size)) {
        report_fill(ret_report, VERDICT_REFUSED, "text is not UTF-8");
        return;
    }
    char mask[8], url[REPORT_URL_MAX];
    const struct http_header headers[] = {
        {"X-Kannel-To", message->phone_number},
        {"X-Kannel-Coding", size.gsm7 ? "0" : "2"},
        {"Content-Type", "text/plain; charset=UTF-8"},
        {"X-Kannel-DLR-Mask", mask}, /* these two only when it is to report */
        {"X-Kannel-DLR-Url", url},
    };
    bool reports = kannel->reports != NULL && report_link_url(kannel->reports, message->id, url);
    (void)snprintf(mask, sizeof mask, "%d", REPORT_TYPES_WANTED);
    http_post(kannel->http, headers, reports ? ARRAY_LEN(headers) : ARRAY_LEN(headers) - 2,
              bytes_str(text), &answer);
    describe(&answer, ret_report);
    ret_report->report_expected = reports && ret_report->verdict == VERDICT_DELIVERED;
}

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    char text[SMS_TEXT_MAX];
    if (!text_sms(message, text)) {
        report_fill(ret_report, VERDICT_REFUSED, "no such text");
        return;
    }
    send_text((struct kannel *)(void *)self, message, text, ret_report);
    wipe(text, sizeof text);
}

static void close_kannel(struct carrier *self)
{
    struct kannel *kannel = (struct kannel *)(void *)self;
    http_close(kannel->http);
    free(kannel);
}

status kannel_open(const struct kannel_options *options, struct carrier **ret_carrier)
{
    const struct http_options http = {options->url, options->timeout_ms, options->ca_file};
    const struct http_header login[] = {{"X-Kannel-Username", options->username},
                                        {"X-Kannel-Password", options->password},
                                        {"X-Kannel-From", options->from}};
    struct kannel *kannel = calloc(1, sizeof *kannel);
    if (kannel == NULL) {
        return FAIL(ARENA_FULL);
    }
    kannel->carrier = (struct carrier){.name = "kannel", .carry = carry, .close = close_kannel};
    kannel->reports = options->reports;
    status s = http_open(&http, login, ARRAY_LEN(login), &kannel->http);
    if (!ok(s)) {
        free(kannel);
        return s;
    }
    *ret_carrier = &kannel->carrier;
    return STATUS_OK;
}
