/*
 * output: results on standard output: JSON with --json, else a page for people in their language.
 *
 * Texts from the server are shown without control characters, so a name cannot drive the terminal.
 */
#ifndef HAYAT_CLI_OUTPUT_H
#define HAYAT_CLI_OUTPUT_H

#include <jansson.h>

#include "hayat.h"
#include "hayat/v1/card.pb-c.h"
#include "hayat/v1/home.pb-c.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "text.h"

status output_signed_in(struct hayat *hayat);
/* One sentence; nothing with --json. */
status output_said(struct hayat *hayat, enum text sentence);
status output_token(struct hayat *hayat);
status output_card(struct hayat *hayat, const Hayat__V1__Card *card);
status output_home(struct hayat *hayat, const Hayat__V1__GetHomeResponse *home);
/* CERTIFICATE may be NULL. */
status output_obligation(struct hayat *hayat, const Hayat__V1__Obligation *obligation,
                         const Hayat__V1__LifeCertificate *certificate);
status output_filed(struct hayat *hayat, const Hayat__V1__SubmitLifeCertificateResponse *response);
/* What to do and to say, in order, and until when. */
status output_challenge(struct hayat *hayat, const Hayat__V1__LivenessChallenge *challenge);
status output_receipt(struct hayat *hayat, const Hayat__V1__SignedReceipt *receipt);
status output_verified(struct hayat *hayat, const Hayat__V1__ReceiptPayload *payload,
                       const char *key_id);

/* "Label        value" */
void output_row(const struct hayat *hayat, enum text label, const char *value);
void output_date_row(const struct hayat *hayat, enum text label, const Google__Type__Date *date);
/* Takes JSON over. */
status output_json(json_t *json);
/* Without control characters. */
void output_safe(FILE *file, const char *text);

#endif
