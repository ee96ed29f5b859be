#include "tools/hayatctl/demo_pensioner.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hayat/v1/session.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "service/receipt_verify.h"

#define SIGN_IN_CONTEXT "hayat sign-in v1" /* auth/device_key.h */
#define CERTIFICATES "/hayat.v1.LifeCertificateService/"
#define MORE_NEEDED HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_MORE_NEEDED
#define CHECK(name) HAYAT__V1__DOCUMENT_CHECK_STATE__DOCUMENT_CHECK_STATE_##name

enum { STEP_BYTES = 65475, SIGN_IN_TRIES = 5, CHECK_LOOKS = 100, CHECK_LOOK_MS = 100 };

static const struct demo_method create_challenge = {
    "/hayat.v1.SessionService/CreateChallenge", &hayat__v1__create_challenge_response__descriptor};
static const struct demo_method create_session = {"/hayat.v1.SessionService/CreateSession",
                                                  &hayat__v1__create_session_response__descriptor};
static const struct demo_method create_certificate = {
    CERTIFICATES "CreateLifeCertificate", &hayat__v1__create_life_certificate_response__descriptor};
static const struct demo_method create_liveness = {
    CERTIFICATES "CreateLivenessChallenge",
    &hayat__v1__create_liveness_challenge_response__descriptor};
static const struct demo_method submit_certificate = {
    CERTIFICATES "SubmitLifeCertificate", &hayat__v1__submit_life_certificate_response__descriptor};
static const struct demo_method get_certificate = {
    CERTIFICATES "GetLifeCertificate", &hayat__v1__get_life_certificate_response__descriptor};
static const struct demo_method get_obligation = {CERTIFICATES "GetObligation",
                                                  &hayat__v1__get_obligation_response__descriptor};
static const struct demo_method get_receipt = {CERTIFICATES "GetReceipt",
                                               &hayat__v1__get_receipt_response__descriptor};
static const struct demo_method create_upload = {"/hayat.v1.UploadService/CreateUpload",
                                                 &hayat__v1__create_upload_response__descriptor};
static const struct demo_method append_chunk = {"/hayat.v1.UploadService/AppendChunk",
                                                &hayat__v1__append_chunk_response__descriptor};
static const struct demo_method cancel_upload = {"/hayat.v1.UploadService/CancelUpload",
                                                 &hayat__v1__cancel_upload_response__descriptor};

/* --- signing in --- */

static void sign(const struct demo_site *site, const struct demo_pensioner *pensioner,
                 const ProtobufCBinaryData *nonce, uint8_t ret_signature[crypto_sign_BYTES])
{
    enum { NONCE_BYTES = 32 };
    uint8_t message[sizeof(SIGN_IN_CONTEXT) + NONCE_BYTES + ID_TEXT_MAX];
    uint8_t seed[SITE_KEY_SEED_BYTES], public_key[crypto_sign_PUBLICKEYBYTES],
        secret[crypto_sign_SECRETKEYBYTES];
    char device[ID_TEXT_MAX];
    size_t nonce_len = nonce->len < NONCE_BYTES ? nonce->len : NONCE_BYTES;
    id_format(pensioner->device, "dev", device);
    memcpy(message, SIGN_IN_CONTEXT, sizeof(SIGN_IN_CONTEXT)); /* with its NUL */
    memcpy(message + sizeof(SIGN_IN_CONTEXT), nonce->data, nonce_len);
    memcpy(message + sizeof(SIGN_IN_CONTEXT) + nonce_len, device, strlen(device));
    demo_site_key_seed(site, pensioner->index, seed);
    (void)crypto_sign_seed_keypair(public_key, secret, seed);
    (void)crypto_sign_detached(ret_signature, NULL, message,
                               sizeof(SIGN_IN_CONTEXT) + nonce_len + strlen(device), secret);
}

static status try_sign_in(struct demo_caller *caller, const struct demo_pension_desk *desk,
                          const struct demo_pensioner *pensioner)
{
    char device[ID_TEXT_MAX];
    uint8_t signature[crypto_sign_BYTES];
    Hayat__V1__CreateChallengeRequest ask = HAYAT__V1__CREATE_CHALLENGE_REQUEST__INIT;
    Hayat__V1__CreateChallengeResponse *challenge;
    Hayat__V1__CreateSessionRequest answer = HAYAT__V1__CREATE_SESSION_REQUEST__INIT;
    Hayat__V1__CreateSessionResponse *session;
    id_format(pensioner->device, "dev", device);
    ask.device_id = device;
    TRY(demo_call(caller, create_challenge, &ask.base, (ProtobufCMessage **)&challenge, NULL));
    sign(desk->site, pensioner, &challenge->nonce, signature);
    answer.challenge_id = challenge->challenge_id;
    answer.signature = (ProtobufCBinaryData){sizeof signature, signature};
    TRY(demo_call(caller, create_session, &answer.base, (ProtobufCMessage **)&session, NULL));
    (void)snprintf(caller->token, sizeof caller->token, "%s", session->access_token);
    return STATUS_OK;
}

