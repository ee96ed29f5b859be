#include "outbound/kannel.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "outbound/gsm7.h"
#include "outbound/texts.h"

enum { BODY_MAX = 256, HEADER_MAX = 256, CONNECT_MS = 5000 };

struct answer {
    char text[BODY_MAX];
    size_t len;
};

struct kannel {
    struct carrier carrier; /* first */
    CURL *curl;
    struct curl_slist *login; /* headers that stay the same */
};

enum verdict kannel_verdict(long http_status, const char *body)
{
    if (http_status == 202 && (strncmp(body, "0:", 2) == 0 || strncmp(body, "3:", 2) == 0)) {
        return VERDICT_DELIVERED;
    }
    return http_status == 400 ? VERDICT_REFUSED : VERDICT_RETRY;
}

/* The beginning is enough; the rest is taken and dropped. */
static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
    struct answer *answer = ctx;
    size_t room = sizeof answer->text - 1 - answer->len;
    size_t take = size * count < room ? size * count : room;
    memcpy(answer->text + answer->len, data, take);
    answer->len += take;
    return size * count;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    char line[HEADER_MAX];
    int len = snprintf(line, sizeof line, "%s: %s", name, value);
    bool fits = len > 0 && (size_t)len < sizeof line && strpbrk(value, "\r\n") == NULL;
    struct curl_slist *longer = fits ? curl_slist_append(*list, line) : NULL;
    wipe(line, sizeof line);
    if (longer == NULL) {
        return false;
    }
    *list = longer;
    return true;
}

/* coding 0: the GSM alphabet, 2: UCS-2; Kannel converts from UTF-8. */
static struct curl_slist *headers_for(const struct outbound_message *message, bool gsm7)
{
    struct curl_slist *list = NULL;
    if (add_header(&list, "X-Kannel-To", message->phone_number) &&
        add_header(&list, "X-Kannel-Coding", gsm7 ? "0" : "2") &&
        add_header(&list, "Content-Type", "text/plain; charset=UTF-8") &&
        add_header(&list, "Expect", "")) {
        return list;
    }
    curl_slist_free_all(list);
    return NULL;
}

/* CURLE_OK, whatever was answered. */
static CURLcode post(struct kannel *kannel, const struct curl_slist *headers, const char *text,
                     struct answer *answer)
{
    CURL *curl = kannel->curl;
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(text));
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    return code;
}

static void describe(CURLcode code, long http_status, const struct answer *answer,
                     struct report *ret_report)
{
    char evidence[EVIDENCE_MAX];
    if (code != CURLE_OK) {
        (void)snprintf(evidence, sizeof evidence, "no answer (%d)", (int)code);
        report_fill(ret_report, VERDICT_RETRY, evidence);
        return;
    }
    /* Kannel's number alone: what follows may repeat what was sent. */
    char number = answer->text[0] >= '0' && answer->text[0] <= '9' ? answer->text[0] : '-';
    (void)snprintf(evidence, sizeof evidence, "http %ld, kannel %c", http_status, number);
    report_fill(ret_report, kannel_verdict(http_status, answer->text), evidence);
}

static void send_text(struct kannel *kannel, const struct outbound_message *message,
                      const char *text, struct report *ret_report)
{
    struct sms_size size;
    struct answer answer = {.len = 0};
    if (!sms_measure(bytes_str(text), &size)) {
        report_fill(ret_report, VERDICT_REFUSED, "text is not UTF-8");
        return;
    }
    struct curl_slist *headers = headers_for(message, size.gsm7);
    if (headers == NULL) {
        report_fill(ret_report, VERDICT_REFUSED, "number is no number");
        return;
    }
    struct curl_slist *last = headers;
    while (last->next != NULL) {
        last = last->next;
    }
    last->next = kannel->login;
    CURLcode code = post(kannel, headers, text, &answer);
    last->next = NULL;
    curl_slist_free_all(headers);
    long http_status = 0;
    (void)curl_easy_getinfo(kannel->curl, CURLINFO_RESPONSE_CODE, &http_status);
    describe(code, http_status, &answer, ret_report);
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
    curl_easy_cleanup(kannel->curl);
    curl_slist_free_all(kannel->login);
    free(kannel);
}

static bool prepare(struct kannel *kannel, const struct kannel_options *options)
{
    CURL *curl = kannel->curl = curl_easy_init();
    if (curl == NULL) {
        return false;
    }
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_URL, options->url);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    if (options->ca_file != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
    }
    return add_header(&kannel->login, "X-Kannel-Username", options->username) &&
           add_header(&kannel->login, "X-Kannel-Password", options->password) &&
           add_header(&kannel->login, "X-Kannel-From", options->from);
}

status kannel_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? STATUS_OK : FAIL(INTERNAL);
}

status kannel_open(const struct kannel_options *options, struct carrier **ret_carrier)
{
    struct kannel *kannel = calloc(1, sizeof *kannel);
    if (kannel == NULL) {
        return FAIL(ARENA_FULL);
    }
    kannel->carrier = (struct carrier){.name = "kannel", .carry = carry, .close = close_kannel};
    if (!prepare(kannel, options)) {
        close_kannel(&kannel->carrier);
        return FAIL(CONFIG_INVALID);
    }
    *ret_carrier = &kannel->carrier;
    return STATUS_OK;
}
