/*
 * health: grpc.health.v1 for "" (the whole server) and each service that is routed.  All serve or
 * none does.
 *
 * Threads  the state is one atomic; the handlers are the pipeline's.
 */
#ifndef HAYAT_RPC_HEALTH_H
#define HAYAT_RPC_HEALTH_H

#include <stdbool.h>

void health_set_serving(bool serving);

#endif
