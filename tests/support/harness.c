#include "tests/support/harness.h"

#include <fts.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "auth/ratelimit.h"
#include "base/array.h"
#include "base/block_pool.h"
#include "base/log.h"
#include "rpc/route.h"
#include "service/receipt.h"
#include "storage/device_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"

enum { HARNESS_ARENA_BYTES = 256 * 1024 * 1024 };
#define HARNESS_START_MS 1768467600000LL /* 2026-01-15 09:00 UTC */

/* --- the server's parts --- */

static void store_died(void *ctx)
{
    (void)ctx;
    fail_msg("the writer gave up");
}

static void open_store(struct harness *h)
{
    char path[sizeof h->directory + 8];
    (void)snprintf(path, sizeof path, "%s/db", h->directory);
    struct db_options options = {.directory = path,
                                 .keys = h->keys,
                                 .clock = &h->clock.clock,
                                 .random = &random_system,
                                 .allow_test_file_systems = true};
    assert_ok(db_open(&options, &h->app.db));
    assert_ok(writer_start(&(struct writer_options){.db = h->app.db, .on_fatal = store_died},
                           &h->app.writer));
    h->pipeline.workers = worker_pool_start(&worker_pool_workers);
    h->pipeline.secrets = worker_pool_start(&worker_pool_secrets);
    h->pipeline.paper = worker_pool_start(&worker_pool_paper);
    assert_non_null(h->pipeline.workers);
    assert_non_null(h->pipeline.secrets);
    assert_non_null(h->pipeline.paper);
}

static void close_store(struct harness *h)
{
    assert_int_equal(atomic_load(&h->pipeline.in_flight), 0); /* every call of the test was ended */
    for (size_t i = 0; i < LIMIT_CALLER_SLOTS; i++) {
        assert_int_equal(h->pipeline.load.small[i] + h->pipeline.load.large[i], 0);
    }
    worker_pool_stop(h->pipeline.paper);
    worker_pool_stop(h->pipeline.secrets);
    worker_pool_stop(h->pipeline.workers);
    writer_stop(h->app.writer);
    db_close(h->app.db);
}

void harness_start(struct harness *h)
{
    memset(h, 0, sizeof *h);
    log_set_level(LOG_WARN);
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(h->directory, sizeof h->directory, "%s/hayat-test-XXXXXX",
                   temporary == NULL ? "/tmp" : temporary);
    assert_non_null(mkdtemp(h->directory));
    arena_init(&h->arena, HARNESS_ARENA_BYTES);
    fake_clock_init(&h->clock, HARNESS_START_MS);
    assert_ok(keyring_generate(&random_system, &h->keys));
    receipt_signer_init(&h->signer, h->keys);
    h->app = (struct app){.keys = h->keys,
                          .clock = &h->clock.clock,
                          .random = &random_system,
                          .signer = &h->signer,
                          .limiter = rate_limiter_new(&h->clock.clock, &random_system),
                          .access_token_ms = LIMIT_ACCESS_TOKEN_MS,
                          .utc_offset_minutes = 60,
                          .fund = {.name_fr = "Caisse de démonstration",
                                   .name_ar = "صندوق العرض التجريبي",
                                   .phone = "+212 5 00 00 00 00",
                                   .site = "caisse.example"},
                          .renderer = HAYAT_PAPER_PROGRAM};
    h->app.upload_blocks = block_pool_new(LIMIT_CHUNK_CELL_BYTES, LIMIT_UPLOAD_SHARED_CHUNKS);
    assert_non_null(h->app.limiter);
    assert_non_null(h->app.upload_blocks);
    h->pipeline.app = &h->app;
    open_store(h);
}

