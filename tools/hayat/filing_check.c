#include "filing_check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "output.h"
#include "text.h"

#define CERTIFICATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define CHECK(name) HAYAT__V1__DOCUMENT_CHECK_STATE__DOCUMENT_CHECK_STATE_##name
#define HINT(name) HAYAT__V1__LEGIBILITY_HINT__LEGIBILITY_HINT_##name

static const struct method GET_CERTIFICATE = {
    "/hayat.v1.LifeCertificateService/GetLifeCertificate",
    &hayat__v1__get_life_certificate_response__descriptor};
static const struct method CANCEL_UPLOAD = {"/hayat.v1.UploadService/CancelUpload",
                                            &hayat__v1__cancel_upload_response__descriptor};

struct check {
    struct hayat *hayat;
    struct journal *journal;
    struct retry *retry;
    const Hayat__V1__LifeCertificate *certificate; /* as last seen */
};

static status call(struct check *check, struct method method, const ProtobufCMessage *request,
                   ProtobufCMessage **ret_response)
{
    struct patience patience = {check->retry, &check->hayat->arena};
    return hayat_call_patiently(check->hayat, method, request, patience, ret_response);
}

static status look(struct check *check)
{
    Hayat__V1__GetLifeCertificateRequest request = HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__GetLifeCertificateResponse *response;
    request.life_certificate_id = check->journal->certificate_id;
    TRY(call(check, GET_CERTIFICATE, &request.base, (ProtobufCMessage **)&response));
    check->certificate = response->life_certificate;
    return check->certificate != NULL ? STATUS_OK : FAIL(MALFORMED_REQUEST);
}

/* "upl_X" became "doc_X". */
static const Hayat__V1__DocumentCheck *check_of(const struct check *check,
                                                const struct filing_document *document)
{
    const char *upload = strchr(document->upload_id, '_');
    for (size_t i = 0; upload != NULL && i < check->certificate->n_documents; i++) {
        const char *id = strchr(check->certificate->documents[i]->document_id, '_');
        if (id != NULL && strcmp(id, upload) == 0) {
            return check->certificate->documents[i]->check;
        }
    }
    return NULL;
}

static bool is_pending(const struct check *check)
{
    for (size_t i = 0; i < check->journal->document_count; i++) {
        const Hayat__V1__DocumentCheck *said = check_of(check, &check->journal->documents[i]);
        if (said != NULL && said->state == CHECK(PENDING)) {
            return true;
        }
    }
    return false;
}

/* Filed already, when the answer to an earlier run's submission was lost: nothing can be replaced, nor must be. */
static bool is_open(const struct check *check)
{
    return check->certificate->state == CERTIFICATE(DRAFT) ||
           check->certificate->state == CERTIFICATE(MORE_NEEDED);
}

static status wait_for_verdicts(struct check *check)
{
    int64_t end_us = clock_mono_us(&clock_system) + CHECK_WAIT_MS * 1000LL;
    TRY(look(check));
    while (is_open(check) && is_pending(check) && clock_mono_us(&clock_system) < end_us) {
        channel_pause(check->hayat->channel, CHECK_LOOK_MS);
        TRY(look(check));
    }
    return STATUS_OK;
}

/* --- telling --- */

static const char *say(const struct check *check, enum text text)
{
    return text_get(text, check->hayat->language);
}

static const char *name_of(const struct filing_document *document)
{
    const char *slash = strrchr(document->path, '/');
    return slash == NULL ? document->path : slash + 1;
}

static const char *hint_text(const struct check *check, Hayat__V1__LegibilityHint hint)
{
    return say(check, hint == HINT(BLANK)            ? TEXT_PAGE_BLANK
                      : hint == HINT(LOW_RESOLUTION) ? TEXT_PAGE_COARSE
                      : hint == HINT(LOW_CONTRAST)   ? TEXT_PAGE_PALE
                                                     : TEXT_PAGE_BLURRED);
}

static void tell_hints(const struct check *check, const struct filing_document *document,
                       const Hayat__V1__DocumentCheck *said)
{
    for (size_t i = 0; i < said->n_pages; i++) {
        const Hayat__V1__DocumentPage *page = said->pages[i];
        for (size_t j = 0; j < page->n_hints; j++) {
            (void)fprintf(stderr, "%s: %s %d: %s\n", name_of(document), say(check, TEXT_PAGE),
                          page->page, hint_text(check, page->hints[j]));
        }
    }
}

static void tell_refusal(const struct check *check, const struct filing_document *document,
                         const Hayat__V1__DocumentCheck *said)
{
    (void)fprintf(stderr, "%s: ", name_of(document));
    if (said->page > 0) {
        (void)fprintf(stderr, "%s %d: ", say(check, TEXT_PAGE), said->page);
    }
    output_safe(stderr, said->text);
    (void)fputc('\n', stderr);
}

/* --- what follows --- */

/* Where only a machine failed, a person looks. */
static bool is_refused(const Hayat__V1__DocumentCheck *said)
{
    return said->state == CHECK(REFUSED) &&
           said->reason != HAYAT__V1__DOCUMENT_CHECK_REASON__DOCUMENT_CHECK_REASON_NOT_CHECKABLE &&
           said->reason != HAYAT__V1__DOCUMENT_CHECK_REASON__DOCUMENT_CHECK_REASON_NOT_SCANNED;
}

/* What is refused keeps its certificate from being submitted until it is taken back. */
static status take_back(struct check *check, struct filing_document *document)
{
    Hayat__V1__CancelUploadRequest request = HAYAT__V1__CANCEL_UPLOAD_REQUEST__INIT;
    ProtobufCMessage *response;
    char request_id[UUID_TEXT_BYTES];
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.upload_id = document->upload_id;
    status s = call(check, CANCEL_UPLOAD, &request.base, &response);
    TRY(s.why == REASON_NOT_FOUND ? STATUS_OK : s);
    return journal_restart_document(check->journal, document, &random_system);
}

static status judge(struct check *check)
{
    bool refused = false;
    for (size_t i = 0; i < check->journal->document_count; i++) {
        struct filing_document *document = &check->journal->documents[i];
        const Hayat__V1__DocumentCheck *said = check_of(check, document);
        if (said == NULL) {
            continue;
        }
        tell_hints(check, document, said);
        if (is_refused(said)) {
            tell_refusal(check, document, said);
            TRY(take_back(check, document));
            refused = true;
        }
    }
    check->hayat->error = (struct rpc_error){.tries_left = -1}; /* ours is said, not a call's */
    return refused ? FAIL(DOCUMENT_UNUSABLE) : STATUS_OK;
}

status filing_check(struct hayat *hayat, struct journal *journal, struct retry *retry)
{
    struct check check = {.hayat = hayat, .journal = journal, .retry = retry};
    TRY(wait_for_verdicts(&check));
    return is_open(&check) ? judge(&check) : STATUS_OK;
}
