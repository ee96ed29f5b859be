#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "message_json.h"
#include "output.h"
#include "service/receipt_text.h"

static const char *item_text(const struct hayat *hayat, Hayat__V1__DocumentItem item)
{
    enum text text = TEXT_OTHER;
    if (item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM) {
        text = TEXT_FORM;
    } else if (item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_IDENTITY) {
        text = TEXT_IDENTITY;
    } else if (item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO) {
        text = TEXT_LIVENESS_VIDEO;
    } else if (item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_WITNESS_IDENTITY) {
        text = TEXT_WITNESS_IDENTITY;
    }
    return text_get(text, hayat->language);
}

static const char *yes_no(const struct hayat *hayat, bool yes)
{
    return text_get(yes ? TEXT_YES : TEXT_NO, hayat->language);
}

static void document_rows(const struct hayat *hayat,
                          Hayat__V1__CertificateDocument *const *documents, size_t count)
{
    char line[160];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(line, sizeof line, "%s  %s  %lld", documents[i]->document_id,
                       item_text(hayat, documents[i]->item), (long long)documents[i]->size_bytes);
        output_row(hayat, TEXT_DOCUMENTS, line);
        if (documents[i]->check != NULL && documents[i]->check->text[0] != '\0') {
            output_row(hayat, TEXT_DOCUMENTS, documents[i]->check->text);
        }
    }
}

#define CERTIFICATE_STATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define OBLIGATION_STATE(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name

static const enum text certificate_states[] = {
    [CERTIFICATE_STATE(DRAFT)] = TEXT_DRAFT,
    [CERTIFICATE_STATE(SUBMITTED)] = TEXT_SUBMITTED,
    [CERTIFICATE_STATE(IN_REVIEW)] = TEXT_IN_REVIEW,
    [CERTIFICATE_STATE(MORE_NEEDED)] = TEXT_MORE_NEEDED,
    [CERTIFICATE_STATE(ACCEPTED)] = TEXT_ACCEPTED,
    [CERTIFICATE_STATE(REFUSED)] = TEXT_REFUSED,
};

static const enum text obligation_states[] = {
    [OBLIGATION_STATE(DUE)] = TEXT_OBLIGATION_DUE,
    [OBLIGATION_STATE(DRAFT)] = TEXT_DRAFT,
    [OBLIGATION_STATE(SUBMITTED)] = TEXT_SUBMITTED,
    [OBLIGATION_STATE(IN_REVIEW)] = TEXT_IN_REVIEW,
    [OBLIGATION_STATE(MORE_NEEDED)] = TEXT_MORE_NEEDED,
    [OBLIGATION_STATE(ACCEPTED)] = TEXT_ACCEPTED,
    [OBLIGATION_STATE(REFUSED)] = TEXT_REFUSED,
    [OBLIGATION_STATE(SUSPENSION_PROPOSED)] = TEXT_SUSPENSION_PROPOSED,
    [OBLIGATION_STATE(SUSPENDED)] = TEXT_PENSION_SUSPENDED,
    [OBLIGATION_STATE(REINSTATED)] = TEXT_REINSTATED,
};

/* A state of a newer server is "unknown". */
static void state_row(const struct hayat *hayat, const enum text *texts, size_t count, int state)
{
    bool known = state > 0 && (size_t)state < count;
    output_row(hayat, TEXT_STATE, text_get(known ? texts[state] : TEXT_UNKNOWN, hayat->language));
}

/* Page by page, what a person found wrong. */
static void finding_rows(const struct hayat *hayat, const Hayat__V1__CertificateDecision *decision)
{
    char line[512];
    for (size_t i = 0; decision != NULL && i < decision->n_findings; i++) {
        const Hayat__V1__Finding *finding = decision->findings[i];
        const ProtobufCEnumValue *reason = protobuf_c_enum_descriptor_get_value(
            &hayat__v1__finding_reason__descriptor, (int)finding->reason);
        const char *name = reason == NULL ? "?" : reason->name + strlen("FINDING_REASON_");
        (void)snprintf(line, sizeof line, "%s  %d  %s  %s", item_text(hayat, finding->item),
                       finding->page, finding->text[0] == '\0' ? name : finding->text,
                       finding->note);
        output_row(hayat, TEXT_FINDING, line);
    }
}