static void remove_tree(char *path)
{
    char *paths[] = {path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(tree);
    for (FTSENT *entry = fts_read(tree); entry != NULL; entry = fts_read(tree)) {
        if (entry->fts_info == FTS_DP) {
            (void)rmdir(entry->fts_accpath);
        } else if (entry->fts_info != FTS_D) {
            (void)unlink(entry->fts_accpath);
        }
    }
    (void)fts_close(tree);
}

void harness_stop(struct harness *h)
{
    close_store(h);
    rate_limiter_free(h->app.limiter);
    block_pool_free(h->app.upload_blocks);
    receipt_signer_fini(&h->signer);
    keyring_close(h->keys);
    arena_fini(&h->arena);
    remove_tree(h->directory);
}

void harness_restart(struct harness *h)
{
    close_store(h);
    open_store(h);
}

/* --- the store --- */

status harness_write(struct harness *h, status (*body)(void *ctx, struct txn *txn), void *ctx)
{
    return writer_run(h->app.writer, &h->arena, body, ctx);
}

status harness_read(struct harness *h, status (*body)(void *ctx, struct txn *txn), void *ctx)
{
    struct txn *txn;
    status s = txn_begin_read(h->app.db, &h->arena, &txn);
    if (ok(s)) {
        s = body(ctx, txn);
        txn_end_read(txn);
    }
    return s;
}

struct put {
    struct cell cell;
    const ProtobufCMessage *record;
};

static status put(void *ctx, struct txn *txn)
{
    struct put *p = ctx;
    return table_put_record(txn, &p->cell, p->record);
}

void harness_put(struct harness *h, enum table_id table, struct owner owner, struct key key,
                 const ProtobufCMessage *record)
{
    struct put p = {cell_of_owner(table, owner, key), record};
    assert_ok(harness_write(h, put, &p));
}

static char *keep(struct harness *h, const char *text)
{
    char *copy = arena_str(&h->arena, bytes_str(text));
    assert_non_null(copy);
    return copy;
}

static void put_member(struct harness *h, struct owner owner, const char *registration_number)
{
    Hayat__Store__V1__StoredMember member;
    hayat__store__v1__stored_member__init(&member);
    member.registration_number = keep(h, registration_number);
    member.mutuelle_code = keep(h, "OMFAM");
    member.country_code = keep(h, "MA");
    harness_put(h, TABLE_member, owner, key_owner(owner), &member.base);
}

struct sign_up {
    struct harness_member *member;
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    int64_t life_ms;
};

static status sign_up(void *ctx, struct txn *txn)
{
    struct sign_up *s = ctx;
    struct session_token token;
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    device.device_id = (ProtobufCBinaryData){ID_BYTES, s->member->device.bytes};
    device.algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519;
    device.public_key = (ProtobufCBinaryData){sizeof s->public_key, s->public_key};
    TRY(device_store_put(txn, s->member->owner, &device));
    TRY(session_create(txn, s->member->owner, s->member->device, s->life_ms, &token));
    memcpy(s->member->token, token.text, sizeof token.text);
    return STATUS_OK;
}

struct harness_member harness_member(struct harness *h, const char *registration_number)
{
    struct harness_member member = {
        .owner = owner_of_registration(h->keys, bytes_str(registration_number)),
        .device = id_new(&random_system)};
    struct sign_up s = {.member = &member, .life_ms = h->app.access_token_ms};
    (void)crypto_sign_keypair(s.public_key, member.device_secret);
    put_member(h, member.owner, registration_number);
    assert_ok(harness_write(h, sign_up, &s));
    return member;
}

struct registration {
    struct harness_caller caller;
    Hayat__Store__V1__CallerType type;
    uint32_t scopes;
};

static status register_caller(void *ctx, struct txn *txn)
{
    struct registration *r = ctx;
    static unsigned persons; /* each agent is another */
    char number[32];
    bool is_agent = r->type == HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_AGENT;
    (void)snprintf(number, sizeof number, "TEST-STAFF-%u", ++persons);
    struct certificate_holder holder = {
        .type = r->type,
        .name = is_agent ? "Agente Inventée" : "invented-system",
        .staff_number = is_agent ? number : NULL,
        .email = is_agent ? "agente@example.invalid" : NULL,
        .scopes = r->scopes,
        .facts.expire_ms = txn_now_ms(txn) + 365LL * 24 * 3600 * 1000,
    };
    random_fill(&random_system, r->caller.key_hash, sizeof r->caller.key_hash);
    memcpy(holder.facts.key_hash, r->caller.key_hash, sizeof r->caller.key_hash);
    return certificate_add(txn, &holder, &r->caller.id);
}

struct harness_caller harness_agent(struct harness *h, uint32_t scopes)
{
    struct registration r = {.type = HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_AGENT,
                             .scopes = scopes};
    assert_ok(harness_write(h, register_caller, &r));
    return r.caller;
}

struct harness_caller harness_core_system(struct harness *h, uint32_t scopes)
{
    struct registration r = {.type = HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_CORE_SYSTEM,
                             .scopes = scopes};
    assert_ok(harness_write(h, register_caller, &r));
    return r.caller;
}

static status revoke_caller(void *ctx, struct txn *txn)
{
    const struct id *id = ctx;
    return certificate_revoke(txn, *id);
}

void harness_revoke_caller(struct harness *h, struct id id)
{
    assert_ok(harness_write(h, revoke_caller, &id));
}

/* --- calls --- */

static void resumed(struct call *call)
{
    (void)sem_post(call->owner);
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

/* Waits for a step that goes on elsewhere. */
static void finish_step(struct call *call, enum step step)
{
    if (step == STEP_PENDING) {
        wait_for(call->owner);
    }
}

static void *detail(struct harness *h, const Google__Rpc__Status *wire,
                    const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < wire->n_details; i++) {
        const Google__Protobuf__Any *any = wire->details[i];
        const char *name = strrchr(any->type_url, '/');
        if (name != NULL && strcmp(name + 1, type->name) == 0) {
            void *message = protobuf_c_message_unpack(type, &h->arena.allocator, any->value.len,
                                                      any->value.data);
            assert_non_null(message);
            return message;
        }
    }
    return NULL;
}

static void take_details(struct harness *h, struct harness_reply *reply)
{
    Google__Rpc__Status *wire = google__rpc__status__unpack(&h->arena.allocator, reply->details.len,
                                                            reply->details.ptr);
    assert_non_null(wire);
    assert_int_equal(wire->code, reply->code);
    reply->error_info = detail(h, wire, &google__rpc__error_info__descriptor);
    reply->bad_request = detail(h, wire, &google__rpc__bad_request__descriptor);
    reply->retry_info = detail(h, wire, &google__rpc__retry_info__descriptor);
    reply->precondition = detail(h, wire, &google__rpc__precondition_failure__descriptor);
    reply->quota = detail(h, wire, &google__rpc__quota_failure__descriptor);
    reply->localized = detail(h, wire, &google__rpc__localized_message__descriptor);
    assert_non_null(reply->error_info);
    assert_string_equal(reply->error_info->domain, "hayat");
}

/* What the client has after the last step. */
static struct harness_reply take_reply(struct harness *h, struct call *call)
{
    struct harness_reply reply = {.result = call->result};
    if (!ok(call->result)) {
        struct wire_status wire = pipeline_status(call);
        reply.code = wire.code;
        reply.details = arena_copy(&h->arena, wire.details);
        take_details(h, &reply);
    } else if (call->reply.ptr != NULL) {
        reply.wire = arena_copy(&h->arena, call->reply);
        reply.response = protobuf_c_message_unpack(call->route->response, &h->arena.allocator,
                                                   reply.wire.len, reply.wire.ptr);
        assert_non_null(reply.response);
    }
    return reply;
}

struct harness_reply harness_call_wire(struct harness *h, const struct call_headers *headers,
                                       bytes request)
{
    struct call call;
    sem_t done;
    memset(&call, 0, sizeof call);
    assert_int_equal(sem_init(&done, 0, 0), 0);
    call.resume = resumed;
    call.owner = &done;
    audited_before(&h->audited, h->app.db);
    if (ok(pipeline_start(&h->pipeline, headers, &call))) {
        assert_int_equal(call.route->shape, SHAPE_UNARY);
        finish_step(&call, pipeline_message(&call, request));
    }
    audited_after(&h->audited, h->app.db, &call, request);
    struct harness_reply reply = take_reply(h, &call);
    pipeline_end(&call, reply.result);
    pipeline_leave(&call);
    (void)sem_destroy(&done);
    return reply;
}

static struct call_headers headers_of(struct harness *h, const char *path, const char *token)
{
    struct call_headers headers = {.path = bytes_str(path),
                                   .peer = bytes_str("ipv4:192.0.2.7:40000"),
                                   .deadline_us = INT64_MAX};
    if (token != NULL) {
        headers.authorization = bytes_str(arena_printf(&h->arena, "Bearer %s", token));
    }
    return headers;
}

static bytes pack(struct harness *h, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *out = arena_alloc(&h->arena, len);
    assert_non_null(out);
    return bytes_of(out, protobuf_c_message_pack(message, out));
}

struct harness_reply harness_call(struct harness *h, const char *path, const char *token,
                                  const ProtobufCMessage *request)
{
    struct call_headers headers = headers_of(h, path, token);
    return harness_call_wire(h, &headers, pack(h, request));
}

static struct call_headers headers_as(struct harness *h, const char *path,
                                      const struct harness_caller *caller)
{
    struct call_headers headers = headers_of(h, path, NULL);
    headers.certificate = bytes_of(caller->key_hash, sizeof caller->key_hash);
    return headers;
}

struct harness_reply harness_call_as(struct harness *h, const char *path,
                                     const struct harness_caller *caller,
                                     const ProtobufCMessage *request)
{
    struct call_headers headers = headers_as(h, path, caller);
    return harness_call_wire(h, &headers, pack(h, request));
}

const char *harness_error_value(const struct harness_reply *reply, const char *key)
{
    for (size_t i = 0; reply->error_info != NULL && i < reply->error_info->n_metadata; i++) {
        if (strcmp(reply->error_info->metadata[i]->key, key) == 0) {
            return reply->error_info->metadata[i]->value;
        }
    }
    return NULL;
}

/* --- streams --- */

static void stream_resumed(struct call *call)
{
    struct harness_stream *s = call->owner;
    (void)sem_post(&s->resumed);
}

static void stream_landed(struct call *call)
{
    struct harness_stream *s = call->owner;
    (void)sem_post(&s->landed);
}

static bool stream_open(struct harness_stream *s, struct harness *h,
                        const struct call_headers *headers)
{
    memset(s, 0, sizeof *s);
    s->h = h;
    assert_int_equal(sem_init(&s->resumed, 0, 0), 0);
    assert_int_equal(sem_init(&s->landed, 0, 0), 0);
    s->call.resume = stream_resumed;
    s->call.landed = stream_landed;
    s->call.owner = s;
    s->failed = !ok(pipeline_start(&h->pipeline, headers, &s->call));
    return !s->failed;
}

bool harness_stream_open(struct harness_stream *s, struct harness *h, const char *path,
                         const char *token)
{
    struct call_headers headers = headers_of(h, path, token);
    return stream_open(s, h, &headers);
}

bool harness_stream_open_as(struct harness_stream *s, struct harness *h, const char *path,
                            const struct harness_caller *caller)
{
    struct call_headers headers = headers_as(h, path, caller);
    return stream_open(s, h, &headers);
}

static bool stream_step(struct harness_stream *s, enum step step)
{
    if (step == STEP_PENDING) {
        wait_for(&s->resumed);
    }
    s->failed = !ok(s->call.result);
    return !s->failed;
}

bool harness_stream_settle(struct harness_stream *s)
{
    while (!s->failed && pipeline_busy(&s->call)) {
        wait_for(&s->landed);
        (void)stream_step(s, pipeline_landed(&s->call, false));
    }
    return !s->failed;
}

bool harness_stream_send_ahead(struct harness_stream *s, const ProtobufCMessage *request)
{
    assert_false(s->failed);
    while (!s->failed && pipeline_waits(&s->call)) {
        wait_for(&s->landed);
        (void)stream_step(s, pipeline_landed(&s->call, false));
    }
    return !s->failed && stream_step(s, pipeline_message(&s->call, pack(s->h, request)));
}

bool harness_stream_send(struct harness_stream *s, const ProtobufCMessage *request)
{
    return harness_stream_send_ahead(s, request) && harness_stream_settle(s);
}

bool harness_stream_half_close(struct harness_stream *s)
{
    assert_false(s->failed);
    return stream_step(s, pipeline_half_close(&s->call)) && harness_stream_settle(s);
}

bool harness_stream_next(struct harness_stream *s, ProtobufCMessage **ret_response)
{
    assert_false(s->failed);
    if (!stream_step(s, pipeline_next(&s->call)) || s->call.finished) {
        return false;
    }
    *ret_response = take_reply(s->h, &s->call).response;
    return true;
}

static void end_stream(struct harness_stream *s, status final)
{
    while (pipeline_busy(&s->call) || pipeline_salvage(&s->call, final)) {
        wait_for(&s->landed);
        (void)pipeline_landed(&s->call, true);
    }
    pipeline_end(&s->call, final);
    pipeline_leave(&s->call);
    (void)sem_destroy(&s->resumed);
    (void)sem_destroy(&s->landed);
}

struct harness_reply harness_stream_close(struct harness_stream *s)
{
    struct harness_reply reply = take_reply(s->h, &s->call);
    end_stream(s, reply.result);
    return reply;
}

void harness_stream_abandon(struct harness_stream *s)
{
    end_stream(s, FAIL(CANCELLED));
}
