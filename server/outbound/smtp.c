#include "outbound/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "outbound/mail.h"
#include "outbound/outbound_mail.h"

enum { CONNECT_MS = 5000 };

struct smtp {
    struct carrier carrier; /* first */
    CURL *curl;
    struct mail_sender sender;
    struct smtp_end end; /* of the message at hand */
};

/* --- verdicts --- */

static bool is_about_the_message(const struct smtp_end *end)
{
    return strncmp(end->command, "RCPT", 4) == 0 || strncmp(end->command, "DATA", 4) == 0;
}

enum verdict smtp_verdict(const struct smtp_end *end)
{
    if (end->taken) {
        return VERDICT_DELIVERED;
    }
    bool told = end->code >= 400 && end->code < 600 && !end->silent;
    if (!told || !is_about_the_message(end)) {
        return VERDICT_RETRY;
    }
    return end->code >= 500 ? VERDICT_REFUSED : VERDICT_LATER;
}

static void describe(const struct smtp_end *end, struct report *ret_report)
{
    char evidence[EVIDENCE_MAX];
    if (end->taken) {
        (void)snprintf(evidence, sizeof evidence, "smtp %ld", end->code);
    } else if (end->code > 0) {
        (void)snprintf(evidence, sizeof evidence, "smtp %ld to %s", end->code, end->command);
    } else {
        (void)snprintf(evidence, sizeof evidence, "no answer (%d)", end->error);
    }
    report_fill(ret_report, smtp_verdict(end), evidence);
    bool no_mailbox = end->code == 550 || end->code == 551 || end->code == 553;
    ret_report->gone = ret_report->verdict == VERDICT_REFUSED && no_mailbox &&
                       strcmp(end->command, "RCPT") == 0;
}

/* --- one message --- */

struct reader {
    const char *at;
    size_t left;
};

static size_t give(char *out, size_t size, size_t count, void *ctx)
{
    struct reader *reader = ctx;
    size_t take = size * count < reader->left ? size * count : reader->left;
    memcpy(out, reader->at, take);
    reader->at += take;
    reader->left -= take;
    return take;
}

/* Which command was sent last but for the farewell; nothing else is looked at or kept. */
static int see_command(CURL *curl, curl_infotype type, char *data, size_t size, void *ctx)
{
    struct smtp *smtp = ctx;
    (void)curl;
    if (type == CURLINFO_HEADER_OUT && size >= 4 && memcmp(data, "QUIT", 4) != 0) {
        memcpy(smtp->end.command, data, 4);
        smtp->end.command[4] = '\0';
    }
    return 0;
}

static void post(struct smtp *smtp, const char *to, struct reader *reader)
{
    CURL *curl = smtp->curl;
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    smtp->end = (struct smtp_end){.error = CURLE_OUT_OF_MEMORY};
    if (recipients == NULL) {
        return;
    }
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    (void)curl_easy_setopt(curl, CURLOPT_READDATA, reader);
    smtp->end.error = (int)curl_easy_perform(curl);
    smtp->end.taken = smtp->end.error == CURLE_OK;
    smtp->end.silent = smtp->end.error == CURLE_OPERATION_TIMEDOUT ||
                       smtp->end.error == CURLE_GOT_NOTHING;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &smtp->end.code);
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
}

static void carry(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report)
{
    struct smtp *smtp = (struct smtp *)(void *)self;
    char text[MAIL_BYTES_MAX];
    struct reader reader = {.at = text};
    if (!outbound_mail(&smtp->sender, message, text, &reader.left)) {
        report_fill(ret_report, VERDICT_REFUSED, "no such text");
        return;
    }
    post(smtp, message->email_address, &reader);
    wipe(text, sizeof text);
    describe(&smtp->end, ret_report);
}

/* --- opening --- */

static void close_smtp(struct carrier *self)
{
    struct smtp *smtp = (struct smtp *)(void *)self;
    curl_easy_cleanup(smtp->curl);
    free(smtp);
}

static void set_session(CURL *curl, const struct smtp_options *options)
{
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(curl, CURLOPT_URL, options->url);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_USE_SSL,
                           (long)(options->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L); /* an idle one may be cut unseen */
    if (options->ca_file != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
    }
    if (options->username != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_USERNAME, options->username);
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, options->password);
    }
}

static bool prepare(struct smtp *smtp, const struct smtp_options *options)
{
    CURL *curl = smtp->curl = curl_easy_init();
    if (curl == NULL) {
        return false;
    }
    set_session(curl, options);
    (void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, options->from_address);
    (void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    (void)curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* into the function below, nowhere else */
    (void)curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, see_command);
    (void)curl_easy_setopt(curl, CURLOPT_DEBUGDATA, smtp);
    return true;
}

status smtp_open(const struct smtp_options *options, struct carrier **ret_carrier)
{
    struct smtp *smtp = calloc(1, sizeof *smtp);
    if (smtp == NULL) {
        return FAIL(ARENA_FULL);
    }
    *smtp = (struct smtp){.carrier = {.name = "smtp", .carry = carry, .close = close_smtp},
                          .sender = {options->from_address, options->name_fr, options->name_ar}};
    if (!prepare(smtp, options)) {
        close_smtp(&smtp->carrier);
        return FAIL(CONFIG_INVALID);
    }
    *ret_carrier = &smtp->carrier;
    return STATUS_OK;
}
