#include "service/document_check.h"

#include <assert.h>

#include "base/array.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/notification.h"
#include "storage/audit_store.h"
#include "storage/check_due_store.h"

#define STATE(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

/* --- reasons --- */

static const struct {
    const char *name;
    bool blocks;
    const char *text[3];
} reasons[] = {
#define DOCUMENT_CHECK(name, blocks, en, fr, ar)                                                   \
    [HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##                                               \
        name] = {#name, blocks, {[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar}},
#include "service/document_checks.def"
};

/* Of a liveness video; NULL where the words are the same. */
static const char *const video_texts[][3] = {
#define DOCUMENT_CHECK_VIDEO(name, en, fr, ar)                                                     \
    [HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##                                               \
        name] = {[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar},
#include "service/document_checks.def"
};

static bool is_known(Hayat__Store__V1__CheckReason reason)
{
    return (size_t)reason < ARRAY_LEN(reasons) && reasons[reason].name != NULL;
}

const char *document_check_reason_name(Hayat__Store__V1__CheckReason reason)
{
    return is_known(reason) ? reasons[reason].name : "UNSPECIFIED";
}

const char *document_check_text(const Hayat__Store__V1__StoredDocument *document,
                                enum language language)
{
    const Hayat__Store__V1__CheckReason reason = document->check->reason;
    const bool is_video = document->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO;
    if (is_video && (size_t)reason < ARRAY_LEN(video_texts) && video_texts[reason][0] != NULL) {
        return video_texts[reason][language];
    }
    return is_known(reason) ? reasons[reason].text[language] : "";
}

Hayat__Store__V1__CheckState document_check_state(const Hayat__Store__V1__StoredDocument *document)
{
    return document->check != NULL ? document->check->state : STATE(NOT_CHECKED);
}

bool document_check_blocks(const Hayat__Store__V1__StoredDocument *document)
{
    return document_check_state(document) == STATE(REFUSED) && is_known(document->check->reason) &&
           reasons[document->check->reason].blocks;
}

/* --- asking, and the answer --- */

static void count_pending(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    uint32_t *waiting = ctx;
    *waiting += document_check_state(document) == STATE(PENDING) ? 1 : 0;
}

status document_check_ask(struct txn *txn, struct owner owner,
                          Hayat__Store__V1__StoredDocument *document)
{
    struct check_due due = {.queue = CHECK_QUEUE_CHECK, .owner = owner};
    uint32_t waiting = 0;
    document_check_row *check = arena_alloc(txn_arena(txn), sizeof *check);
    if (check == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (!id_of_binary(document->document_id, &due.document)) {
        return FAIL(STORE_CORRUPT);
    }
    hayat__store__v1__stored_document_check__init(check);
    check->state = STATE(PENDING);
    document->check = check;
    TRY(document_store_each(txn, owner, count_pending, &waiting));
    TRY(check_due_store_turn(txn, CHECK_QUEUE_CHECK, waiting, &due.time_ms));
    return check_due_store_put(txn, &due);
}

static bool awaits(const Hayat__Store__V1__StoredDocument *document)
{
    return document_check_state(document) == STATE(PENDING) &&
           (document->state == DOCUMENT(COMPLETE) || document->state == DOCUMENT(FILED));
}

/* What was filed cannot be used, and who filed it is not looking at the draft any more. */
static status tell_refusal(struct txn *txn, struct owner owner,
                           const Hayat__Store__V1__StoredDocument *document, struct id certificate)
{
    if (document->state != DOCUMENT(FILED) || !document_check_blocks(document)) {
        return STATUS_OK;
    }
    return notification_add(
        txn, &(struct notification){.owner = owner,
                                    .kind = NOTIFICATION_LIFE_CERTIFICATE_DOCUMENT_REFUSED,
                                    .object_type = "lc",
                                    .object = certificate});
}

status document_check_done(struct txn *txn, struct owner owner, struct id id,
                           const document_check_row *verdict)
{
    Hayat__Store__V1__StoredDocument *document;
    status found = document_store_get(txn, owner, id, &document);
    if (found.why == REASON_NOT_FOUND || (ok(found) && !awaits(document))) {
        return STATUS_OK;
    }
    TRY(found);
    document_check_row check = *verdict;
    assert(check.state != STATE(PENDING));
    check.time_ms = txn_now_ms(txn);
    document->check = &check;
    TRY(document_store_put(txn, owner, document));
    TRY(audit_append(txn, &(struct audit_event){.event = "document.checked",
                                                .actor_kind = AUDIT_ACTOR_SYSTEM,
                                                .subject = owner,
                                                .object_type = "doc",
                                                .object = id,
                                                .outcome = REASON_OK}));
    struct id certificate;
    if (!id_of_binary(document->life_certificate_id, &certificate)) {
        return STATUS_OK;
    }
    TRY(tell_refusal(txn, owner, document, certificate));
    return certificate_checked(txn, owner, certificate);
}

/* --- a certificate's --- */

static void count(struct document_verdicts *verdicts,
                  const Hayat__Store__V1__StoredDocument *document)
{
    switch (document_check_state(document)) {
    case STATE(PENDING):
        verdicts->pending++;
        break;
    case STATE(PASSED):
        verdicts->passed++;
        break;
    case STATE(REFUSED):
        verdicts->refused++;
        break;
    case STATE(NOT_CHECKED):
    case STATE(UNSPECIFIED):
    case _HAYAT__STORE__V1__CHECK_STATE_IS_INT_SIZE:
        verdicts->not_checked++;
        break;
    }
}

status document_check_verdicts(struct txn *txn, struct owner owner,
                               const Hayat__Store__V1__StoredLifeCertificate *certificate,
                               struct document_verdicts *ret_verdicts)
{
    *ret_verdicts = (struct document_verdicts){0};
    for (size_t i = 0; i < certificate->n_document_ids; i++) {
        struct id id;
        Hayat__Store__V1__StoredDocument *document;
        if (!id_of_binary(certificate->document_ids[i], &id)) {
            return FAIL(STORE_CORRUPT);
        }
        status found = document_store_get(txn, owner, id, &document);
        if (found.why == REASON_NOT_FOUND) {
            continue; /* an upload that was dropped since */
        }
        TRY(found);
        if (document->state == DOCUMENT(COMPLETE) || document->state == DOCUMENT(FILED)) {
            count(ret_verdicts, document);
        }
    }
    return STATUS_OK;
}

/* --- as the API shows it --- */

static status page_message(struct arena *arena, const Hayat__Store__V1__StoredPage *page,
                           Hayat__V1__DocumentPage **ret_message)
{
    Hayat__V1__DocumentPage *message = message_new(arena, &hayat__v1__document_page__descriptor);
    Hayat__V1__LegibilityHint *hints = arena_array(arena, page->n_hints, sizeof *hints);
    if (message == NULL || hints == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < page->n_hints; i++) {
        hints[i] = (Hayat__V1__LegibilityHint)page->hints[i];
    }
    message->page = (int32_t)page->page;
    message->n_hints = page->n_hints;
    message->hints = hints;
    *ret_message = message;
    return STATUS_OK;
}

/* Only pages there is something to say about. */
static status fill_pages(struct arena *arena, const document_check_row *check,
                         Hayat__V1__DocumentCheck *message)
{
    message->pages = arena_array(arena, check->n_pages, sizeof(Hayat__V1__DocumentPage *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < check->n_pages; i++) {
        if (check->pages[i]->n_hints > 0) {
            TRY(page_message(arena, check->pages[i], &message->pages[message->n_pages]));
            message->n_pages++;
        }
    }
    return STATUS_OK;
}

status document_check_message(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *document,
                              Hayat__V1__DocumentCheck **ret_message)
{
    Hayat__V1__DocumentCheck *message = message_new(rpc->arena,
                                                    &hayat__v1__document_check__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->state = (Hayat__V1__DocumentCheckState)document_check_state(document);
    if (document->check != NULL) {
        const document_check_row *check = document->check;
        message->reason = (Hayat__V1__DocumentCheckReason)check->reason;
        message->page = (int32_t)check->page;
        message->page_count = (int32_t)check->page_count;
        message->text = message_text(rpc->arena, document_check_text(document, rpc->language));
        TRY(fill_pages(rpc->arena, check, message));
    }
    *ret_message = message;
    return arena_check(rpc->arena);
}
