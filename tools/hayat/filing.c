/*
 * filing: `hayat certificate file`.  Draft (or the certificate that the fund gave back, or the one whose challenge a video follows), one upload after the
 * other, the video first, whose challenge does not wait; submit.  Each step is in the
 * journal before and after it happens, so the command can be cut anywhere and run again.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "challenge.h"
#include "files.h"
#include "filing_check.h"
#include "hayat.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "json_file.h"
#include "media.h"
#include "message_json.h"
#include "output.h"
#include "text.h"
#include "upload.h"
#include "usage.h"

static const struct method CREATE_CERTIFICATE = {
    "/hayat.v1.LifeCertificateService/CreateLifeCertificate",
    &hayat__v1__create_life_certificate_response__descriptor};
static const struct method GET_OBLIGATION = {"/hayat.v1.LifeCertificateService/GetObligation",
                                             &hayat__v1__get_obligation_response__descriptor};
static const struct method SUBMIT_CERTIFICATE = {
    "/hayat.v1.LifeCertificateService/SubmitLifeCertificate",
    &hayat__v1__submit_life_certificate_response__descriptor};
static const struct method CREATE_UPLOAD = {"/hayat.v1.UploadService/CreateUpload",
                                            &hayat__v1__create_upload_response__descriptor};

#define OBLIGATION(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name

struct filing {
    struct hayat *hayat;
    struct journal journal;
    struct retry retry;
    const Hayat__V1__Obligation
        *filed; /* this year's is filed already, and no other was asked for */
};

static bool take_id(char out[ID_TEXT_MAX], const char *id)
{
    int n = snprintf(out, ID_TEXT_MAX, "%s", id);
    return n > 0 && n < ID_TEXT_MAX;
}

static status add_document(struct filing *filing, const char *path, int32_t item)
{
    struct journal *journal = &filing->journal;
    if (journal->document_count == LIMIT_DOCUMENTS_PER_CERTIFICATE) {
        return usage_wrong("--other", TEXT_USE_FEWER);
    }
    struct filing_document *document = &journal->documents[journal->document_count++];
    document->path = path;
    document->item = item;
    status s = media_inspect(document);
    if (!ok(s)) {
        (void)fprintf(stderr, "%s: ", path);
    }
    return s;
}

static status route_of(const struct arguments *arguments, int32_t *ret_route)
{
    const char *name = arguments->route;
    const bool by_video = name == NULL ? arguments->video != NULL : strcmp(name, "video") == 0;
    if (by_video || arguments->video != NULL) {
        *ret_route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_LIVENESS_VIDEO;
        return by_video && arguments->form == NULL ? STATUS_OK
                                                   : usage_wrong("--video", TEXT_USE_VIDEO);
    }
    if (name == NULL || strcmp(name, "authority") == 0) {
        *ret_route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM;
        return STATUS_OK;
    }
    *ret_route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_WITNESSED_FORM;
    return strcmp(name, "witnessed") == 0 ? STATUS_OK : usage_wrong("--route", TEXT_USE_ROUTE);
}

/* What the command line asks to file; every document is looked at before anything is sent. */
static status plan(struct filing *filing)
{
    const struct arguments *arguments = &filing->hayat->arguments;
    TRY(route_of(arguments, &filing->journal.route));
    if (arguments->video != NULL) {
        TRY(add_document(filing, arguments->video,
                         HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO));
    }
    if (arguments->form != NULL) {
        TRY(add_document(filing, arguments->form, HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM));
    }
    if (arguments->identity != NULL) {
        TRY(add_document(filing, arguments->identity,
                         HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_IDENTITY));
    }
    for (int i = 0; i < arguments->other_count; i++) {
        TRY(add_document(filing, arguments->others[i],
                         HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_OTHER));
    }
    return STATUS_OK;
}

