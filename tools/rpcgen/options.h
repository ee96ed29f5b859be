/*
 * options: the custom options of hayat/policy/v1, which protobuf-c leaves in the unknown fields of
 * the standard options messages.  protoc writes one occurrence per "option (x).y = z" line; they
 * are merged here.
 */
#ifndef HAYAT_RPCGEN_OPTIONS_H
#define HAYAT_RPCGEN_OPTIONS_H

#include "model.h"

enum {
    OPTION_METHOD = 50010,
    OPTION_FIELD = 50011,
    OPTION_STANDARD_METHOD = 50012,
    OPTION_STANDARD_FIELD = 50013,
};

/* The merged message of option NUMBER, or NULL when OPTIONS (may be NULL) does not carry it. */
ProtobufCMessage *option_merged(struct model *model, const ProtobufCMessage *options,
                                uint32_t number, const ProtobufCMessageDescriptor *type);
/* The INDEX-th occurrence of a repeated option, or NULL past the last. */
ProtobufCMessage *option_at(struct model *model, const ProtobufCMessage *options, uint32_t number,
                            size_t index, const ProtobufCMessageDescriptor *type);

#endif
