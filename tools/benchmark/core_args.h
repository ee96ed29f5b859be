/* core_args: the gRPC core as server/rpc/core.c sets it up, for what hayatd is measured against. */
#ifndef HAYAT_BENCH_CORE_ARGS_H
#define HAYAT_BENCH_CORE_ARGS_H

#include <grpc/grpc.h>

grpc_server *core_make_server(const char *name);
/* abseil's lock-order graph off. */
void core_quieten_abseil(void);

#endif
