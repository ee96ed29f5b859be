#include "service/statement_make.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/codec.h"
#include "helper/helper.h"
#include "service/app.h"
#include "service/message.h"
#include "service/receipt.h"
#include "service/statement_csv.h"
#include "storage/document_store.h"
#include "storage/writer.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define FORMAT(name) HAYAT__V1__STATEMENT_FORMAT__STATEMENT_FORMAT_##name
#define RENDERING(name) HAYAT__PAPER__V1__RENDERING__RENDERING_##name

enum { CHUNKS_PER_STEP = 16 };

struct making {
    struct statement_made made; /* first: what statement_made returns */
    status (*next)(struct rpc *rpc, struct making *making, bool *ret_more);
    struct arena arena; /* of the work; not used before begun */
    bool begun;
    struct statement_collection *collection;
    struct owner owner;
    struct statement_wish wish;
    bytes file;
    uint32_t chunk; /* the next to store */
};

static status step_gather(struct rpc *rpc, struct making *making, bool *ret_more);
static status step_render(struct rpc *rpc, struct making *making, bool *ret_more);
static status step_store(struct rpc *rpc, struct making *making, bool *ret_more);

/* --- the claims --- */

static status tell_limits(struct rpc *rpc, status s)
{
    if (s.why == REASON_STATEMENT_TOO_LARGE) {
        rpc_detail_int(rpc, "claim_limit", LIMIT_STATEMENT_CLAIMS);
        rpc_detail_int(rpc, "line_limit", LIMIT_STATEMENT_LINES);
    }
    return s;
}

static status step_list(struct rpc *rpc, struct making *making, bool *ret_more)
{
    struct txn *txn;
    making->collection = arena_alloc(&making->arena, sizeof *making->collection);
    TRY(arena_check(&making->arena));
    making->collection->wish = making->wish;
    TRY(txn_begin_read(rpc->app->db, &making->arena, &txn));
    status s = statement_collect_begin(txn, making->collection);
    txn_end_read(txn);
    making->next = step_gather;
    *ret_more = true;
    return tell_limits(rpc, s);
}

static status step_gather(struct rpc *rpc, struct making *making, bool *ret_more)
{
    struct txn *txn;
    bool more = false;
    TRY(txn_begin_read(rpc->app->db, &making->arena, &txn));
    status s = statement_collect_some(txn, making->collection, &more);
    txn_end_read(txn);
    making->next = more ? step_gather : step_render;
    *ret_more = true;
    return tell_limits(rpc, s);
}

/* --- the file --- */

static char *literal(const char *text)
{
    return (char *)(uintptr_t)text; /* protobuf-c does not write to it */
}

static Hayat__Paper__V1__Fund *fund_message(struct arena *arena, const struct app_fund *fund)
{
    Hayat__Paper__V1__Fund *message = message_new(arena, &hayat__paper__v1__fund__descriptor);
    if (message != NULL) {
        message->name_fr = literal(fund->name_fr);
        message->name_ar = literal(fund->name_ar);
        message->phone = literal(fund->phone);
        message->site = literal(fund->site);
    }
    return message;
}

static status describe(struct rpc *rpc, struct making *making)
{
    struct arena *arena = &making->arena;
    Hayat__Paper__V1__Statement *statement = making->collection->statement;
    const int64_t now_ms = clock_wall_ms(rpc->app->clock);
    statement->fund = fund_message(arena, &rpc->app->fund);
    statement->document_id = message_id_of(arena, "doc", making->made.document);
    statement->create_ms = now_ms;
    statement->create_days = date_to_days(date_from_wall_ms(now_ms, rpc->app->utc_offset_minutes));
    statement->key_id = message_text(arena, rpc->app->signer->key_id);
    making->made.claim_count = (uint32_t)statement->n_claims;
    making->made.totals = *statement->totals;
    making->made.registration_number = arena_str(rpc->arena,
                                                 bytes_str(statement->registration_number));
    TRY(arena_check(rpc->arena));
    return arena_check(arena);
}

/* By hayat-paper, in a process of its own. */
static status render_aside(struct rpc *rpc, struct making *making,
                           Hayat__Paper__V1__Rendering rendering)
{
    Hayat__Paper__V1__Statement *statement = making->collection->statement;
    const struct helper helper = {
        .program = rpc->app->renderer,
        .deadline_ms = LIMIT_HELPER_DEADLINE_MS,
        .output_max = LIMIT_STATEMENT_BYTES,
    };
    char digest[2 * STATEMENT_SHA256_BYTES + 1];
    hex_encode(bytes_of(making->made.content_sha256, STATEMENT_SHA256_BYTES), digest);
    statement->content_sha256 = digest;
    statement->rendering = rendering;
    const size_t size = protobuf_c_message_get_packed_size(&statement->base);
    if (size > LIMIT_STATEMENT_INPUT_BYTES) {
        return tell_limits(rpc, FAIL(STATEMENT_TOO_LARGE));
    }
    uint8_t *packed = arena_alloc(&making->arena, size);
    TRY(arena_check(&making->arena));
    (void)protobuf_c_message_pack(&statement->base, packed);
    TRY(helper_run(&helper, bytes_of(packed, size), &making->arena, &making->file));
    return making->file.len > 0 ? STATUS_OK : FAIL(HELPER_FAILED);
}

