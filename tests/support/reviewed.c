#include "tests/support/reviewed.h"

#include <sodium.h>

#include "service/document_check.h"
#include "service/message.h"
#include "storage/document_store.h"
#include "storage/task_store.h"
#include "tests/support/cm.h"

#define CHECK_STATE(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

enum { FILE_BYTES = 3000 };

struct passing {
    const struct reviewed_case *c;
    struct id certificate;
    struct arena *arena;
    char *task;
};

static status pass_all(void *ctx, struct txn *txn)
{
    const struct passing *passing = ctx;
    for (size_t i = 0; i < REVIEWED_DOCUMENTS; i++) {
        document_check_row verdict = HAYAT__STORE__V1__STORED_DOCUMENT_CHECK__INIT;
        verdict.state = CHECK_STATE(PASSED);
        verdict.page_count = 2;
        TRY(document_check_done(txn, passing->c->member.owner, passing->c->document_ids[i],
                                &verdict));
    }
    return STATUS_OK;
}

static status find_task(void *ctx, struct txn *txn)
{
    struct passing *passing = ctx;
    task_row *task;
    TRY(task_store_about(txn, TASK_KIND(LIFE_CERTIFICATE), passing->certificate, &task));
    passing->task = message_id(passing->arena, "tsk", task->task_id);
    return STATUS_OK;
}

static void upload(struct harness *h, struct reviewed_case *c)
{
    static const Hayat__V1__DocumentItem items[] = {ITEM(FORM), ITEM(IDENTITY)};
    static uint64_t seed = 100;
    for (size_t i = 0; i < REVIEWED_DOCUMENTS; i++) {
        struct fund_file file = {c->certificate, items[i], "application/pdf",
                                 fund_pdf(h, FILE_BYTES, seed++)};
        if (i == REVIEWED_FORM && c->route == ROUTE(LIVENESS_VIDEO)) {
            file = fund_video(h, c->member.token, c->certificate);
        }
        const char *name = fund_upload(h, c->member.token, &file);
        assert_true(id_parse(bytes_str(name), "upl", &c->document_ids[i]));
        c->documents[i] = message_id_of(&h->arena, "doc", c->document_ids[i]);
    }
}

static void submit(struct harness *h, struct reviewed_case *c)
{
    struct passing passing = {.c = c, .arena = &h->arena};
    assert_true(id_parse(bytes_str(c->certificate), "lc", &passing.certificate));
    assert_ok(fund_submit(h, c->member.token, c->certificate).result);
    assert_ok(harness_write(h, pass_all, &passing));
    assert_ok(harness_read(h, find_task, &passing));
    c->task = passing.task;
}

struct reviewed_case reviewed_file(struct harness *h, const struct harness_member *member,
                                   Hayat__V1__ProofRoute route)
{
    struct reviewed_case c = {
        .member = *member, .route = route, .certificate = fund_draft(h, member->token, route)};
    upload(h, &c);
    submit(h, &c);
    return c;
}

void reviewed_file_again(struct harness *h, struct reviewed_case *c)
{
    upload(h, c);
    submit(h, c);
}

/* --- the clean copy --- */

struct cleaning {
    const struct reviewed_case *c;
    size_t document;
    bytes copy;
};

static status put_copy(struct txn *txn, const struct cleaning *cleaning, struct id id)
{
    Hayat__Store__V1__StoredDocument copy = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    struct document_chunks chunks;
    status s = STATUS_OK;
    copy.document_id = message_bytes(txn_arena(txn), bytes_of(id.bytes, ID_BYTES));
    copy.media_type = message_text(txn_arena(txn), "application/pdf");
    copy.size_bytes = copy.committed_bytes = cleaning->copy.len;
    copy.state = DOCUMENT(CLEANED);
    copy.expire_ms = txn_now_ms(txn) + 3600000;
    TRY(document_store_new_key(txn, cleaning->c->member.owner, &copy));
    TRY(document_store_put(txn, cleaning->c->member.owner, &copy));
    TRY(document_chunks_open(txn, cleaning->c->member.owner, &copy, &chunks));
    for (uint32_t i = 0; ok(s) && i < document_chunk_count(cleaning->copy.len); i++) {
        bytes rest = bytes_skip(cleaning->copy, (size_t)i * CHUNK_PLAIN_BYTES);
        s = document_chunks_put(txn, &chunks, i, bytes_head(rest, CHUNK_PLAIN_BYTES));
    }
    document_chunks_close(&chunks);
    return s;
}

static status clean(void *ctx, struct txn *txn)
{
    const struct cleaning *cleaning = ctx;
    const struct owner owner = cleaning->c->member.owner;
    Hayat__Store__V1__StoredCleanCopy ready = HAYAT__STORE__V1__STORED_CLEAN_COPY__INIT;
    Hayat__Store__V1__StoredDocument *document;
    struct id id = id_new(txn_random(txn));
    TRY(put_copy(txn, cleaning, id));
    TRY(document_store_get(txn, owner, cleaning->c->document_ids[cleaning->document], &document));
    ready.state = HAYAT__STORE__V1__CLEAN_STATE__CLEAN_STATE_READY;
    ready.document_id = message_bytes(txn_arena(txn), bytes_of(id.bytes, ID_BYTES));
    document->clean = &ready;
    return document_store_put(txn, owner, document);
}

void reviewed_clean(struct harness *h, const struct reviewed_case *c, size_t document, bytes copy)
{
    struct cleaning cleaning = {c, document, copy};
    assert_ok(harness_write(h, clean, &cleaning));
}

/* --- calls --- */

Hayat__V1__LifeCertificate *reviewed_get(struct harness *h, const struct reviewed_case *c)
{
    Hayat__V1__GetLifeCertificateRequest request = HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
    request.life_certificate_id = c->certificate;
    return ((Hayat__V1__GetLifeCertificateResponse *)fund_call(
                h, CERTIFICATE_METHOD("GetLifeCertificate"), c->member.token, &request.base))
        ->life_certificate;
}

struct harness_reply reviewed_claim(struct harness *h, const struct harness_caller *who,
                                    const char *task)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request =
        HAYAT__BACKOFFICE__V1__CLAIM_TASK_REQUEST__INIT;
    request.task_id = message_text(&h->arena, task);
    return harness_call_as(h, REVIEW_METHOD("ClaimTask"), who, &request.base);
}
