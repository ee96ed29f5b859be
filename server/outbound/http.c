#include "outbound/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"

enum { HEADER_MAX = 640, CONNECT_MS = 5000 };

struct http_client {
    CURL *curl;
    struct curl_slist *fixed;
};

status outbound_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? STATUS_OK : FAIL(INTERNAL);
}

/* The beginning is enough; the rest is taken and dropped. */
static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
    struct http_answer *answer = ctx;
    size_t room = sizeof answer->text - 1 - answer->len;
    size_t take = size * count < room ? size * count : room;
    memcpy(answer->text + answer->len, data, take);
    answer->len += take;
    return size * count;
}

static bool add_header(struct curl_slist **list, const struct http_header *header)
{
    char line[HEADER_MAX];
    int len = snprintf(line, sizeof line, "%s: %s", header->name, header->value);
    bool fits = len > 0 && (size_t)len < sizeof line && strpbrk(header->value, "\r\n") == NULL;
    struct curl_slist *longer = fits ? curl_slist_append(*list, line) : NULL;
    wipe(line, sizeof line);
    if (longer == NULL) {
        return false;
    }
    *list = longer;
    return true;
}

static bool add_headers(struct curl_slist **list, const struct http_header *headers, size_t count)
{
    bool fits = true;
    for (size_t i = 0; i < count && fits; i++) {
        fits = add_header(list, &headers[i]);
    }
    return fits;
}

/* --- one request --- */

static void perform(struct http_client *client, const struct curl_slist *headers, bytes body,
                    struct http_answer *answer)
{
    CURL *curl = client->curl;
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body.ptr);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    answer->sent = true;
    answer->error = (int)curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    answer->text[answer->len] = '\0';
}

void http_post(struct http_client *client, const struct http_header *headers, size_t count,
               bytes body, struct http_answer *ret_answer)
{
    static const struct http_header no_expect = {"Expect", ""};
    struct curl_slist *list = NULL;
    *ret_answer = (struct http_answer){.sent = false};
    if (add_header(&list, &no_expect) && add_headers(&list, headers, count)) {
        struct curl_slist *last = list;
        while (last->next != NULL) {
            last = last->next;
        }
        last->next = client->fixed;
        perform(client, list, body, ret_answer);
        last->next = NULL;
    }
    curl_slist_free_all(list);
}

/* --- opening --- */

static bool prepare(struct http_client *client, const struct http_options *options)
{
    CURL *curl = client->curl = curl_easy_init();
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
    return true;
}

void http_close(struct http_client *client)
{
    if (client != NULL) {
        curl_easy_cleanup(client->curl);
        curl_slist_free_all(client->fixed);
        free(client);
    }
}

status http_open(const struct http_options *options, const struct http_header *fixed, size_t count,
                 struct http_client **ret_client)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (!prepare(client, options) || !add_headers(&client->fixed, fixed, count)) {
        http_close(client);
        return FAIL(CONFIG_INVALID);
    }
    *ret_client = client;
    return STATUS_OK;
}
