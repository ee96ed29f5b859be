/*
 * reflection: grpc.reflection v1 and v1alpha over what rpcgen embedded of the proto files.
 *
 * The two versions share their wire format, and so the layout of their C structs: v1alpha's
 * messages are copied into v1's and answered by the same code.
 */
#include <stdlib.h>

#include "base/array.h"
#include "gen/handlers.h"
#include "rpc/route.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest request_t;
typedef Grpc__Reflection__V1__ServerReflectionResponse response_t;

static status fail(struct rpc *rpc, response_t *response, enum grpc_code code, const char *message)
{
    Grpc__Reflection__V1__ErrorResponse *error = arena_alloc(rpc->arena, sizeof *error);
    char *text = arena_str(rpc->arena, bytes_str(message));
    TRY(arena_check(rpc->arena));
    grpc__reflection__v1__error_response__init(error);
    error->error_code = (int32_t)code;
    error->error_message = text;
    response->message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
    response->error_response = error;
    return STATUS_OK;
}

/* --- files --- */

/* protobuf-c has no const in messages that are only packed. */
static ProtobufCBinaryData constant_bytes(bytes b)
{
    return (ProtobufCBinaryData){.len = b.len, .data = (uint8_t *)(uintptr_t)b.ptr};
}

/* FILE and what it imports, each once, in the order they are met.  ORDER holds reflected_file_count
   places. */
static size_t with_dependencies(uint16_t file, uint16_t *order)
{
    size_t count = 0;
    order[count++] = file;
    for (size_t at = 0; at < count; at++) {
        const struct reflected_file *from = &reflected_files[order[at]];
        for (size_t d = 0; d < from->dependency_count; d++) {
            size_t seen = 0;
            while (seen < count && order[seen] != from->dependencies[d]) {
                seen++;
            }
            if (seen == count) {
                order[count++] = from->dependencies[d];
            }
        }
    }
    return count;
}

static status answer_file(struct rpc *rpc, response_t *response, uint16_t file)
{
    Grpc__Reflection__V1__FileDescriptorResponse *files = arena_alloc(rpc->arena, sizeof *files);
    uint16_t *order = arena_array(rpc->arena, reflected_file_count, sizeof *order);
    ProtobufCBinaryData *list = arena_array(rpc->arena, reflected_file_count, sizeof *list);
    TRY(arena_check(rpc->arena));
    grpc__reflection__v1__file_descriptor_response__init(files);
    files->n_file_descriptor_proto = with_dependencies(file, order);
    files->file_descriptor_proto = list;
    for (size_t i = 0; i < files->n_file_descriptor_proto; i++) {
        list[i] = constant_bytes(reflected_files[order[i]].descriptor);
    }
    response->message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
    response->file_descriptor_response = files;
    return STATUS_OK;
}

static status answer_file_by_name(struct rpc *rpc, response_t *response, const char *name)
{
    for (size_t i = 0; i < reflected_file_count; i++) {
        if (strcmp(reflected_files[i].name, name) == 0) {
            return answer_file(rpc, response, (uint16_t)i);
        }
    }
    return fail(rpc, response, CODE_NOT_FOUND, "No such file.");
}

static int compare_symbol(const void *name, const void *symbol)
{
    return strcmp(name, ((const struct reflected_symbol *)symbol)->name);
}

static status answer_symbol(struct rpc *rpc, response_t *response, const char *name)
{
    const struct reflected_symbol *symbol = bsearch(name[0] == '.' ? name + 1 : name,
                                                    reflected_symbols, reflected_symbol_count,
                                                    sizeof *symbol, compare_symbol);
    return symbol != NULL ? answer_file(rpc, response, symbol->file)
                          : fail(rpc, response, CODE_NOT_FOUND, "No such symbol.");
}

/* --- services --- */

static status answer_services(struct rpc *rpc, response_t *response)
{
    Grpc__Reflection__V1__ListServiceResponse *services = arena_alloc(rpc->arena, sizeof *services);
    Grpc__Reflection__V1__ServiceResponse *each = arena_array(rpc->arena, reflected_service_count,
                                                              sizeof *each);
    Grpc__Reflection__V1__ServiceResponse **list = arena_array(rpc->arena, reflected_service_count,
                                                               sizeof *list);
    TRY(arena_check(rpc->arena));
    grpc__reflection__v1__list_service_response__init(services);
    for (size_t i = 0; i < reflected_service_count; i++) {
        grpc__reflection__v1__service_response__init(&each[i]);
        each[i].name = arena_str(rpc->arena, bytes_str(reflected_services[i]));
        list[i] = &each[i];
    }
    TRY(arena_check(rpc->arena));
    services->n_service = reflected_service_count;
    services->service = list;
    response->message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
    response->list_services_response = services;
    return STATUS_OK;
}

/* --- one answer for each question --- */

#define ASKS(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##what

static status answer(struct rpc *rpc, request_t *request, response_t *response)
{
    response->valid_host = request->host;
    response->original_request = request;
    switch (request->message_request_case) {
    case ASKS(FILE_BY_FILENAME):
        return answer_file_by_name(rpc, response, request->file_by_filename);
    case ASKS(FILE_CONTAINING_SYMBOL):
        return answer_symbol(rpc, response, request->file_containing_symbol);
    case ASKS(LIST_SERVICES):
        return answer_services(rpc, response);
    case ASKS(FILE_CONTAINING_EXTENSION):
    case ASKS(ALL_EXTENSION_NUMBERS_OF_TYPE):
        return fail(rpc, response, CODE_UNIMPLEMENTED, "Extensions are not served.");
    case ASKS(_NOT_SET):
    case _GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__CASE_IS_INT_SIZE:
        break;
    }
    return fail(rpc, response, CODE_INVALID_ARGUMENT, "The request asks for nothing.");
}

static status message_v1(struct rpc *rpc, void *state, const ProtobufCMessage *request,
                         ProtobufCMessage *response)
{
    (void)state;
    request_t *copy = arena_alloc(rpc->arena, sizeof *copy);
    TRY(arena_check(rpc->arena));
    *copy = *(const request_t *)request;
    return answer(rpc, copy, (response_t *)response);
}

/* Everything behind the common head, between messages of the two versions. */
static void copy_body(void *to, const void *from, size_t size)
{
    const size_t head = sizeof(ProtobufCMessage);
    memcpy((char *)to + head, (const char *)from + head, size - head);
}

_Static_assert(sizeof(request_t) == sizeof(Grpc__Reflection__V1alpha__ServerReflectionRequest) &&
                   sizeof(response_t) ==
                       sizeof(Grpc__Reflection__V1alpha__ServerReflectionResponse),
               "v1 and v1alpha differ");

static status message_v1alpha(struct rpc *rpc, void *state, const ProtobufCMessage *request,
                              ProtobufCMessage *response)
{
    (void)state;
    request_t *copy = arena_alloc(rpc->arena, sizeof *copy);
    TRY(arena_check(rpc->arena));
    response_t answered;
    grpc__reflection__v1__server_reflection_request__init(copy);
    grpc__reflection__v1__server_reflection_response__init(&answered);
    copy_body(copy, request, sizeof *copy);
    TRY(answer(rpc, copy, &answered));
    copy_body(response, &answered, sizeof answered);
    return STATUS_OK;
}

static void close_nothing(void *state)
{
    (void)state;
}

const struct bidi_stream server_reflection_info = {.message = message_v1, .close = close_nothing};
const struct bidi_stream server_reflection_v1alpha_info = {.message = message_v1alpha,
                                                           .close = close_nothing};