static void reminder_rows(const struct hayat *hayat, const Hayat__V1__Obligation *obligation)
{
    char line[160], sent[TIME_TEXT_MAX];
    for (size_t i = 0; i < obligation->n_reminders; i++) {
        const Hayat__V1__ObligationReminder *reminder = obligation->reminders[i];
        bool arrived = reminder->outcome == HAYAT__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_DELIVERED;
        time_text(reminder->send_time, sent);
        (void)snprintf(line, sizeof line, "%s%s%s", sent, arrived ? "  " : "",
                       arrived ? text_get(TEXT_DELIVERED, hayat->language) : "");
        output_row(hayat, TEXT_REMINDER, line);
    }
}

/* What each way needs, before anything is begun. */
static void route_rows(const struct hayat *hayat, const Hayat__V1__Obligation *obligation)
{
    if (obligation->state != OBLIGATION_STATE(DUE)) {
        return;
    }
    for (size_t i = 0; i < obligation->n_routes; i++) {
        output_row(hayat, TEXT_ROUTE, obligation->routes[i]->text);
        for (size_t j = 0; j < obligation->routes[i]->n_items; j++) {
            output_row(hayat, TEXT_NEEDED, obligation->routes[i]->items[j]->text);
        }
    }
}

static void certificate_rows(const struct hayat *hayat,
                             const Hayat__V1__LifeCertificate *certificate)
{
    char submitted[TIME_TEXT_MAX];
    bool filed = certificate->state >=
                 HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_SUBMITTED;
    output_row(hayat, TEXT_NUMBER, certificate->life_certificate_id);
    state_row(hayat, certificate_states, ARRAY_LEN(certificate_states), (int)certificate->state);
    time_text(certificate->submit_time, submitted);
    output_row(hayat, TEXT_SUBMITTED_AT, submitted);
    if (filed) {
        output_row(hayat, TEXT_IN_TIME, yes_no(hayat, certificate->in_time));
    }
    document_rows(hayat, certificate->documents, certificate->n_documents);
    finding_rows(hayat, certificate->decision);
}

