/*
 * challenge: `hayat certificate challenge`.  Opens a draft for a video, or takes the one that is open or was given back, and asks for a challenge;
 * `hayat certificate file --video` answers it.
 */
#include "challenge.h"

#include "base/random.h"
#include "journal.h"
#include "output.h"

static const struct method CREATE_CERTIFICATE = {
    "/hayat.v1.LifeCertificateService/CreateLifeCertificate",
    &hayat__v1__create_life_certificate_response__descriptor};
static const struct method CREATE_CHALLENGE = {
    "/hayat.v1.LifeCertificateService/CreateLivenessChallenge",
    &hayat__v1__create_liveness_challenge_response__descriptor};
static const struct method LIST_CERTIFICATES = {
    "/hayat.v1.LifeCertificateService/ListLifeCertificates",
    &hayat__v1__list_life_certificates_response__descriptor};

#define STATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define BY_VIDEO HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_LIVENESS_VIDEO

static bool takes_video(const Hayat__V1__LifeCertificate *certificate)
{
    return certificate->route == BY_VIDEO &&
           (certificate->state == STATE(DRAFT) || certificate->state == STATE(MORE_NEEDED));
}

status challenge_certificate(struct hayat *hayat, struct patience patience,
                             Hayat__V1__LifeCertificate **ret_certificate)
{
    Hayat__V1__ListLifeCertificatesRequest request =
        HAYAT__V1__LIST_LIFE_CERTIFICATES_REQUEST__INIT;
    Hayat__V1__ListLifeCertificatesResponse *response;
    request.page_size = LIMIT_PAGE_MAX; /* more than anybody has */
    TRY(hayat_call_patiently(hayat, LIST_CERTIFICATES, &request.base, patience,
                             (ProtobufCMessage **)&response));
    *ret_certificate = NULL;
    for (size_t i = 0; i < response->n_life_certificates && *ret_certificate == NULL; i++) {
        if (takes_video(response->life_certificates[i])) {
            *ret_certificate = response->life_certificates[i];
        }
    }
    return STATUS_OK;
}

static status create(struct hayat *hayat, struct patience patience, char **ret_id)
{
    Hayat__V1__CreateLifeCertificateRequest request =
        HAYAT__V1__CREATE_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__CreateLifeCertificateResponse *response;
    char request_id[UUID_TEXT_BYTES];
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.route = BY_VIDEO;
    TRY(hayat_call_patiently(hayat, CREATE_CERTIFICATE, &request.base, patience,
                             (ProtobufCMessage **)&response));
    if (response->life_certificate == NULL) {
        return FAIL(MALFORMED_REQUEST);
    }
    *ret_id = response->life_certificate->life_certificate_id;
    return STATUS_OK;
}

static status ask(struct hayat *hayat, struct patience patience, char *certificate_id,
                  Hayat__V1__LivenessChallenge **ret_challenge)
{
    Hayat__V1__CreateLivenessChallengeRequest request =
        HAYAT__V1__CREATE_LIVENESS_CHALLENGE_REQUEST__INIT;
    Hayat__V1__CreateLivenessChallengeResponse *response;
    char request_id[UUID_TEXT_BYTES];
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.life_certificate_id = certificate_id;
    TRY(hayat_call_patiently(hayat, CREATE_CHALLENGE, &request.base, patience,
                             (ProtobufCMessage **)&response));
    *ret_challenge = response->liveness_challenge;
    return *ret_challenge == NULL ? FAIL(MALFORMED_REQUEST) : STATUS_OK;
}

/* A draft that has a video, or has had all the challenges it may, is left where it is. */
static bool wants_another(status s)
{
    return s.why == REASON_UPLOAD_ITEM_TAKEN || s.why == REASON_LIVENESS_CHALLENGE_LIMIT;
}

status command_certificate_challenge(struct hayat *hayat)
{
    Hayat__V1__LifeCertificate *certificate;
    Hayat__V1__LivenessChallenge *challenge;
    TRY(hayat_load_session(hayat));
    struct retry retry = hayat_retry(hayat, SHORT_GIVE_UP_SECONDS);
    const struct patience patience = {&retry, &hayat->arena};
    TRY(challenge_certificate(hayat, patience, &certificate));
    char *id = certificate == NULL ? NULL : certificate->life_certificate_id;
    status asked = id == NULL ? FAIL(UPLOAD_ITEM_TAKEN) : ask(hayat, patience, id, &challenge);
    if (wants_another(asked)) {
        TRY(create(hayat, patience, &id));
        asked = ask(hayat, patience, id, &challenge);
    }
    TRY(asked);
    return output_challenge(hayat, challenge);
}
