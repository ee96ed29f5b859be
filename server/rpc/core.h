/*
 * core: the gRPC server: listeners, queues and the orderly end of both.
 *
 *     engine_start → (serving) → engine_drain → stop workers and writer → engine_stop
 *
 * Memory   the engine borrows the pipeline and the certificate files' paths until engine_stop.
 * Threads  one per queue and one for the unix socket; the functions here are for the main thread.
 * Errors   CERTIFICATE_INVALID · FILE_UNREADABLE · LISTEN_FAILED · SOCKET_IN_USE · INTERNAL (no
 *          thread, no memory). After LISTEN_FAILED and SOCKET_IN_USE the process should end: what
 *          was started is not taken back.
 */
#ifndef HAYAT_RPC_CORE_H
#define HAYAT_RPC_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "rpc/pipeline.h"

struct engine;

struct engine_options {
    struct pipeline *pipeline;
    const char *listen;        /* "127.0.0.1:8443", port 0 for any; NULL for none */
    const char *cert, *key;    /* PEM files; both NULL for plaintext, on loopback in tests only */
    const char *agents_listen; /* the same for callers with a certificate under ... */
    const char *client_ca;     /* ... these PEM roots; both or neither */
    const char *unix_socket;   /* for the edge, whose x-real-ip is believed; NULL for none */
    uint32_t threads;          /* queues; 0 for LIMIT_QUEUE_THREADS */
};

status engine_start(const struct engine_options *options, struct engine **ret_engine);
/* The port of LISTEN, 0 when there is none. */
int engine_port(const struct engine *engine);
/* The port of AGENTS_LISTEN, 0 when there is none. */
int engine_agents_port(const struct engine *engine);
/* Certificates are read again at the next connection, changed or not. */
void engine_recheck_certificates(struct engine *engine);

/*
 * The orderly end (SEC-G3): health says NOT_SERVING; the edge's socket closes and its backlog is
 * served; from then on new calls hear DRAINING, streams end with it at their next rest, other calls
 * finish.  What is left near LIMIT_DRAIN_MS is cancelled.  False when something still holds on
 * after that: end the process without engine_stop.
 */
bool engine_drain(struct engine *engine);
/* After a drain, and after every thread that may resume a call was joined. */
void engine_stop(struct engine *engine);

#endif
