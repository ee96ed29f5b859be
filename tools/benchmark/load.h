/*
 * load: a load of unary gRPC calls over plaintext HTTP/2, on libnghttp2: light, and it reads the
 * grpc-status of every reply.  A load whose replies are not all OK counts as nothing.
 *
 * Shape    connections × calls in flight on each; a slot is one of those places, and calls its own
 *          next when one ends.
 * Units    nanoseconds of the monotonic clock.
 */
#ifndef HAYAT_BENCH_LOAD_H
#define HAYAT_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_BODY_MAX_BYTES = 512, LOAD_CONNECTIONS_MAX = 256, LOAD_IN_FLIGHT_MAX = 32 };

/* One request: filled for a slot before each of its calls. */
struct load_request {
    const char *token;                 /* bearer token or NULL */
    uint8_t body[LOAD_BODY_MAX_BYTES]; /* the packed message */
    size_t body_len;
};

struct load {
    int port; /* on 127.0.0.1 */
    const char *path;
    int connections, in_flight;
    int64_t calls; /* in all */
    /* The least time between two looks at the sockets.  A load that answers at once keeps up with a
     * fast server, which then finds one request at a time and looks slower than it is; with a pause
     * the server always has a backlog. */
    int64_t pace_ns;
    bool patient; /* sleeps until something comes: for what is not measured itself */
    unsigned
        network; /* N > 0: connection i comes from 127.N.i.1, a network of its own to the server */
    void (*fill)(void *ctx, int slot, struct load_request *request);
    void *ctx;
};

struct load_result {
    int64_t done;     /* replies with grpc-status 0 */
    int64_t failed;   /* the others */
    int first_status; /* grpc-status of the first failed one, -1 when it had none */
    int64_t took_ns;
    int64_t p50_ns, p99_ns;
    int64_t reply_bytes; /* of one reply's message */
    int64_t total_bytes; /* of all replies' messages */
};

/* False when the connection failed or broke. */
bool load_run(const struct load *load, struct load_result *ret);

#endif