status demo_pensioner_sign_in(struct demo_caller *caller, const struct demo_pension_desk *desk,
                              const struct demo_pensioner *pensioner)
{
    status s = FAIL(CHALLENGE_INVALID);
    demo_caller_renew(caller);
    /* A challenge whose answer was lost on the way is spent. */
    for (int i = 0; i < SIGN_IN_TRIES && s.why == REASON_CHALLENGE_INVALID; i++) {
        s = try_sign_in(caller, desk, pensioner);
    }
    return s;
}

/* --- uploading --- */

/* One chunk; *OFFSET is what the server has then. */
static status send_chunk(struct demo_caller *caller, char *upload_id, const struct demo_form *form,
                         int64_t *offset)
{
    Hayat__V1__AppendChunkRequest request = HAYAT__V1__APPEND_CHUNK_REQUEST__INIT;
    Hayat__V1__AppendChunkResponse *response;
    struct rpc_error error;
    size_t left = form->len - (size_t)*offset, len = left < STEP_BYTES ? left : STEP_BYTES;
    request.upload_id = upload_id;
    request.offset = *offset;
    request.data = (ProtobufCBinaryData){len, form->bytes + *offset};
    request.finish = len == left;
    status s = demo_call(caller, append_chunk, &request.base, (ProtobufCMessage **)&response,
                         &error);
    if (ok(s)) {
        *offset = response->upload->committed_size;
    } else if (s.why == REASON_UPLOAD_COMPLETE) {
        *offset = (int64_t)form->len; /* its answer was lost on the way */
        s = STATUS_OK;
    } else if (s.why == REASON_UPLOAD_OFFSET_MISMATCH && error.committed_size >= 0) {
        *offset = error.committed_size;
        s = STATUS_OK;
    }
    return s;
}

/* What a file is. */
struct sending {
    Hayat__V1__DocumentItem item;
    char *media_type, *challenge_id; /* the second is "" but of a film */
};

static status send_file(struct demo_caller *caller, const struct demo_pensioner *pensioner,
                        const struct demo_form *form, const struct sending *sending,
                        char ret_upload[ID_TEXT_MAX])
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__CreateUploadRequest request = HAYAT__V1__CREATE_UPLOAD_REQUEST__INIT;
    Hayat__V1__CreateUploadResponse *response;
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.life_certificate_id = (char *)(uintptr_t)pensioner->certificate_id;
    request.item = sending->item;
    request.media_type = sending->media_type;
    request.liveness_challenge_id = sending->challenge_id;
    request.size_bytes = (int64_t)form->len;
    request.sha256 = (ProtobufCBinaryData){sizeof form->sha256, (uint8_t *)(uintptr_t)form->sha256};
    TRY(demo_call(caller, create_upload, &request.base, (ProtobufCMessage **)&response, NULL));
    (void)snprintf(ret_upload, ID_TEXT_MAX, "%s", response->upload->upload_id);
    for (int64_t offset = 0; offset < (int64_t)form->len;) {
        TRY(send_chunk(caller, ret_upload, form, &offset));
    }
    return STATUS_OK;
}

static status upload_pdf(struct demo_caller *caller, const struct demo_pensioner *pensioner,
                         enum demo_paper paper, Hayat__V1__DocumentItem item,
                         char ret_upload[ID_TEXT_MAX])
{
    char whose[32], media_type[] = "application/pdf", none[] = "";
    const struct sending sending = {item, media_type, none};
    (void)snprintf(whose, sizeof whose, "invented person %u", pensioner->index);
    struct demo_form form = demo_form_make(paper, whose, pensioner->form_bytes);
    status s = form.bytes == NULL ? FAIL(ARENA_FULL)
                                  : send_file(caller, pensioner, &form, &sending, ret_upload);
    demo_form_fini(&form);
    return s;
}

static status upload(struct demo_caller *caller, const struct demo_pensioner *pensioner,
                     enum demo_paper paper, char ret_upload[ID_TEXT_MAX])
{
    return upload_pdf(caller, pensioner, paper, HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM,
                      ret_upload);
}