static status call(struct filing *filing, struct method method, const ProtobufCMessage *request,
                   ProtobufCMessage **ret_response)
{
    struct patience patience = {&filing->retry, &filing->hayat->arena};
    TRY(hayat_call_patiently(filing->hayat, method, request, patience, ret_response));
    retry_progress(&filing->retry);
    return STATUS_OK;
}

/* Nothing is to be sent: the fund has it, or life is proven. */
static bool has_been_filed(const Hayat__V1__Obligation *obligation)
{
    return obligation->state == OBLIGATION(SUBMITTED) ||
           obligation->state == OBLIGATION(IN_REVIEW) ||
           obligation->state == OBLIGATION(ACCEPTED) || obligation->state == OBLIGATION(REINSTATED);
}

/* One that the fund gave back because more was needed is filed again, with what is sent now. */
static status find_given_back(struct filing *filing)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    Hayat__V1__GetObligationResponse *response;
    TRY(call(filing, GET_OBLIGATION, &request.base, (ProtobufCMessage **)&response));
    const Hayat__V1__Obligation *obligation = response->obligation;
    if (obligation == NULL) {
        return FAIL(MALFORMED_REQUEST);
    }
    if (has_been_filed(obligation) && filing->hayat->arguments.again == 0) {
        filing->filed = obligation;
        return STATUS_OK;
    }
    if (obligation->state != OBLIGATION(MORE_NEEDED)) {
        return usage_needs(filing->hayat->arguments.form, "--form", TEXT_USE_FILE);
    }
    if (!take_id(filing->journal.certificate_id, obligation->life_certificate_id)) {
        return FAIL(MALFORMED_REQUEST);
    }
    return journal_save(&filing->journal);
}

/* --- by video: `hayat certificate challenge` has opened the certificate --- */

static bool is_by_video(const struct filing *filing)
{
    return filing->journal.route == HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_LIVENESS_VIDEO;
}

static status find_by_video(struct filing *filing, Hayat__V1__LifeCertificate **ret_certificate)
{
    TRY(challenge_certificate(
        filing->hayat, (struct patience){&filing->retry, &filing->hayat->arena}, ret_certificate));
    retry_progress(&filing->retry);
    return *ret_certificate != NULL ? STATUS_OK : FAIL(LIVENESS_CHALLENGE_INVALID);
}

static status take_certificate_by_video(struct filing *filing)
{
    Hayat__V1__LifeCertificate *certificate;
    TRY(find_by_video(filing, &certificate));
    if (!take_id(filing->journal.certificate_id, certificate->life_certificate_id)) {
        return FAIL(MALFORMED_REQUEST);
    }
    return journal_save(&filing->journal);
}

/* The one that waits now; the same again when the declaration is repeated. */
static status take_challenge(struct filing *filing, struct filing_document *document)
{
    Hayat__V1__LifeCertificate *certificate;
    if (document->item != HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO ||
        document->challenge_id[0] != '\0') {
        return STATUS_OK;
    }
    TRY(find_by_video(filing, &certificate));
    if (certificate->liveness_challenge == NULL ||
        strcmp(certificate->life_certificate_id, filing->journal.certificate_id) != 0) {
        return FAIL(LIVENESS_CHALLENGE_INVALID);
    }
    return take_id(document->challenge_id, certificate->liveness_challenge->liveness_challenge_id)
               ? journal_save(&filing->journal)
               : FAIL(MALFORMED_REQUEST);
}

/* --- the steps --- */

static status create_certificate(struct filing *filing)
{
    struct journal *journal = &filing->journal;
    if (journal->certificate_id[0] == '\0') {
        TRY(is_by_video(filing) ? take_certificate_by_video(filing) : find_given_back(filing));
    }
    if (journal->certificate_id[0] != '\0' || filing->filed != NULL) {
        return STATUS_OK;
    }
    Hayat__V1__CreateLifeCertificateRequest request =
        HAYAT__V1__CREATE_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__CreateLifeCertificateResponse *response;
    request.request_id = journal->create_request_id;
    request.route = (Hayat__V1__ProofRoute)journal->route;
    TRY(call(filing, CREATE_CERTIFICATE, &request.base, (ProtobufCMessage **)&response));
    if (response->life_certificate == NULL ||
        !take_id(journal->certificate_id, response->life_certificate->life_certificate_id)) {
        return FAIL(MALFORMED_REQUEST);
    }
    return journal_save(journal);
}

