/* The rows of what a life certificate is decided on. */
#include "base/array.h"
#include "service/message.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"
#include "tests/support/reviewed.h"

/* Of the case that was made last. */
static struct reviewed_case made;

static void make(struct bola *b, const struct harness_member *whom)
{
    made = reviewed_file(&b->h, whom, ROUTE(AUTHORITY_FORM));
    bola_claim(b, made.task);
}

static const char *task(struct bola *b, const struct harness_member *whom)
{
    make(b, whom);
    return made.task;
}

static const char *document(struct bola *b, const struct harness_member *whom)
{
    make(b, whom);
    return made.documents[REVIEWED_FORM];
}

static void fill_document(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__ReadEvidenceRequest *request = (void *)message;
    (void)id;
    request->document_id = message_text(
        &b->h.arena, made.documents[REVIEWED_FORM] == NULL ? "" : made.documents[REVIEWED_FORM]);
}

static void fill_task(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__ReadEvidenceRequest *request = (void *)message;
    (void)id;
    request->task_id = message_text(&b->h.arena, made.task == NULL ? "" : made.task);
}

static const struct bola_row rows[] = {
    BOLA_LOOKUPS(REVIEW_METHOD("ReadEvidence"), "task_id", task, fill_document, "tsk_" BOLA_NO_ID),
    BOLA_LOOKUPS(REVIEW_METHOD("ReadEvidence"), "document_id", document, fill_task,
                 "doc_" BOLA_NO_ID),
};

const struct bola_set bola_review_rows = BOLA_SET(rows);
