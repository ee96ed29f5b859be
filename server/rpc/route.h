/*
 * route: the table rpcgen writes from the proto files: one row per method, sorted by path.
 */
#ifndef HAYAT_RPC_ROUTE_H
#define HAYAT_RPC_ROUTE_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/policy.h"
#include "service/stream.h"

enum route_shape { SHAPE_UNARY, SHAPE_CLIENT_STREAM, SHAPE_SERVER_STREAM, SHAPE_BIDI_STREAM };

/* Widths and signs matter: a bound is checked on the value protobuf-c will hand over. */
enum field_kind {
    FIELD_INT32,
    FIELD_INT64,
    FIELD_UINT32,
    FIELD_UINT64,
    FIELD_SINT32,
    FIELD_SINT64,
    FIELD_BOOL,
    FIELD_ENUM,
    FIELD_FIXED32,
    FIELD_SFIXED32,
    FIELD_FIXED64,
    FIELD_SFIXED64,
    FIELD_STRING,
    FIELD_BYTES,
    FIELD_MESSAGE,
};
enum field_format { FORMAT_ANY, FORMAT_UUID, FORMAT_ID, FORMAT_DIGITS, FORMAT_RESOURCE };

struct message_rule;

/* The declared values of an enum, sorted. */
struct enum_rule {
    const int32_t *values;
    size_t count;
};

/* The bounds of one field of a request; numbers are protobuf field numbers. */
struct field_rule {
    const char *name;
    uint32_t number;
    enum field_kind kind;
    enum field_format format;
    bool repeated, required, has_min, has_max;
    bool presence; /* proto3 optional or in a oneof: zero and empty count as present */
    uint8_t oneof; /* 0, or the 1-based index of the oneof it is in */
    uint32_t min_len, max_len, max_items;
    int64_t min, max;
    const char *prefix; /* "card" for FORMAT_ID, "uploads/upl,documents/doc" for FORMAT_RESOURCE */
    const struct message_rule *message;  /* for FIELD_MESSAGE */
    const struct enum_rule *enumeration; /* for FIELD_ENUM */
};

struct message_rule {
    const char *name;                /* "hayat.v1.GetCardRequest" */
    const struct field_rule *fields; /* sorted by number */
    size_t field_count;              /* at most LIMIT_MESSAGE_FIELDS */
};

struct route {
    const char *path; /* "/hayat.v1.CardService/GetCard" */
    struct policy policy;
    enum route_shape shape;
    const struct message_rule *rule; /* of the request */
    const ProtobufCMessageDescriptor *request, *response;
    step_up_writer *step_up_text; /* NULL unless policy.step_up */
    int request_id_field;         /* field number of request_id, 0 when there is none */
    union {
        unary_handler *unary;
        const struct client_stream *client_stream;
        const struct server_stream *server_stream;
        const struct bidi_stream *bidi_stream;
    } handler;
};

extern const struct route routes[];
extern const size_t route_count;
extern const char *const rate_class_names[];
extern const size_t rate_class_count;

/* NULL when there is no such method.  PATH need not end in NUL. */
const struct route *route_find(bytes path);

/* --- what reflection serves: the public files only, never hayat.store --- */
struct reflected_file {
    const char *name;             /* "hayat/v1/card.proto" */
    bytes descriptor;             /* serialized FileDescriptorProto */
    const uint16_t *dependencies; /* indexes into reflected_files */
    size_t dependency_count;
};

struct reflected_symbol {
    const char *
        name; /* "hayat.v1.Card", "hayat.v1.CardService.GetCard", fields and enum values too; sorted */
    uint16_t file;
};

extern const struct reflected_file reflected_files[];
extern const size_t reflected_file_count;
extern const struct reflected_symbol reflected_symbols[];
extern const size_t reflected_symbol_count;
extern const char *const reflected_services[];
extern const size_t reflected_service_count;

#endif
