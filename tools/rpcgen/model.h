/*
 * model: a FileDescriptorSet as rpcgen thinks of it: every file, message, enum, service and method
 * with its comment and the options of hayat/policy/v1 decoded.
 *
 * Memory   everything lives in model->arena until model_fini; names point into the descriptors.
 * Errors   a problem in the proto files goes through problem(): one line on standard error naming
 *          file and element, counted, so that one run tells all of them.  model_load returns false
 *          when nothing can be done at all.
 * Threads  one.
 */
#ifndef HAYAT_RPCGEN_MODEL_H
#define HAYAT_RPCGEN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "hayat/policy/v1/policy.pb-c.h"

enum {
    MODEL_MAX = 4096,     /* elements of one kind; ours are a few hundred */
    MODEL_DEPTH_MAX = 16, /* nesting of message declarations */
    MODEL_ARENA_BYTES = 256 * 1024 * 1024,
};

struct model_file {
    const Google__Protobuf__FileDescriptorProto *proto;
    const char *name, *package; /* "hayat/v1/card.proto", "hayat.v1" */
    const Google__Protobuf__FileOptions *options;
};

struct model_enum {
    const char *name, *comment; /* "hayat.v1.CardState" */
    const struct model_file *file;
    const Google__Protobuf__EnumDescriptorProto *proto;
    const char **value_comments;
    bool in_request; /* a field of a request has this type */
};

struct model_field {
    const char *name, *full_name, *comment; /* "card_id", "hayat.v1.Card.card_id" */
    const Google__Protobuf__FieldDescriptorProto *proto;
    const Hayat__Policy__V1__FieldBounds *bounds; /* never NULL */
    bool declared;                                /* the bounds were */
    bool repeated, optional;                      /* optional: proto3's, with presence */
    uint8_t oneof;                  /* 0, or 1 + the index of the real oneof it is in */
    struct model_message *message;  /* for messages */
    struct model_enum *enumeration; /* for enums */
};

enum model_mark { MARK_NEW, MARK_OPEN, MARK_DONE };

struct model_message {
    const char *name, *comment;
    const struct model_file *file;
    const Google__Protobuf__DescriptorProto *proto;
    struct model_field *fields; /* sorted by number */
    size_t field_count;
    bool map_entry;
    bool in_request, in_response; /* reachable from one */
    bool member_callable;         /* reachable from a request a member may send */
    bool emitted;                 /* its rule is written */
    enum model_mark mark;         /* of the walk that looks for recursion */
};

enum model_shape { MODEL_UNARY, MODEL_CLIENT_STREAM, MODEL_SERVER_STREAM, MODEL_BIDI_STREAM };

struct model_method {
    const char *name, *comment; /* "hayat.v1.CardService.GetCard" */
    const char *path;           /* "/hayat.v1.CardService/GetCard" */
    const char *handler;        /* "card_get_card" */
    const struct model_file *file;
    const Google__Protobuf__MethodDescriptorProto *proto;
    const Hayat__Policy__V1__MethodPolicy *policy; /* NULL when there is none */
    bool two_policies;
    enum model_shape shape;
    struct model_message *input, *output;
};

struct model_service {
    const char *name, *comment; /* "hayat.v1.CardService" */
    const struct model_file *file;
    const Google__Protobuf__ServiceDescriptorProto *proto;
    struct model_method **methods;
};

struct model {
    struct arena arena;
    const Google__Protobuf__FileDescriptorSet *set;
    struct model_file *files[MODEL_MAX];
    struct model_message *messages[MODEL_MAX];
    struct model_enum *enums[MODEL_MAX];
    struct model_service *services[MODEL_MAX];
    struct model_method *methods[MODEL_MAX]; /* sorted by path once loaded */
    const Hayat__Policy__V1__StandardMethod *standard_methods[MODEL_MAX];
    const struct model_file *standard_method_files[MODEL_MAX];
    const Hayat__Policy__V1__StandardField *standard_fields[MODEL_MAX];
    const struct model_file *standard_field_files[MODEL_MAX];
    size_t file_count, message_count, enum_count, service_count, method_count;
    size_t standard_method_count, standard_field_count;
    size_t problem_count;
};

/* False, with a line on standard error, when the set cannot be read. */
bool model_load(struct model *model, const char *path);
void model_fini(struct model *model);

/* "rpcgen: FILE: ELEMENT: TEXT". */
void problem(struct model *model, const char *file, const char *element, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Memory that rpcgen cannot do without: ends the program when there is none. */
void *model_alloc(struct model *model, size_t size);
char *model_printf(struct model *model, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct model_message *model_message(const struct model *model, const char *name);
struct model_enum *model_enum(const struct model *model, const char *name);
struct model_method *model_method(const struct model *model, const char *name);

#endif
