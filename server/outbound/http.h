/*
 * http: one POST after the other to one address: what gateways and push services are asked by.
 *
 * No proxy, no redirection, no other protocol than http and https; an answer is waited for no longer than the timeout, and its beginning is kept.
 *
 * Threads  a client belongs to one thread; outbound_global_init once per process before any other thread.
 * Reasons  ARENA_FULL (no memory) · CONFIG_INVALID (a header that does not fit).
 */
#ifndef HAYAT_OUTBOUND_HTTP_H
#define HAYAT_OUTBOUND_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { HTTP_ANSWER_MAX = 256 };

/* libcurl's, for this and e-mail. */
status outbound_global_init(void);

struct http_options {
    const char *url;
    int64_t timeout_ms;  /* from the connection to the answer */
    const char *ca_file; /* roots for https; NULL: the system's */
};

struct http_header {
    const char *name, *value;
};

/* FIXED goes with every request; it may hold a password. */
struct http_client;
status http_open(const struct http_options *options, const struct http_header *fixed, size_t count,
                 struct http_client **ret_client);
void http_close(struct http_client *client);

struct http_answer {
    bool sent; /* false: a header does not fit, nothing was asked */
    int error; /* libcurl's number; 0: there is an answer */
    long status;
    char text[HTTP_ANSWER_MAX]; /* its beginning, with a NUL */
    size_t len;
};

void http_post(struct http_client *client, const struct http_header *headers, size_t count,
               bytes body, struct http_answer *ret_answer);

#endif