static status open_draft(struct demo_caller *caller, struct demo_pensioner *pensioner,
                         Hayat__V1__ProofRoute route)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__CreateLifeCertificateRequest request =
        HAYAT__V1__CREATE_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__CreateLifeCertificateResponse *response;
    if (pensioner->certificate_id[0] != '\0') {
        return STATUS_OK;
    }
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.route = route;
    TRY(demo_call(caller, create_certificate, &request.base, (ProtobufCMessage **)&response, NULL));
    (void)snprintf(pensioner->certificate_id, ID_TEXT_MAX, "%s",
                   response->life_certificate->life_certificate_id);
    return STATUS_OK;
}

status demo_pensioner_begin(struct demo_caller *caller, struct demo_pensioner *pensioner,
                            enum demo_paper paper)
{
    char upload_id[ID_TEXT_MAX];
    TRY(open_draft(caller, pensioner, HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM));
    return upload(caller, pensioner, paper, upload_id);
}

/* --- filing --- */

static status look_at(struct demo_caller *caller, const struct demo_pensioner *pensioner,
                      Hayat__V1__LifeCertificate **ret_certificate)
{
    Hayat__V1__GetLifeCertificateRequest request = HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__GetLifeCertificateResponse *response;
    request.life_certificate_id = (char *)(uintptr_t)pensioner->certificate_id;
    TRY(demo_call(caller, get_certificate, &request.base, (ProtobufCMessage **)&response, NULL));
    *ret_certificate = response->life_certificate;
    return STATUS_OK;
}

static int checks_in(const Hayat__V1__LifeCertificate *certificate,
                     Hayat__V1__DocumentCheckState state)
{
    int count = 0;
    for (size_t i = 0; i < certificate->n_documents; i++) {
        const Hayat__V1__DocumentCheck *check = certificate->documents[i]->check;
        count += check != NULL && check->state == state;
    }
    return count;
}

/* Waits for the machine's word, as an app shows it before "send" can be pressed. */
static status await_check(struct demo_caller *caller, const struct demo_pensioner *pensioner,
                          bool *ret_refused)
{
    Hayat__V1__LifeCertificate *certificate;
    for (int looks = 0; looks < CHECK_LOOKS; looks++) {
        TRY(look_at(caller, pensioner, &certificate));
        *ret_refused = checks_in(certificate, CHECK(REFUSED)) > 0;
        if (checks_in(certificate, CHECK(PENDING)) == 0) {
            return STATUS_OK;
        }
        channel_pause(caller->channel, CHECK_LOOK_MS);
    }
    return STATUS_OK;
}

static status take_back(struct demo_caller *caller, char *upload_id)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__CancelUploadRequest request = HAYAT__V1__CANCEL_UPLOAD_REQUEST__INIT;
    ProtobufCMessage *response;
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.upload_id = upload_id;
    return demo_call(caller, cancel_upload, &request.base, &response, NULL);
}

static void check_receipt(const struct demo_pension_desk *desk, struct demo_pensioner *pensioner,
                          const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                          Hayat__V1__ReceiptPayload **ret_payload)
{
    bool good = receipt != NULL &&
                ok(receipt_verify(desk->receipt_key, receipt, arena, ret_payload)) &&
                strcmp((*ret_payload)->life_certificate_id, pensioner->certificate_id) == 0;
    pensioner->receipts_good += good;
    pensioner->receipts_bad += !good;
}

static status submit(struct demo_caller *caller, const struct demo_pension_desk *desk,
                     struct demo_pensioner *pensioner)
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__SubmitLifeCertificateRequest request =
        HAYAT__V1__SUBMIT_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__SubmitLifeCertificateResponse *response;
    Hayat__V1__ReceiptPayload *payload = NULL;
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.life_certificate_id = pensioner->certificate_id;
    TRY(demo_call(caller, submit_certificate, &request.base, (ProtobufCMessage **)&response, NULL));
    check_receipt(desk, pensioner, response->receipt, &caller->arena, &payload);
    if (pensioner->submissions++ == 0 && payload != NULL) {
        pensioner->in_time = payload->in_time;
    }
    return STATUS_OK;
}

status demo_pensioner_file(struct demo_caller *caller, const struct demo_pension_desk *desk,
                           struct demo_pensioner *pensioner, enum demo_paper paper)
{
    char upload_id[ID_TEXT_MAX];
    bool refused = false;
    TRY(open_draft(caller, pensioner, HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM));
    TRY(upload(caller, pensioner, paper, upload_id));
    if (paper == PAPER_BROKEN_OFF) {
        TRY(await_check(caller, pensioner, &refused));
    }
    if (refused) {
        pensioner->machine_refused = true;
        TRY(take_back(caller, upload_id));
        TRY(upload(caller, pensioner, PAPER_WHOLE, upload_id));
    }
    return submit(caller, desk, pensioner);
}