static status create_upload(struct filing *filing, struct filing_document *document)
{
    if (document->upload_id[0] != '\0') {
        return STATUS_OK;
    }
    TRY(take_challenge(filing, document));
    Hayat__V1__CreateUploadRequest request = HAYAT__V1__CREATE_UPLOAD_REQUEST__INIT;
    Hayat__V1__CreateUploadResponse *response;
    request.request_id = document->request_id;
    request.life_certificate_id = filing->journal.certificate_id;
    request.item = (Hayat__V1__DocumentItem)document->item;
    request.media_type = (char *)(uintptr_t)document->media_type;
    request.size_bytes = document->size_bytes;
    request.sha256 = (ProtobufCBinaryData){SHA256_BYTES, document->sha256};
    request.liveness_challenge_id = document->challenge_id;
    status created = call(filing, CREATE_UPLOAD, &request.base, (ProtobufCMessage **)&response);
    if (created.why ==
        REASON_LIVENESS_CHALLENGE_INVALID) { /* it ran out: another will be asked for */
        TRY(journal_restart_document(&filing->journal, document, &random_system));
    }
    TRY(created);
    if (response->upload == NULL || !take_id(document->upload_id, response->upload->upload_id)) {
        return FAIL(MALFORMED_REQUEST);
    }
    return journal_save(&filing->journal);
}

static status send_document(struct filing *filing, struct filing_document *document)
{
    if (document->complete) {
        return STATUS_OK;
    }
    TRY(create_upload(filing, document));
    status s = upload_document(filing->hayat, document, &filing->retry);
    if (s.why == REASON_UPLOAD_EXPIRED) {
        /* The journal is older than the upload's life: the bytes are gone, the draft may still
         * stand. */
        TRY(journal_restart_document(&filing->journal, document, &random_system));
        TRY(create_upload(filing, document));
        s = upload_document(filing->hayat, document, &filing->retry);
    }
    TRY(s);
    document->complete = true;
    return journal_save(&filing->journal);
}

static status submit(struct filing *filing, Hayat__V1__SubmitLifeCertificateResponse **ret_response)
{
    Hayat__V1__SubmitLifeCertificateRequest request =
        HAYAT__V1__SUBMIT_LIFE_CERTIFICATE_REQUEST__INIT;
    request.request_id = filing->journal.submit_request_id;
    request.life_certificate_id = filing->journal.certificate_id;
    TRY(call(filing, SUBMIT_CERTIFICATE, &request.base, (ProtobufCMessage **)ret_response));
    bool complete = (*ret_response)->life_certificate != NULL && (*ret_response)->receipt != NULL;
    return complete ? STATUS_OK : FAIL(MALFORMED_REQUEST);
}

static status steps(struct filing *filing, Hayat__V1__SubmitLifeCertificateResponse **ret_response)
{
    TRY(create_certificate(filing));
    if (filing->filed != NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < filing->journal.document_count; i++) {
        TRY(send_document(filing, &filing->journal.documents[i]));
    }
    TRY(filing_check(filing->hayat, &filing->journal, &filing->retry));
    return submit(filing, ret_response);
}

/* What there is already, instead of a second filing by mistake. */
static status tell_filed(struct filing *filing)
{
    bool waits = filing->filed->state == OBLIGATION(SUBMITTED) ||
                 filing->filed->state == OBLIGATION(IN_REVIEW);
    TRY(journal_finish(&filing->journal));
    if (filing->hayat->arguments.json != 0) {
        return output_obligation(filing->hayat, filing->filed, NULL);
    }
    return output_said(filing->hayat, waits ? TEXT_FILED_ALREADY : TEXT_PROVEN_ALREADY);
}

