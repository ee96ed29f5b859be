#include "filing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/uuid.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "hayat/v1/upload.pb-c.h"

enum {
    TIMEOUT_MS = 60000,
    ARENA_BYTES = 64 * 1024,
};

static bool call(struct channel *channel, const struct call_options *options,
                 const ProtobufCMessage *request, struct arena *arena, ProtobufCMessage **ret)
{
    struct rpc_reply reply = {0};
    status s = channel_unary(channel, options, request, arena, &reply);
    if (!ok(s)) {
        (void)fprintf(stderr, "hayat-bench: %s: %s\n", options->path, reason_name(s.why));
    }
    *ret = reply.message;
    return ok(s);
}

static bool open_draft(struct channel *channel, const char *token, struct arena *arena,
                       char **ret_id)
{
    struct call_options options = {
        .path = "/hayat.v1.LifeCertificateService/CreateLifeCertificate",
        .token = token,
        .timeout_ms = TIMEOUT_MS,
        .response = &hayat__v1__create_life_certificate_response__descriptor};
    Hayat__V1__CreateLifeCertificateRequest request =
        HAYAT__V1__CREATE_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__CreateLifeCertificateResponse *response;
    char request_id[UUID_TEXT_BYTES];
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM;
    if (!call(channel, &options, &request.base, arena, (ProtobufCMessage **)&response)) {
        return false;
    }
    *ret_id = response->life_certificate->life_certificate_id;
    return true;
}

static bool declare(struct channel *channel, const struct upload_plan *plan, struct arena *arena,
                    const char *draft, char ret_upload_id[ID_TEXT_MAX])
{
    struct call_options options = {.path = "/hayat.v1.UploadService/CreateUpload",
                                   .token = plan->token,
                                   .timeout_ms = TIMEOUT_MS,
                                   .response = &hayat__v1__create_upload_response__descriptor};
    Hayat__V1__CreateUploadRequest request = HAYAT__V1__CREATE_UPLOAD_REQUEST__INIT;
    Hayat__V1__CreateUploadResponse *response;
    char request_id[UUID_TEXT_BYTES], media_type[] = "application/pdf";
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.life_certificate_id = (char *)(uintptr_t)draft;
    request.item = plan->item == FILING_ITEM_OTHER ? HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_OTHER
                                                   : HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM;
    request.media_type = media_type;
    request.size_bytes = plan->size_bytes;
    request.sha256 = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)(uintptr_t)plan->sha256};
    if (!call(channel, &options, &request.base, arena, (ProtobufCMessage **)&response)) {
        return false;
    }
    (void)snprintf(ret_upload_id, ID_TEXT_MAX, "%s", response->upload->upload_id);
    return true;
}

bool filing_draft(struct channel *channel, const char *token, char ret_draft[ID_TEXT_MAX])
{
    struct arena arena;
    char *draft = NULL;
    arena_init(&arena, ARENA_BYTES);
    bool opened = open_draft(channel, token, &arena, &draft);
    if (opened) {
        (void)snprintf(ret_draft, ID_TEXT_MAX, "%s", draft);
    }
    arena_fini(&arena);
    return opened;
}

bool filing_declare(struct channel *channel, const struct upload_plan *plan, const char *draft,
                    char ret_upload_id[ID_TEXT_MAX])
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    bool declared = declare(channel, plan, &arena, draft, ret_upload_id);
    arena_fini(&arena);
    return declared;
}

bool filing_open(struct channel *channel, const struct upload_plan *plan,
                 char ret_upload_id[ID_TEXT_MAX])
{
    char draft[ID_TEXT_MAX];
    return filing_draft(channel, plan->token, draft) &&
           filing_declare(channel, plan, draft, ret_upload_id);
}

/* Holds a sender back to its speed. */
static void keep_pace(const struct upload_plan *plan, size_t len)
{
    if (plan->bytes_per_second > 0) {
        int64_t ns = (int64_t)len * 1000000000 / plan->bytes_per_second;
        const struct timespec pause = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
        (void)nanosleep(&pause, NULL);
    }
}

static void send_all(struct stream *stream, const struct upload_plan *plan, char *resource,
                     const uint8_t *data)
{
    for (int64_t offset = 0; offset < plan->size_bytes;) {
        int64_t left = plan->size_bytes - offset;
        size_t len = (size_t)(left < FILING_STEP_BYTES ? left : FILING_STEP_BYTES);
        Google__Bytestream__WriteRequest request = GOOGLE__BYTESTREAM__WRITE_REQUEST__INIT;
        request.resource_name = offset == 0 ? resource : request.resource_name;
        request.write_offset = offset;
        request.data = (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data + offset};
        offset += (int64_t)len;
        request.finish_write = offset == plan->size_bytes;
        if (!ok(stream_write(stream, &request.base))) {
            return; /* stream_close tells why */
        }
        keep_pace(plan, len);
    }
    (void)stream_writes_done(stream);
}

bool filing_send(struct channel *channel, const struct upload_plan *plan, const char *upload_id,
                 const uint8_t *data, int64_t *ret_committed)
{
    struct arena arena;
    struct stream *stream;
    char resource[ID_TEXT_MAX + 16];
    ProtobufCMessage *reply = NULL, *end;
    struct call_options options = {.path = "/google.bytestream.ByteStream/Write",
                                   .token = plan->token,
                                   .timeout_ms = TIMEOUT_MS};
    (void)snprintf(resource, sizeof resource, "uploads/%s", upload_id);
    if (!ok(channel_stream(channel, &options, &stream))) {
        return false;
    }
    arena_init(&arena, ARENA_BYTES);
    send_all(stream, plan, resource, data);
    if (ok(stream_read(stream, &google__bytestream__write_response__descriptor, &arena, &reply)) &&
        reply != NULL) {
        (void)stream_read(stream, &google__bytestream__write_response__descriptor, &arena, &end);
    }
    status s = stream_close(stream, NULL);
    bool answered = ok(s) && reply != NULL;
    if (answered) {
        *ret_committed = ((const Google__Bytestream__WriteResponse *)reply)->committed_size;
    } else {
        (void)fprintf(stderr, "hayat-bench: ByteStream.Write: %s\n", reason_name(s.why));
    }
    arena_fini(&arena);
    return answered;
}
