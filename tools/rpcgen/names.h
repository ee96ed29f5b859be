/*
 * names: how protobuf-c spells a proto name in C, and how handlers are named.
 *
 * Handlers: service in snake case without "_service", then the version of its package unless it has
 * none or it is v1, then the method in snake case, which loses the service's name when it begins
 * with it:
 *     hayat.v1.CardService.GetCard             card_get_card
 *     google.bytestream.ByteStream.Write       byte_stream_write
 *     grpc.reflection.v1.ServerReflection.ServerReflectionInfo        server_reflection_info
 *     grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo   server_reflection_v1alpha_info
 */
#ifndef HAYAT_RPCGEN_NAMES_H
#define HAYAT_RPCGEN_NAMES_H

#include "model.h"

/* "Hayat__V1__GetCardRequest"; protobuf-c's type. */
char *names_type(struct model *model, const char *full_name);
/* "hayat__v1__get_card_request"; the stem of protobuf-c's functions and descriptors. */
char *names_symbol(struct model *model, const char *full_name);
/* "ServerReflectionInfo" → "server_reflection_info". */
char *names_snake(struct model *model, const char *name);
char *names_handler(struct model *model, const char *package, const char *service,
                    const char *method);

#endif
