/*
 * harness: a whole server without a transport, for tests: a store in a temporary directory, fresh keys, a fake clock,
 * the writer, the workers and the pipeline.
 *
 *     struct harness h;
 *     harness_start(&h);
 *     struct harness_member m = harness_member(&h, "999000001");
 *     Hayat__V1__GetCardRequest request = HAYAT__V1__GET_CARD_REQUEST__INIT;
 *     struct harness_reply r = harness_call(&h, "/hayat.v1.CardService/GetCard", m.token, &request.base);
 *     assert_int_equal(r.result.why, REASON_OK);
 *     Hayat__V1__GetCardResponse *response = (void *)r.response;
 *     harness_stop(&h);
 *
 * Memory   replies live in h->arena until harness_stop.  Everything fails by cmocka assertions.
 * Threads  the test's thread plays the queue thread; steps that end on the writer or a worker are waited for.
 */
#ifndef HAYAT_TESTS_HARNESS_H
#define HAYAT_TESTS_HARNESS_H

#include <protobuf-c/protobuf-c.h>
#include <semaphore.h>

#include "auth/certificate.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/clock.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/pipeline.h"
#include "service/receipt.h"
#include "tests/support/audited.h"

struct harness {
    char directory[64]; /* removed by harness_stop; the store is in directory/db */
    struct fake_clock clock;
    struct seal_keys *keys;
    struct app app;
    struct pipeline pipeline;
    struct receipt_signer signer;
    struct arena arena;
    struct audited audited; /* every unary call is held to its policy's audit */
};

/* The clock starts at 2026-01-15 09:00 UTC and stands: rate limits refill when the test advances it. */
void harness_start(struct harness *h);
void harness_stop(struct harness *h);
/* Closes the store and opens it again, as a restart does. */
void harness_restart(struct harness *h);

/* Runs BODY in the writer's transaction and returns what it returned. */
status harness_write(struct harness *h, status (*body)(void *ctx, struct txn *txn), void *ctx);
/* Runs BODY in a read transaction whose arena is h->arena. */
status harness_read(struct harness *h, status (*body)(void *ctx, struct txn *txn), void *ctx);

/* A member with an Ed25519 device and a live session, made directly through the stores. */
struct harness_member {
    struct owner owner;
    struct id device;
    uint8_t device_secret[64]; /* libsodium's Ed25519 secret key */
    char token[TOKEN_TEXT_LEN + 1];
};
/* REGISTRATION_NUMBER is invented; the record has a mutuelle code, a country code and nothing more. */
struct harness_member harness_member(struct harness *h, const char *registration_number);
/* A record of any table of the member, sealed as the stores do: KEY begins with the owner. */
void harness_put(struct harness *h, enum table_id table, struct owner owner, struct key key,
                 const ProtobufCMessage *record);

/* Somebody with a client certificate, registered directly through the store: an agent ("agt" to id_format) with roles, or a
   core system ("sys").  They call by their key's hash, as the engine shows it. */
struct harness_caller {
    struct id id;
    uint8_t key_hash[CERTIFICATE_KEY_BYTES];
};
/* SCOPES: SCOPE_AGENCY and its like, one or several.  Good for a year of the harness's clock. */
struct harness_caller harness_agent(struct harness *h, uint32_t scopes);
/* SCOPES: SCOPE_FEED, SCOPE_OUTBOX. */
struct harness_caller harness_core_system(struct harness *h, uint32_t scopes);
void harness_revoke_caller(struct harness *h, struct id id);

struct harness_reply {
    status result;
    ProtobufCMessage *response; /* NULL when the call failed; only the last one of a stream */
    bytes wire;                 /* the packed response */
    enum grpc_code code;
    bytes details;                      /* google.rpc.Status as on the wire */
    Google__Rpc__ErrorInfo *error_info; /* these are NULL when absent */
    Google__Rpc__BadRequest *bad_request;
    Google__Rpc__RetryInfo *retry_info;
    Google__Rpc__PreconditionFailure *precondition;
    Google__Rpc__QuotaFailure *quota;
    Google__Rpc__LocalizedMessage *localized;
};

/* A unary call.  TOKEN may be NULL. */
struct harness_reply harness_call(struct harness *h, const char *path, const char *token,
                                  const ProtobufCMessage *request);
/* A unary call by certificate. */
struct harness_reply harness_call_as(struct harness *h, const char *path,
                                     const struct harness_caller *caller,
                                     const ProtobufCMessage *request);
/* The same with bytes as they are, and with an accept-language. */
struct harness_reply harness_call_wire(struct harness *h, const struct call_headers *headers,
                                       bytes request);

/* The value of an ErrorInfo metadata key, or NULL. */
const char *harness_error_value(const struct harness_reply *reply, const char *key);

/* --- streams: open, then send (or next) as often as wanted, then close --- */
struct harness_stream {
    struct harness *h;
    struct call call;
    sem_t resumed, landed;
    bool failed; /* a step failed: close tells how */
};

/* False when the headers were refused; close tells how. */
bool harness_stream_open(struct harness_stream *s, struct harness *h, const char *path,
                         const char *token);
bool harness_stream_open_as(struct harness_stream *s, struct harness *h, const char *path,
                            const struct harness_caller *caller);
/* One message, and the commits it causes.  True when the step went well; s->call.finished tells whether the reply is there. */
bool harness_stream_send(struct harness_stream *s, const ProtobufCMessage *request);
/* One message, as a fast line brings it: side commits go on. */
bool harness_stream_send_ahead(struct harness_stream *s, const ProtobufCMessage *request);
/* Waits for them. */
bool harness_stream_settle(struct harness_stream *s);
bool harness_stream_half_close(struct harness_stream *s);
/* A server stream's next message into *ret_response (in h->arena); false at its end or on failure. */
bool harness_stream_next(struct harness_stream *s, ProtobufCMessage **ret_response);
/* Ends the call; the reply tells how, with the last response. */
struct harness_reply harness_stream_close(struct harness_stream *s);
/* Ends the call as a client that went away does. */
void harness_stream_abandon(struct harness_stream *s);

#endif
