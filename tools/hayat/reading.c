/* reading: the commands that show something: card, home, certificate status, receipt get. */
#include <string.h>

#include "hayat.h"
#include "output.h"
#include "receipt_paper.h"

static const struct method GET_CARD = {"/hayat.v1.CardService/GetCard",
                                       &hayat__v1__get_card_response__descriptor};
static const struct method GET_HOME = {"/hayat.v1.HomeService/GetHome",
                                       &hayat__v1__get_home_response__descriptor};
static const struct method GET_OBLIGATION = {"/hayat.v1.LifeCertificateService/GetObligation",
                                             &hayat__v1__get_obligation_response__descriptor};
static const struct method GET_CERTIFICATE = {
    "/hayat.v1.LifeCertificateService/GetLifeCertificate",
    &hayat__v1__get_life_certificate_response__descriptor};
static const struct method GET_RECEIPT = {"/hayat.v1.LifeCertificateService/GetReceipt",
                                          &hayat__v1__get_receipt_response__descriptor};

status command_card(struct hayat *hayat)
{
    Hayat__V1__GetCardRequest request = HAYAT__V1__GET_CARD_REQUEST__INIT;
    Hayat__V1__GetCardResponse *response;
    if (hayat->arguments.operand != NULL) {
        request.card_id = (char *)(uintptr_t)hayat->arguments.operand;
    }
    TRY(hayat_call(hayat, GET_CARD, &request.base, (ProtobufCMessage **)&response));
    return response->card == NULL ? FAIL(MALFORMED_REQUEST) : output_card(hayat, response->card);
}

status command_home(struct hayat *hayat)
{
    Hayat__V1__GetHomeRequest request = HAYAT__V1__GET_HOME_REQUEST__INIT;
    Hayat__V1__GetHomeResponse *response;
    TRY(hayat_call(hayat, GET_HOME, &request.base, (ProtobufCMessage **)&response));
    return output_home(hayat, response);
}

static status get_obligation(struct hayat *hayat, Hayat__V1__Obligation **ret)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    Hayat__V1__GetObligationResponse *response;
    TRY(hayat_call(hayat, GET_OBLIGATION, &request.base, (ProtobufCMessage **)&response));
    *ret = response->obligation;
    return response->obligation == NULL ? FAIL(MALFORMED_REQUEST) : STATUS_OK;
}

status command_certificate_status(struct hayat *hayat)
{
    Hayat__V1__Obligation *obligation;
    Hayat__V1__LifeCertificate *certificate = NULL;
    TRY(get_obligation(hayat, &obligation));
    if (obligation->life_certificate_id[0] != '\0') {
        Hayat__V1__GetLifeCertificateRequest request =
            HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
        Hayat__V1__GetLifeCertificateResponse *response;
        request.life_certificate_id = obligation->life_certificate_id;
        TRY(hayat_call(hayat, GET_CERTIFICATE, &request.base, (ProtobufCMessage **)&response));
        certificate = response->life_certificate;
    }
    return output_obligation(hayat, obligation, certificate);
}

status command_receipt_get(struct hayat *hayat)
{
    Hayat__V1__GetReceiptRequest request = HAYAT__V1__GET_RECEIPT_REQUEST__INIT;
    Hayat__V1__GetReceiptResponse *response;
    if (hayat->arguments.operand != NULL) {
        request.life_certificate_id = (char *)(uintptr_t)hayat->arguments.operand;
    } else {
        Hayat__V1__Obligation *obligation;
        TRY(get_obligation(hayat, &obligation));
        request.life_certificate_id = obligation->life_certificate_id;
    }
    if (request.life_certificate_id[0] == '\0') {
        return FAIL(RECEIPT_NOT_ISSUED);
    }
    request.kind = hayat->arguments.decision != 0 ? HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_DECISION
                                                  : HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_FILING;
    TRY(hayat_call(hayat, GET_RECEIPT, &request.base, (ProtobufCMessage **)&response));
    if (response->receipt == NULL) {
        return FAIL(MALFORMED_REQUEST);
    }
    if (hayat->arguments.pdf != NULL) {
        TRY(receipt_print(hayat, response->receipt, hayat->arguments.pdf));
    }
    return output_receipt(hayat, response->receipt);
}