/* --- by video --- */

static status ask_for_challenge(struct demo_caller *caller, const struct demo_pensioner *pensioner,
                                char ret_id[ID_TEXT_MAX])
{
    char request_id[UUID_TEXT_BYTES];
    Hayat__V1__CreateLivenessChallengeRequest request =
        HAYAT__V1__CREATE_LIVENESS_CHALLENGE_REQUEST__INIT;
    Hayat__V1__CreateLivenessChallengeResponse *response;
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.life_certificate_id = (char *)(uintptr_t)pensioner->certificate_id;
    TRY(demo_call(caller, create_liveness, &request.base, (ProtobufCMessage **)&response, NULL));
    (void)snprintf(ret_id, ID_TEXT_MAX, "%s", response->liveness_challenge->liveness_challenge_id);
    return STATUS_OK;
}

static status upload_film(struct demo_caller *caller, const struct demo_pensioner *pensioner)
{
    char challenge[ID_TEXT_MAX], upload_id[ID_TEXT_MAX], media_type[] = "video/mp4";
    const struct sending sending = {HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO,
                                    media_type, challenge};
    TRY(ask_for_challenge(caller, pensioner, challenge));
    struct demo_form film = demo_film_make(pensioner->form_bytes);
    status s = film.bytes == NULL ? FAIL(ARENA_FULL)
                                  : send_file(caller, pensioner, &film, &sending, upload_id);
    demo_form_fini(&film);
    return s;
}

status demo_pensioner_film(struct demo_caller *caller, const struct demo_pension_desk *desk,
                           struct demo_pensioner *pensioner)
{
    char upload_id[ID_TEXT_MAX];
    TRY(open_draft(caller, pensioner, HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_LIVENESS_VIDEO));
    TRY(upload_pdf(caller, pensioner, PAPER_WHOLE, HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_IDENTITY,
                   upload_id));
    TRY(upload_film(caller, pensioner));
    return submit(caller, desk, pensioner);
}

status demo_pensioner_answer(struct demo_caller *caller, const struct demo_pension_desk *desk,
                             struct demo_pensioner *pensioner, bool *ret_asked)
{
    Hayat__V1__LifeCertificate *certificate;
    char upload_id[ID_TEXT_MAX];
    TRY(look_at(caller, pensioner, &certificate));
    *ret_asked = certificate->state == MORE_NEEDED;
    if (!*ret_asked) {
        return STATUS_OK;
    }
    TRY(upload(caller, pensioner, PAPER_WHOLE, upload_id));
    return submit(caller, desk, pensioner);
}

/* --- looking --- */

static status look_at_receipt(struct demo_caller *caller, const struct demo_pension_desk *desk,
                              struct demo_pensioner *pensioner, Hayat__V1__ReceiptKind kind)
{
    Hayat__V1__GetReceiptRequest request = HAYAT__V1__GET_RECEIPT_REQUEST__INIT;
    Hayat__V1__GetReceiptResponse *response;
    Hayat__V1__ReceiptPayload *payload;
    request.life_certificate_id = pensioner->certificate_id;
    request.kind = kind;
    status s = demo_call(caller, get_receipt, &request.base, (ProtobufCMessage **)&response, NULL);
    if (s.why == REASON_RECEIPT_NOT_ISSUED) {
        return STATUS_OK;
    }
    TRY(s);
    check_receipt(desk, pensioner, response->receipt, &caller->arena, &payload);
    return STATUS_OK;
}

status demo_pensioner_look(struct demo_caller *caller, const struct demo_pension_desk *desk,
                           struct demo_pensioner *pensioner)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    Hayat__V1__GetObligationResponse *response;
    TRY(demo_call(caller, get_obligation, &request.base, (ProtobufCMessage **)&response, NULL));
    const Hayat__V1__Obligation *obligation = response->obligation;
    pensioner->end = obligation->state;
    if (obligation->life_certificate_id[0] == '\0') {
        return STATUS_OK;
    }
    (void)snprintf(pensioner->certificate_id, ID_TEXT_MAX, "%s", obligation->life_certificate_id);
    TRY(look_at_receipt(caller, desk, pensioner, HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_FILING));
    return look_at_receipt(caller, desk, pensioner, HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_DECISION);
}
