/*
 * LifeCertificateService.WatchLifeCertificate: status from the first byte (domain 5: silence makes people panic).
 *
 * The message is made anew when anything of the member changed, and sent when it differs from the last one; what it says is known by a
 * fingerprint, which is the resume token too: who comes back with it is told when something has changed since, and not before.
 */
#include "gen/handlers.h"

#include <sodium.h>

#include "base/codec.h"
#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/message.h"
#include "service/page_token.h"
#include "storage/change_feed.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

static const char method[] = "LifeCertificateService.WatchLifeCertificate";

enum { PRINT_BYTES = crypto_generichash_BYTES_MIN };

typedef Hayat__V1__WatchLifeCertificateResponse Response;

struct watch {
    char id[ID_TEXT_MAX];
    uint64_t snapshot; /* in which nothing was left to tell; 0: not yet */
    bool told;         /* the client has PRINT */
    uint8_t print[PRINT_BYTES];
};

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    const Hayat__V1__WatchLifeCertificateRequest *request =
        (const Hayat__V1__WatchLifeCertificateRequest *)message;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct watch *watch = state;
    struct page_cursor cursor;
    TRY(page_token_read(rpc, method, request->resume_token, &cursor));
    if (cursor.len != 0 && cursor.len != PRINT_BYTES) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    TRY(certificate_find(rpc, request->life_certificate_id, &certificate));
    (void)snprintf(watch->id, sizeof watch->id, "%s", request->life_certificate_id);
    watch->told = cursor.len != 0;
    memcpy(watch->print, cursor.bytes, cursor.len);
    return STATUS_OK;
}

/* --- uploads --- */

struct gathering {
    struct rpc *rpc;
    bytes certificate_id;
    Response *response;
};

static void gather(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    struct gathering *g = ctx;
    bool same = bytes_equal(bytes_of_binary(document->life_certificate_id), g->certificate_id);
    if (!same || document->state != DOCUMENT(OPEN) || document->expire_ms <= g->rpc->now_ms ||
        g->response->n_uploads == LIMIT_DOCUMENTS_PER_CERTIFICATE) {
        return;
    }
    Hayat__V1__UploadProgress *upload = g->response->uploads[g->response->n_uploads++];
    struct id id = {{0}};
    (void)id_of_binary(document->document_id, &id);
    id_format(id, "upl", upload->upload_id);
    upload->item = (Hayat__V1__DocumentItem)document->item;
    upload->committed_bytes = (int64_t)document->committed_bytes;
    upload->size_bytes = (int64_t)document->size_bytes;
}

/* The arena is rewound between documents: places are made before. */
static status make_places(struct rpc *rpc, Response *response)
{
    response->uploads = arena_array(rpc->arena, LIMIT_DOCUMENTS_PER_CERTIFICATE,
                                    sizeof(Hayat__V1__UploadProgress *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < LIMIT_DOCUMENTS_PER_CERTIFICATE; i++) {
        response->uploads[i] = message_new(rpc->arena, &hayat__v1__upload_progress__descriptor);
        TRY(arena_check(rpc->arena));
        response->uploads[i]->upload_id = arena_alloc(rpc->arena, ID_TEXT_MAX);
        TRY(arena_check(rpc->arena));
    }
    return STATUS_OK;
}

static status fill(struct rpc *rpc, const struct watch *watch, Response *response)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct certificate_documents documents;
    TRY(certificate_find(rpc, watch->id, &certificate));
    TRY(certificate_documents_load(rpc, certificate, &documents));
    TRY(certificate_message(rpc, certificate, &documents, &response->life_certificate));
    TRY(make_places(rpc, response));
    struct gathering gathering = {
        .rpc = rpc,
        .certificate_id = bytes_of_binary(certificate->life_certificate_id),
        .response = response};
    return document_store_each(rpc->txn, rpc->principal->owner, gather, &gathering);
}

/* --- messages --- */

static status print_of(struct rpc *rpc, const Response *response, uint8_t print[PRINT_BYTES])
{
    size_t len = protobuf_c_message_get_packed_size(&response->base);
    uint8_t *packed = arena_alloc(rpc->arena, len + 1);
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)protobuf_c_message_pack(&response->base, packed);
    (void)crypto_generichash(print, PRINT_BYTES, packed, len, NULL, 0);
    return STATUS_OK;
}

static status watch_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                         enum stream_step *ret_step)
{
    struct watch *watch = state;
    Response *response = (Response *)message;
    struct page_cursor cursor = {.len = PRINT_BYTES};
    *ret_step = STREAM_WAIT;
    if (!change_feed_since(rpc->txn, rpc->principal->owner, watch->snapshot)) {
        return STATUS_OK;
    }
    TRY(fill(rpc, watch, response));
    TRY(print_of(rpc, response, cursor.bytes));
    watch->snapshot = txn_snapshot(rpc->txn);
    if (watch->told && memcmp(watch->print, cursor.bytes, PRINT_BYTES) == 0) {
        return STATUS_OK;
    }
    watch->told = true;
    memcpy(watch->print, cursor.bytes, PRINT_BYTES);
    *ret_step = STREAM_SEND;
    return page_token_make(rpc, method, &cursor, &response->resume_token);
}

static bool watch_idle(const struct rpc *rpc, const void *state)
{
    const struct watch *watch = state;
    return !change_feed_of_since(rpc->app->db, rpc->principal->owner, watch->snapshot);
}

const struct server_stream life_certificate_watch_life_certificate = {
    .state_size = sizeof(struct watch),
    .poll_ms = LIMIT_WATCH_POLL_MS,
    .open = watch_open,
    .next = watch_next,
    .idle = watch_idle,
};