status output_obligation(struct hayat *hayat, const Hayat__V1__Obligation *obligation,
                         const Hayat__V1__LifeCertificate *certificate)
{
    if (hayat->arguments.json != 0) {
        json_t *json = json_pack("{s:o}", "obligation", message_json(&obligation->base));
        if (certificate != NULL) {
            (void)json_object_set_new(json, "life_certificate", message_json(&certificate->base));
        }
        return output_json(json);
    }
    (void)printf("%s %d\n", text_get(TEXT_LIFE_CERTIFICATE, hayat->language), obligation->year);
    output_row(hayat, TEXT_PENSION, obligation->pension_number);
    output_date_row(hayat, TEXT_OPEN_FROM, obligation->open_date);
    output_date_row(hayat, TEXT_DUE_BY, obligation->due_date);
    output_date_row(hayat, TEXT_GRACE_UNTIL, obligation->grace_end_date);
    state_row(hayat, obligation_states, ARRAY_LEN(obligation_states), (int)obligation->state);
    output_row(hayat, TEXT_FULFILLED, yes_no(hayat, obligation->fulfilled));
    for (size_t i = 0; i < obligation->n_missing_items; i++) {
        output_row(hayat, TEXT_MISSING, item_text(hayat, obligation->missing_items[i]));
    }
    reminder_rows(hayat, obligation);
    route_rows(hayat, obligation);
    if (certificate != NULL) {
        certificate_rows(hayat, certificate);
    }
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

/* What was decided, and when; nothing of a filing. */
static void outcome_row(const struct hayat *hayat, const Hayat__V1__ReceiptPayload *payload)
{
    char decided[TIME_TEXT_MAX];
    if (payload->outcome == HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_UNSPECIFIED) {
        return;
    }
    bool accepted = payload->outcome == HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED;
    time_text(payload->decide_time, decided);
    output_row(
        hayat, TEXT_DECISION,
        text_get(accepted ? TEXT_DECISION_ACCEPTED : TEXT_DECISION_REFUSED, hayat->language));
    output_row(hayat, TEXT_DECIDED_AT, decided);
    output_date_row(hayat, TEXT_CONFIRMED_ON, payload->confirm_date);
    output_row(hayat, TEXT_REGISTRY_REFERENCE, payload->registry_reference);
}

static void payload_rows(const struct hayat *hayat, const Hayat__V1__ReceiptPayload *payload)
{
    char submitted[TIME_TEXT_MAX];
    time_text(payload->submit_time, submitted);
    output_row(hayat, TEXT_RECEIPT, payload->receipt_id);
    output_row(hayat, TEXT_LIFE_CERTIFICATE, payload->life_certificate_id);
    output_row(hayat, TEXT_PENSION, payload->pension_number);
    output_row(hayat, TEXT_SUBMITTED_AT, submitted);
    outcome_row(hayat, payload);
    output_date_row(hayat, TEXT_DUE_BY, payload->due_date);
    output_row(hayat, TEXT_IN_TIME, yes_no(hayat, payload->in_time));
    document_rows(hayat, payload->documents, payload->n_documents);
}

status output_filed(struct hayat *hayat, const Hayat__V1__SubmitLifeCertificateResponse *response)
{
    const Hayat__V1__SignedReceipt *receipt = response->receipt;
    if (hayat->arguments.json != 0) {
        return output_json(json_pack("{s:s, s:o, s:o}", "life_certificate_id",
                                     response->life_certificate->life_certificate_id,
                                     "life_certificate",
                                     message_json(&response->life_certificate->base), "receipt",
                                     message_json(&receipt->base)));
    }
    (void)printf("%s\n", text_get(TEXT_FILED, hayat->language));
    const Hayat__V1__ReceiptPayload *payload = hayat__v1__receipt_payload__unpack(
        &hayat->arena.allocator, receipt->payload.len, receipt->payload.data);
    if (payload != NULL) {
        payload_rows(hayat, payload);
    }
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status output_challenge(struct hayat *hayat, const Hayat__V1__LivenessChallenge *challenge)
{
    char until[TIME_TEXT_MAX];
    if (hayat->arguments.json != 0) {
        return output_json(
            json_pack("{s:o}", "liveness_challenge", message_json(&challenge->base)));
    }
    (void)printf("%s\n", text_get(TEXT_LIVENESS_CHALLENGE, hayat->language));
    for (size_t i = 0; i < challenge->n_steps; i++) {
        (void)printf("  %zu. ", i + 1);
        output_safe(stdout, challenge->steps[i]->text);
        (void)putchar('\n');
    }
    time_text(challenge->expire_time, until);
    output_row(hayat, TEXT_LIVENESS_UNTIL, until);
    (void)printf("%s\n", text_get(TEXT_LIVENESS_THEN, hayat->language));
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

status output_receipt(struct hayat *hayat, const Hayat__V1__SignedReceipt *receipt)
{
    char *text; /* a receipt is always JSON: it is made to be kept and checked */
    TRY(receipt_to_text(receipt, &hayat->arena, &text));
    json_t *json = message_json(&receipt->base);
    (void)json_object_set_new(json, "text", json_string(text));
    return output_json(json);
}

status output_verified(struct hayat *hayat, const Hayat__V1__ReceiptPayload *payload,
                       const char *key_id)
{
    if (hayat->arguments.json != 0) {
        return output_json(json_pack("{s:b, s:s, s:o}", "valid", 1, "key_id", key_id, "payload",
                                     message_json(&payload->base)));
    }
    (void)printf("%s\n", text_get(TEXT_RECEIPT_VALID, hayat->language));
    payload_rows(hayat, payload);
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}
