#include "outbound/report_listener.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

struct report_listener {
    struct report_listener_options options;
    struct MHD_Daemon *daemon;
};

enum report_word report_word_of_type(int type)
{
    if ((type & REPORT_TYPE_PHONE_HAS_IT) != 0) {
        return REPORT_ARRIVED;
    }
    return (type & (REPORT_TYPE_PHONE_FAILED | REPORT_TYPE_NETWORK_FAILED)) != 0
               ? REPORT_NOT_ARRIVED
               : REPORT_NOTHING;
}

/* --- requests --- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL,
                                                                    MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

/* Kannel's number, alone. */
static bool type_of(struct MHD_Connection *connection, int *ret_type)
{
    const char *text = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "type");
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || len > 3 || strspn(text, "0123456789") != len) {
        return false;
    }
    *ret_type = (int)strtol(text, NULL, 10);
    return true;
}

static unsigned take(struct report_listener *listener, const char *outbox_id, int type)
{
    const struct report_listener_options *options = &listener->options;
    enum report_word word = report_word_of_type(type);
    if (word == REPORT_NOTHING) {
        return MHD_HTTP_OK;
    }
    if (!ok(reported_put(options->reported, outbox_id, word, type))) {
        atomic_fetch_add(&options->counts->postponed, 1);
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    atomic_fetch_add(&options->counts->kept, 1);
    options->wake(options->ctx);
    return MHD_HTTP_OK;
}

/* MHD_AccessHandlerCallback's signature.  Called when the headers are there: what has a body, or is no GET, is answered before it comes. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **request)
{
    struct report_listener *listener = ctx;
    char outbox_id[ID_TEXT_MAX];
    int type;
    (void)version, (void)body, (void)body_len, (void)request;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 || !type_of(connection, &type) ||
        !report_link_parse(listener->options.link, url, outbox_id)) {
        atomic_fetch_add(&listener->options.counts->refused, 1);
        return answer(connection, MHD_HTTP_FORBIDDEN);
    }
    return answer(connection, take(listener, outbox_id, type));
}

/* --- the address --- */

static bool parse_port(const char *text, uint16_t *ret_port)
{
    size_t len = strlen(text);
    long port = len > 0 && len <= 5 && strspn(text, "0123456789") == len ? strtol(text, NULL, 10)
                                                                         : 0;
    *ret_port = (uint16_t)port;
    return port > 0 && port <= UINT16_MAX;
}

static bool parse_address(const char *text, struct sockaddr_storage *ret_address)
{
    static const char v4[] = "127.0.0.1:", v6[] = "[::1]:";
    uint16_t port;
    *ret_address = (struct sockaddr_storage){0};
    if (strncmp(text, v4, sizeof v4 - 1) == 0 && parse_port(text + sizeof v4 - 1, &port)) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        memcpy(ret_address, &address, sizeof address);
        return true;
    }
    if (strncmp(text, v6, sizeof v6 - 1) == 0 && parse_port(text + sizeof v6 - 1, &port)) {
        struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        address.sin6_addr = in6addr_loopback;
        memcpy(ret_address, &address, sizeof address);
        return true;
    }
    return false;
}

bool report_address_is_loopback(const char *address)
{
    struct sockaddr_storage parsed;
    return parse_address(address, &parsed);
}

/* --- opening --- */

static struct MHD_Daemon *start(struct report_listener *listener,
                                const struct sockaddr_storage *address)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    flags |= address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, listener, MHD_OPTION_SOCK_ADDR,
                            (const struct sockaddr *)address, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)REPORT_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)REPORT_CONNECTION_BYTES, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
                            (size_t)1024, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)REPORT_IDLE_SECONDS, MHD_OPTION_END);
}

status report_listener_open(const struct report_listener_options *options,
                            struct report_listener **ret_listener)
{
    struct sockaddr_storage address;
    if (!parse_address(options->link->address, &address)) {
        return FAIL(CONFIG_INVALID);
    }
    struct report_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return FAIL(ARENA_FULL);
    }
    listener->options = *options;
    listener->daemon = start(listener, &address);
    if (listener->daemon == NULL) {
        free(listener);
        return FAIL(LISTEN_FAILED);
    }
    *ret_listener = listener;
    return STATUS_OK;
}

void report_listener_close(struct report_listener *listener)
{
    if (listener != NULL) {
        MHD_stop_daemon(listener->daemon);
        free(listener);
    }
}
