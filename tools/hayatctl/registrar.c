#include "tools/hayatctl/registrar.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/random.h"
#include "tools/hayatctl/registrar_store.h"

enum { TIMEOUT_MS = 15000, ARENA_BYTES = 64 * 1024 * 1024, UUID_TEXT_LEN = 36, PAGE_MOST = 100 };

#define METHOD(name) "/hayat.backoffice.v1.CallerService/" name

void registrar_options_fini(struct registrar_options *options)
{
    store_options_fini(&options->store);
    free(options->server);
    free(options->ca);
    free(options->cert);
    free(options->key);
}

/* --- where --- */

static bool open_channel(const struct registrar_options *options, struct registrar *registrar)
{
    if (options->ca == NULL || options->cert == NULL || options->key == NULL) {
        complain("--server needs --ca, --cert and --key");
        return false;
    }
    const struct channel_options channel = {.target = options->server,
                                            .ca_file = options->ca,
                                            .cert_file = options->cert,
                                            .key_file = options->key};
    rpc_client_init();
    status s = channel_open(&channel, &registrar->channel);
    if (!ok(s)) {
        (void)complain_status(options->server, s);
        rpc_client_shutdown();
    }
    return ok(s);
}

bool registrar_open(const struct registrar_options *options, bool read_only,
                    struct registrar *ret_registrar)
{
    *ret_registrar = (struct registrar){.channel = NULL};
    arena_init(&ret_registrar->arena, ARENA_BYTES);
    struct store_paths paths;
    bool good = options->server != NULL
                    ? open_channel(options, ret_registrar)
                    : store_paths_find(&options->store, &paths) &&
                          store_session_open(&paths, read_only, &ret_registrar->store);
    if (!good) {
        arena_fini(&ret_registrar->arena);
    }
    return good;
}

void registrar_close(struct registrar *registrar)
{
    if (registrar->channel != NULL) {
        channel_close(registrar->channel);
        rpc_client_shutdown();
    } else {
        store_session_close(&registrar->store);
    }
    arena_fini(&registrar->arena);
}

/* --- calls --- */

/* RFC 9562, version 4. */
char *registrar_request_id(struct registrar *registrar)
{
    uint8_t b[16];
    random_fill(&random_system, b, sizeof b);
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    return arena_printf(&registrar->arena,
                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                        b[12], b[13], b[14], b[15]);
}

status registrar_call(struct registrar *registrar, const char *path,
                      const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
                      ProtobufCMessage **ret_response)
{
    const struct call_options options = {
        .path = path, .timeout_ms = TIMEOUT_MS, .language = "en", .response = type};
    struct rpc_reply reply;
    status s = channel_unary(registrar->channel, &options, request, &registrar->arena, &reply);
    if (!ok(s) && reply.error.fields[0] != '\0') {
        complain("%s", reply.error.fields);
    }
    *ret_response = reply.message;
    return s;
}

status registrar_add(struct registrar *registrar, Hayat__Backoffice__V1__AddCallerRequest *request,
                     char ret_id[ID_TEXT_MAX])
{
    if (registrar->channel == NULL) {
        return registrar_store_add(registrar, request, ret_id);
    }
    ProtobufCMessage *response;
    request->request_id = registrar_request_id(registrar);
    TRY(registrar_call(registrar, METHOD("AddCaller"), &request->base,
                       &hayat__backoffice__v1__add_caller_response__descriptor, &response));
    const Hayat__Backoffice__V1__Caller *caller =
        ((Hayat__Backoffice__V1__AddCallerResponse *)response)->caller;
    if (caller == NULL || strlen(caller->caller_id) >= ID_TEXT_MAX) {
        return FAIL(INTERNAL);
    }
    memcpy(ret_id, caller->caller_id, strlen(caller->caller_id) + 1);
    return STATUS_OK;
}

status registrar_renew(struct registrar *registrar, const char *caller_id, bytes certificate)
{
    if (registrar->channel == NULL) {
        return registrar_store_renew(registrar, caller_id, certificate);
    }
    Hayat__Backoffice__V1__RenewCallerRequest request;
    hayat__backoffice__v1__renew_caller_request__init(&request);
    bytes copy = arena_copy(&registrar->arena, certificate);
    union {
        const uint8_t *in;
        uint8_t *out; /* protobuf-c does not write to what it packs */
    } unconst = {.in = copy.ptr};
    request.request_id = registrar_request_id(registrar);
    request.caller_id = arena_str(&registrar->arena, bytes_str(caller_id));
    request.certificate = (ProtobufCBinaryData){copy.len, unconst.out};
    ProtobufCMessage *response;
    return registrar_call(registrar, METHOD("RenewCaller"), &request.base,
                          &hayat__backoffice__v1__renew_caller_response__descriptor, &response);
}

status registrar_revoke(struct registrar *registrar, const char *caller_id)
{
    if (registrar->channel == NULL) {
        return registrar_store_revoke(registrar, caller_id);
    }
    Hayat__Backoffice__V1__RevokeCallerRequest request;
    hayat__backoffice__v1__revoke_caller_request__init(&request);
    request.request_id = registrar_request_id(registrar);
    request.caller_id = arena_str(&registrar->arena, bytes_str(caller_id));
    ProtobufCMessage *response;
    return registrar_call(registrar, METHOD("RevokeCaller"), &request.base,
                          &hayat__backoffice__v1__revoke_caller_response__descriptor, &response);
}

status registrar_list(struct registrar *registrar, registrar_visit *visit, void *ctx)
{
    if (registrar->channel == NULL) {
        return registrar_store_list(registrar, visit, ctx);
    }
    Hayat__Backoffice__V1__ListCallersRequest request;
    hayat__backoffice__v1__list_callers_request__init(&request);
    request.page_size = PAGE_MOST;
    do {
        ProtobufCMessage *message;
        TRY(registrar_call(registrar, METHOD("ListCallers"), &request.base,
                           &hayat__backoffice__v1__list_callers_response__descriptor, &message));
        const Hayat__Backoffice__V1__ListCallersResponse *page = (void *)message;
        for (size_t i = 0; i < page->n_callers; i++) {
            visit(ctx, page->callers[i]);
        }
        request.page_token = page->next_page_token;
    } while (request.page_token[0] != '\0');
    return STATUS_OK;
}