/* Into --out, or receipts/LC_ID.json in hayat's own directory. */
static status receipt_path(const struct filing *filing, char out[PATH_MAX])
{
    char directory[PATH_MAX], name[ID_TEXT_MAX + 8];
    const char *asked = filing->hayat->arguments.out;
    if (asked != NULL) {
        int n = snprintf(out, PATH_MAX, "%s", asked);
        return n > 0 && n < PATH_MAX ? STATUS_OK : usage_wrong("--out", TEXT_USE_FILE);
    }
    TRY(path_join(filing->hayat->directory, "receipts", directory));
    if (mkdir(directory, S_IRWXU) != 0 && errno != EEXIST) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)snprintf(name, sizeof name, "%s.json", filing->journal.certificate_id);
    return path_join(directory, name, out);
}

static status save_receipt(const struct filing *filing, const Hayat__V1__SignedReceipt *receipt)
{
    char path[PATH_MAX];
    TRY(receipt_path(filing, path));
    TRY(json_replace_file(path, message_json(&receipt->base)));
    (void)fprintf(stderr, "%s: %s\n", text_get(TEXT_RECEIPT_SAVED, filing->hayat->language), path);
    return STATUS_OK;
}

/* What the journal remembers is gone from the server (too old, or another server): the draft
 * must be made anew. */
static bool stale(const struct filing *filing, status s)
{
    return filing->journal.resumed &&
           (s.why == REASON_NOT_FOUND || s.why == REASON_UPLOAD_EXPIRED ||
            s.why == REASON_REQUEST_ID_REUSED);
}

static status run(struct filing *filing)
{
    Hayat__V1__SubmitLifeCertificateResponse *response;
    if (filing->journal.resumed) {
        (void)fprintf(stderr, "%s\n", text_get(TEXT_GOING_ON, filing->hayat->language));
    }
    status s = steps(filing, &response);
    if (stale(filing, s)) {
        TRY(journal_restart(&filing->journal, &random_system));
        s = steps(filing, &response);
    }
    TRY(s);
    if (filing->filed != NULL) {
        return tell_filed(filing);
    }
    TRY(save_receipt(filing, response->receipt));
    TRY(output_filed(filing->hayat, response));
    return journal_finish(&filing->journal);
}

/* --- being stopped --- */

static char stopped_note[256];

/* The journal is always in order, so there is nothing to tidy up: says so, and ends as the signal would have it. */
static void on_stop(int signal_number)
{
    ssize_t told = write(STDERR_FILENO, stopped_note, strlen(stopped_note));
    (void)told;
    (void)raise(signal_number); /* SA_RESETHAND: this one ends us */
}

static void expect_stop(const struct hayat *hayat)
{
    struct sigaction action = {.sa_handler = on_stop,
                               .sa_flags = (int)(SA_RESETHAND | (unsigned)SA_NODEFER)};
    (void)snprintf(stopped_note, sizeof stopped_note, "\n%s\n",
                   text_get(TEXT_INTERRUPTED, hayat->language));
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

status command_certificate_file(struct hayat *hayat)
{
    struct filing filing = {.hayat = hayat, .journal.lock_fd = -1};
    TRY(plan(&filing));
    if (filing.journal.document_count == 0) {
        return usage_wrong("--form", TEXT_USE_FILE);
    }
    TRY(hayat_load_session(hayat));
    expect_stop(hayat);
    filing.retry = hayat_retry(hayat, DEFAULT_GIVE_UP_SECONDS);
    status s = journal_open(&filing.journal, hayat->directory, hayat->session.device_id,
                            &random_system);
    if (ok(s)) {
        s = run(&filing);
    }
    journal_close(&filing.journal);
    return s;
}
