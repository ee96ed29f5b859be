/* engine: what core.c and drain.c share; nobody else includes it. */
#ifndef HAYAT_RPC_ENGINE_H
#define HAYAT_RPC_ENGINE_H

#include "rpc/core.h"
#include "rpc/listener.h"
#include "rpc/queue.h"
#include "rpc/tls.h"

struct engine {
    struct pipeline *pipeline;
    grpc_server *server;
    grpc_server_credentials *plain; /* for the unix socket's connections */
    struct tls *tls, *agents_tls;
    struct listener *listener;
    int port, agents_port;
    uint32_t queue_count;
    struct queue *queues;

    /* --- the shutdown's notification --- */
    struct event shut_down;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_shut_down;
};

void drain_init(struct engine *engine);
void drain_fini(struct engine *engine);

#endif
