#include "service/certificate_documents.h"

#include <inttypes.h>

#include "service/certificate_decision_message.h"
#include "service/document_check.h"
#include "service/liveness.h"
#include "service/message.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

status certificate_find(struct rpc *rpc, const char *text,
                        Hayat__Store__V1__StoredLifeCertificate **ret_certificate)
{
    struct id id;
    if (!id_parse(bytes_str(text), "lc", &id)) {
        return FAIL(NOT_FOUND);
    }
    return life_certificate_store_get(rpc->txn, rpc->principal->owner, id, ret_certificate);
}

/* An upload that was dropped since leaves its id behind; it counts for nothing. */
static bool counts(status found, const Hayat__Store__V1__StoredDocument *document)
{
    return ok(found) &&
           (document->state == DOCUMENT(COMPLETE) || document->state == DOCUMENT(FILED));
}

status certificate_documents_load(struct rpc *rpc,
                                  const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                  struct certificate_documents *ret_documents)
{
    return certificate_documents_load_of(rpc->txn, rpc->principal->owner, certificate,
                                         ret_documents);
}

/* *RET_DOCUMENT is NULL when it counts for nothing. */
static status load(struct txn *txn, struct owner owner, ProtobufCBinaryData document_id,
                   Hayat__Store__V1__StoredDocument **ret_document)
{
    struct id id;
    *ret_document = NULL;
    if (!id_of_binary(document_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    status found = document_store_get(txn, owner, id, ret_document);
    *ret_document = counts(found, *ret_document) ? *ret_document : NULL;
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

status certificate_documents_load_of(struct txn *txn, struct owner owner,
                                     const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                     struct certificate_documents *ret_documents)
{
    ret_documents->count = 0;
    for (size_t i = 0; i < certificate->n_document_ids; i++) {
        Hayat__Store__V1__StoredDocument *document;
        TRY(load(txn, owner, certificate->document_ids[i], &document));
        if (document != NULL && ret_documents->count < LIMIT_DOCUMENTS_PER_CERTIFICATE) {
            ret_documents->rows[ret_documents->count++] = document;
        }
    }
    return STATUS_OK;
}

status certificate_earlier_load(struct txn *txn, struct owner owner,
                                const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                struct certificate_earlier *ret_earlier)
{
    ret_earlier->count = 0;
    for (size_t i = 0; i < certificate->n_earlier_document_ids; i++) {
        Hayat__Store__V1__StoredDocument *document;
        TRY(load(txn, owner, certificate->earlier_document_ids[i], &document));
        if (document != NULL && ret_earlier->count < LIMIT_DOCUMENTS_EARLIER_LISTED) {
            ret_earlier->rows[ret_earlier->count++] = document;
        }
    }
    return STATUS_OK;
}

/* What the last decision asks for, while more is needed. */
static struct item_list asked_for(const Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    const Hayat__Store__V1__StoredCertificateDecision *decision = certificate->decision;
    struct item_list asked = {.count = 0};
    if (certificate->state != CERTIFICATE(MORE_NEEDED) || decision == NULL) {
        return asked;
    }
    for (size_t i = 0; i < decision->n_missing_items; i++) {
        item_list_add(&asked, (Hayat__V1__DocumentItem)decision->missing_items[i]);
    }
    for (size_t i = 0; i < decision->n_findings; i++) {
        item_list_add(&asked, (Hayat__V1__DocumentItem)decision->findings[i]->item);
    }
    return asked;
}

/* RULE LC-5: what the route needs and what was asked for, all of it; what was asked for must be sent anew. */
struct item_list certificate_missing(const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                     const struct certificate_documents *documents)
{
    struct item_list present = {.count = 0}, missing = {.count = 0};
    struct item_list asked = asked_for(certificate);
    for (size_t i = 0; i < documents->count; i++) {
        Hayat__V1__DocumentItem item = (Hayat__V1__DocumentItem)documents->rows[i]->item;
        if (documents->rows[i]->state == DOCUMENT(COMPLETE) || !item_list_has(&asked, item)) {
            item_list_add(&present, item);
        }
    }
    if (!certificate->on_paper) { /* else the agency has it */
        missing = items_missing((Hayat__V1__ProofRoute)certificate->route, &present);
    }
    for (size_t i = 0; i < asked.count; i++) {
        if (!item_list_has(&present, asked.items[i])) {
            item_list_add(&missing, asked.items[i]);
        }
    }
    return missing;
}

/* A document of the same item that was filed before: what is sent now stands for it. */
static bool is_replaced(struct rpc *rpc, ProtobufCBinaryData old, uint32_t item)
{
    struct id id;
    Hayat__Store__V1__StoredDocument *document;
    return item != HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_OTHER && id_of_binary(old, &id) &&
           ok(document_store_get(rpc->txn, rpc->principal->owner, id, &document)) &&
           document->item == item && document->state == DOCUMENT(FILED);
}

void certificate_drop_replaced(struct rpc *rpc,
                               Hayat__Store__V1__StoredLifeCertificate *certificate, uint32_t item)
{
    size_t kept = 0;
    for (size_t i = 0; i < certificate->n_document_ids; i++) {
        if (!is_replaced(rpc, certificate->document_ids[i], item)) {
            certificate->document_ids[kept++] = certificate->document_ids[i];
        }
    }
    certificate->n_document_ids = kept;
}

/* Another of what repeats, filed before; or one that is gone. */
static bool makes_way(struct rpc *rpc, ProtobufCBinaryData old)
{
    struct id id;
    Hayat__Store__V1__StoredDocument *document;
    if (!id_of_binary(old, &id)) {
        return false;
    }
    status found = document_store_get(rpc->txn, rpc->principal->owner, id, &document);
    return found.why == REASON_NOT_FOUND ||
           (ok(found) && document->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_OTHER &&
            document->state == DOCUMENT(FILED));
}

/* Room for COUNT more earlier ones. */
static status reserve_earlier(struct rpc *rpc, Hayat__Store__V1__StoredLifeCertificate *certificate,
                              size_t count)
{
    size_t there = certificate->n_earlier_document_ids;
    ProtobufCBinaryData *ids = arena_array(rpc->arena, there + count, sizeof *ids);
    if (ids == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < there; i++) {
        ids[i] = certificate->earlier_document_ids[i];
    }
    certificate->earlier_document_ids = ids;
    return STATUS_OK;
}

status certificate_make_way(struct rpc *rpc, Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    size_t kept = 0, count = certificate->n_document_ids;
    size_t over = count < LIMIT_DOCUMENTS_PER_CERTIFICATE
                      ? 0
                      : count + 1 - LIMIT_DOCUMENTS_PER_CERTIFICATE;
    if (over == 0) {
        return STATUS_OK;
    }
    TRY(reserve_earlier(rpc, certificate, over));
    for (size_t i = 0; i < count; i++) {
        ProtobufCBinaryData id = certificate->document_ids[i];
        if (over > 0 && makes_way(rpc, id)) {
            over--;
            certificate->earlier_document_ids[certificate->n_earlier_document_ids++] = id;
        } else {
            certificate->document_ids[kept++] = id;
        }
    }
    certificate->n_document_ids = kept;
    return STATUS_OK;
}

status certificate_add_document(struct rpc *rpc,
                                Hayat__Store__V1__StoredLifeCertificate *certificate,
                                ProtobufCBinaryData document_id)
{
    size_t count = certificate->n_document_ids;
    ProtobufCBinaryData *ids = arena_array(rpc->arena, count + 1, sizeof *ids);
    if (ids == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = certificate->document_ids[i];
    }
    ids[count] = document_id;
    certificate->document_ids = ids;
    certificate->n_document_ids = count + 1;
    certificate->version++;
    return STATUS_OK;
}

void certificate_remove_document(Hayat__Store__V1__StoredLifeCertificate *certificate,
                                 ProtobufCBinaryData document_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < certificate->n_document_ids; i++) {
        if (!bytes_equal(bytes_of_binary(certificate->document_ids[i]),
                         bytes_of_binary(document_id))) {
            certificate->document_ids[kept++] = certificate->document_ids[i];
        }
    }
    certificate->n_document_ids = kept;
    certificate->version++;
}

static status stamp_message(struct arena *arena, const Hayat__Store__V1__StoredDocument *document,
                            Hayat__V1__DocumentStamp **ret_message)
{
    Hayat__V1__DocumentStamp *message = message_new(arena, &hayat__v1__document_stamp__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->document_id = message_id(arena, "doc", document->document_id);
    message->stamp_date = message_date(arena, document->stamp->stamp_days);
    message->authority = document->stamp->authority;
    message->country_code = document->stamp->country_code;
    *ret_message = message;
    return arena_check(arena);
}

status certificate_document_message(struct arena *arena,
                                    const Hayat__Store__V1__StoredDocument *document,
                                    Hayat__V1__CertificateDocument **ret_message)
{
    Hayat__V1__CertificateDocument *message = message_new(
        arena, &hayat__v1__certificate_document__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->document_id = message_id(arena, "doc", document->document_id);
    message->item = (Hayat__V1__DocumentItem)document->item;
    message->media_type = document->media_type;
    message->size_bytes = (int64_t)document->size_bytes;
    message->sha256 = document->sha256;
    if (document->stamp != NULL) {
        TRY(stamp_message(arena, document, &message->stamp));
    }
    *ret_message = message;
    return arena_check(arena);
}

char *certificate_etag(struct rpc *rpc, const Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    return arena_printf(rpc->arena, "%" PRIu64, certificate->version);
}

status missing_items_message(struct rpc *rpc, const struct item_list *missing, size_t *ret_count,
                             Hayat__V1__DocumentItem **ret_items)
{
    Hayat__V1__DocumentItem *items = arena_array(rpc->arena, missing->count, sizeof *items);
    if (items == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < missing->count; i++) {
        items[i] = missing->items[i];
    }
    *ret_count = missing->count;
    *ret_items = items;
    return STATUS_OK;
}

status certificate_documents_message(struct rpc *rpc, Hayat__Store__V1__StoredDocument *const *rows,
                                     size_t count, Hayat__V1__CertificateDocument ***ret_messages)
{
    Hayat__V1__CertificateDocument **messages = arena_array(rpc->arena, count, sizeof *messages);
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(certificate_document_message(rpc->arena, rows[i], &messages[i]));
        TRY(document_check_message(rpc, rows[i], &messages[i]->check));
        TRY(liveness_message(rpc, rows[i]->liveness_challenge, &messages[i]->liveness_challenge));
    }
    *ret_messages = messages;
    return STATUS_OK;
}

status certificate_message(struct rpc *rpc,
                           const Hayat__Store__V1__StoredLifeCertificate *certificate,
                           const struct certificate_documents *documents,
                           Hayat__V1__LifeCertificate **ret_message)
{
    Hayat__V1__LifeCertificate *message = message_new(rpc->arena,
                                                      &hayat__v1__life_certificate__descriptor);
    struct item_list missing = certificate_missing(certificate, documents);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->life_certificate_id = message_id(rpc->arena, "lc", certificate->life_certificate_id);
    message->year = certificate->year;
    message->state = (Hayat__V1__LifeCertificateState)certificate->state;
    message->route = (Hayat__V1__ProofRoute)certificate->route;
    TRY(certificate_documents_message(rpc, documents->rows, documents->count, &message->documents));
    message->n_documents = documents->count;
    TRY(missing_items_message(rpc, &missing, &message->n_missing_items, &message->missing_items));
    message->create_time = message_time(rpc->arena, certificate->create_ms);
    if (certificate_was_filed((certificate_state)certificate->state)) {
        message->submit_time = message_time(rpc->arena, certificate->submit_ms);
        message->in_time = certificate->in_time;
    }
    if (certificate->decision != NULL) {
        TRY(certificate_decision_message(rpc, certificate->decision, &message->decision));
    }
    TRY(liveness_waiting_message(rpc, certificate, &message->liveness_challenge));
    message->round = (int32_t)certificate->round;
    message->etag = certificate_etag(rpc, certificate);
    message->filed_on_paper = certificate->on_paper;
    *ret_message = message;
    return arena_check(rpc->arena);
}
