/*
 * ReviewService.ReadEvidence: a document that a task is decided on, to the agent who has claimed it.
 *
 *   the writer's: claim, budget, canary, audit entry, the copy asked for ──▶ what it is
 *   then, each in a short read transaction that looks at the claim and at the agent again (SEC-A5, D7): the copy, piece by piece
 *
 * One message is in memory at a time, and the next is read when it was taken.
 */
#include "gen/handlers.h"
#include "service/agency.h"
#include "service/certificate_documents.h"
#include "service/document_clean.h"
#include "service/liveness.h"
#include "service/message.h"
#include "service/task_kind.h"

typedef Hayat__Backoffice__V1__ReadEvidenceRequest Request;
typedef Hayat__Backoffice__V1__ReadEvidenceResponse Response;

enum { POLL_MS = 200 };

struct reading {
    struct id task, document;
    struct id copy;  /* that the offset is in */
    uint64_t offset; /* what was sent */
    bool told;       /* what it is */
};

static status reading_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    struct reading *reading = state;
    const Request *request = (const Request *)message;
    (void)rpc;
    return id_parse(bytes_str(request->task_id), "tsk", &reading->task) &&
                   id_parse(bytes_str(request->document_id), "doc", &reading->document)
               ? STATUS_OK
               : FAIL(NOT_FOUND);
}

/* The task, while the caller has it. */
static status find_mine(struct rpc *rpc, const struct reading *reading, task_row **ret_task)
{
    TRY(task_find(rpc->txn, reading->task, ret_task));
    return task_is_claimed_by(rpc->txn, *ret_task, rpc->principal->agent) ? STATUS_OK
                                                                          : FAIL(TASK_NOT_CLAIMED);
}

/* --- what it is, on the writer --- */

static status find_document(struct rpc *rpc, const task_row *task, struct id id,
                            Hayat__Store__V1__StoredDocument **ret_document)
{
    const struct task_kind_ops *ops = task_kind_of(task->kind);
    if (ops == NULL) {
        return FAIL(STORE_CORRUPT);
    }
    return ops->evidence == NULL ? FAIL(NOT_FOUND) : ops->evidence(rpc, task, id, ret_document);
}

static status reading_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                           enum stream_step *ret_step)
{
    struct reading *reading = state;
    Response *response = (Response *)message;
    Hayat__Store__V1__StoredDocument *document;
    struct agency_member found;
    task_row *task;
    TRY(find_mine(rpc, reading, &task));
    TRY(find_document(rpc, task, reading->document, &document));
    TRY(agency_open_owner(rpc, task_owner(task), &found));
    rpc_audit_object(rpc, "doc", reading->document);
    rpc_audit_purpose(rpc, "review");
    TRY(document_clean_ask(rpc->txn, found.owner, reading->document));
    TRY(certificate_document_message(rpc->arena, document, &response->document));
    reading->told = true;
    *ret_step = STREAM_SEND;
    return liveness_message(rpc, document->liveness_challenge,
                            &response->document->liveness_challenge);
}

/* --- its bytes --- */

static status find_copy(struct rpc *rpc, const struct reading *reading, struct owner *ret_owner,
                        struct document_clean *ret_clean)
{
    task_row *task;
    TRY(find_mine(rpc, reading, &task));
    *ret_owner = task_owner(task);
    return document_clean_find(rpc->txn, *ret_owner, reading->document, ret_clean);
}

static status reading_look(struct rpc *rpc, void *state, enum stream_step *ret_step)
{
    const struct reading *reading = state;
    struct document_clean clean;
    struct owner owner;
    *ret_step = STREAM_SEND;
    if (!reading->told) {
        return STATUS_OK;
    }
    TRY(find_copy(rpc, reading, &owner, &clean));
    switch (clean.state) {
    case DOCUMENT_CLEAN_READY:
        *ret_step = STREAM_READ;
        return STATUS_OK;
    case DOCUMENT_CLEAN_WAITING:
        *ret_step = STREAM_WAIT;
        return STATUS_OK;
    case DOCUMENT_CLEAN_NONE: /* it expired under a reader who took an hour: from the beginning */
        return FAIL(NOT_FOUND);
    case DOCUMENT_CLEAN_IMPOSSIBLE:
        break;
    }
    return FAIL(EVIDENCE_UNREADABLE);
}

/* Another copy than the one that was begun would not fit what was sent of it. */
static status begin(struct rpc *rpc, struct reading *reading, const struct document_clean *clean,
                    Response *response)
{
    if (reading->offset > 0) {
        bool same = memcmp(reading->copy.bytes, clean->copy.bytes, ID_BYTES) == 0;
        return same ? STATUS_OK : FAIL(NOT_FOUND);
    }
    reading->copy = clean->copy;
    response->media_type = message_text(rpc->arena, clean->media_type);
    response->size_bytes = (int64_t)clean->size_bytes;
    return arena_check(rpc->arena);
}

static status reading_read(struct rpc *rpc, void *state, ProtobufCMessage *message,
                           enum stream_step *ret_step)
{
    struct reading *reading = state;
    Response *response = (Response *)message;
    struct document_clean clean;
    struct owner owner;
    bytes piece;
    TRY(find_copy(rpc, reading, &owner, &clean));
    TRY(clean.state == DOCUMENT_CLEAN_READY ? STATUS_OK : FAIL(EVIDENCE_UNREADABLE));
    *ret_step = STREAM_END;
    if (reading->offset == clean.size_bytes) {
        return STATUS_OK;
    }
    TRY(begin(rpc, reading, &clean, response));
    TRY(document_clean_read(rpc->txn, owner, &clean, reading->offset, &piece));
    response->data = message_bytes(rpc->arena, piece);
    TRY(arena_check(rpc->arena));
    reading->offset += piece.len;
    *ret_step = STREAM_SEND;
    return STATUS_OK;
}

const struct server_stream review_read_evidence = {
    .state_size = sizeof(struct reading),
    .poll_ms = POLL_MS,
    .open = reading_open,
    .look = reading_look,
    .next = reading_next,
    .read = reading_read,
};