static status render(struct rpc *rpc, struct making *making)
{
    TRY(statement_csv(making->collection->statement, &making->arena, &making->file,
                      making->made.content_sha256));
    switch (making->made.format) {
    case FORMAT(PDF):
        making->made.media_type = "application/pdf";
        return render_aside(rpc, making, RENDERING(PDF));
    case FORMAT(FHIR):
        making->made.media_type = "application/fhir+json";
        return render_aside(rpc, making, RENDERING(FHIR));
    case FORMAT(CSV):
        making->made.media_type = "text/csv";
        return STATUS_OK;
    case FORMAT(UNSPECIFIED):
    case _HAYAT__V1__STATEMENT_FORMAT_IS_INT_SIZE:
        break;
    }
    return FAIL(INTERNAL); /* the handler lets no other through */
}

static status step_render(struct rpc *rpc, struct making *making, bool *ret_more)
{
    statement_collect_end(making->collection);
    TRY(describe(rpc, making));
    TRY(render(rpc, making));
    if (making->file.len > LIMIT_STATEMENT_BYTES) {
        return tell_limits(rpc, FAIL(STATEMENT_TOO_LARGE));
    }
    making->made.size_bytes = making->file.len;
    (void)crypto_hash_sha256(making->made.sha256, making->file.ptr, making->file.len);
    making->next = step_store;
    *ret_more = true;
    return STATUS_OK;
}

/* --- the document --- */

static status put_document(struct txn *txn, struct making *making)
{
    Hayat__Store__V1__StoredDocument document = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    const int64_t end_ms = txn_now_ms(txn) + LIMIT_STATEMENT_MAKING_MS;
    document.document_id = (ProtobufCBinaryData){ID_BYTES, making->made.document.bytes};
    document.media_type = literal(making->made.media_type);
    document.size_bytes = document.committed_bytes = making->file.len;
    document.sha256 = (ProtobufCBinaryData){STATEMENT_SHA256_BYTES, making->made.sha256};
    document.state = DOCUMENT(ISSUING);
    document.create_ms = txn_now_ms(txn);
    document.expire_ms = end_ms;
    TRY(document_store_new_key(txn, making->owner, &document));
    TRY(document_store_put(txn, making->owner, &document));
    return document_store_expire_at(txn, making->owner, making->made.document, end_ms);
}

static uint32_t step_end(const struct making *making)
{
    const uint32_t count = document_chunk_count(making->file.len);
    const uint32_t left = count - making->chunk;
    return making->chunk + (left < CHUNKS_PER_STEP ? left : CHUNKS_PER_STEP);
}

static status put_chunks(struct txn *txn, const struct making *making,
                         const struct document_chunks *chunks)
{
    const uint32_t end = step_end(making);
    for (uint32_t i = making->chunk; i < end; i++) {
        bytes rest = bytes_skip(making->file, (size_t)i * CHUNK_PLAIN_BYTES);
        TRY(document_chunks_put(txn, chunks, i, bytes_head(rest, CHUNK_PLAIN_BYTES)));
    }
    return STATUS_OK;
}

/* In the writer's transaction; changes nothing but the store. */
static status store_some(void *ctx, struct txn *txn)
{
    struct making *making = ctx;
    Hayat__Store__V1__StoredDocument *document;
    struct document_chunks chunks;
    if (making->chunk == 0) {
        TRY(put_document(txn, making));
    }
    TRY(document_store_get(txn, making->owner, making->made.document, &document));
    TRY(document_chunks_open(txn, making->owner, document, &chunks));
    status s = put_chunks(txn, making, &chunks);
    document_chunks_close(&chunks);
    return s;
}

static status step_store(struct rpc *rpc, struct making *making, bool *ret_more)
{
    struct arena_mark mark = arena_mark(&making->arena);
    TRY(writer_run(rpc->app->writer, &making->arena, store_some, making));
    arena_rewind(&making->arena, mark);
    making->chunk = step_end(making);
    *ret_more = making->chunk < document_chunk_count(making->file.len);
    making->made.done = !*ret_more;
    return STATUS_OK;
}

/* --- the aside --- */

static status making_step(struct rpc *rpc, void *state, bool *ret_more)
{
    struct making *making = state;
    if (!making->begun) {
        arena_init(&making->arena, LIMIT_STATEMENT_ARENA_BYTES);
        making->begun = true;
    }
    return making->next(rpc, making, ret_more);
}

static void making_close(void *state)
{
    struct making *making = state;
    if (making->begun) {
        arena_fini(&making->arena);
        making->begun = false;
    }
}

status statement_make(struct rpc *rpc, const struct statement_wish *wish,
                      Hayat__V1__StatementFormat format)
{
    struct making *making = arena_alloc(rpc->arena, sizeof *making);
    if (making == NULL) {
        return FAIL(ARENA_FULL);
    }
    making->made.format = format;
    making->made.document = id_new(rpc->app->random);
    making->owner = wish->owner;
    making->wish = *wish;
    making->next = step_list;
    rpc->aside = (struct aside){
        .pool = ASIDE_PAPER, .step = making_step, .close = making_close, .state = making};
    return rpc_go_aside(rpc);
}

const struct statement_made *statement_made(const struct rpc *rpc)
{
    const struct making *making = rpc->aside.state;
    return making != NULL && making->made.done ? &making->made : NULL;
}
