#include "tests/support/paper_receipt.h"

#include "base/array.h"
#include "base/clock.h"
#include "service/certificate_findings.h"
#include "service/message.h"
#include "tests/support/cm.h"

#define FINDING(name) HAYAT__V1__FINDING_REASON__FINDING_REASON_##name
#define ITEM(name) HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_##name

enum { SEED = 7, HOUR_MS = 3600 * 1000 };

static const int64_t filed_ms = 1772443800000; /* 2026-03-02 09:30 UTC */

void paper_receipt_signer(struct receipt_signer *signer)
{
    static struct seal_keys keys;
    keys.current[DOMAIN_RECEIPT] = 1;
    memset(keys.key[DOMAIN_RECEIPT][1].bytes, SEED, SEAL_KEY_BYTES);
    receipt_signer_init(signer, &keys);
}

/* Ids of repeated bytes. */
static char *id_text(struct arena *arena, const char *prefix, uint8_t byte)
{
    struct id id;
    memset(id.bytes, byte, sizeof id.bytes);
    return message_id_of(arena, prefix, id);
}

static Hayat__V1__CertificateDocument *document(struct arena *arena, uint8_t number)
{
    static const Hayat__V1__DocumentItem items[] = {ITEM(FORM), ITEM(IDENTITY),
                                                    ITEM(LIVENESS_VIDEO), ITEM(WITNESS_IDENTITY)};
    uint8_t digest[RECEIPT_DIGEST_BYTES];
    Hayat__V1__CertificateDocument *made = message_new(
        arena, &hayat__v1__certificate_document__descriptor);
    assert_non_null(made);
    memset(digest, 0xA0 + number, sizeof digest);
    made->document_id = id_text(arena, "doc", (uint8_t)(16 + number));
    made->item = number < ARRAY_LEN(items) ? items[number] : ITEM(OTHER);
    made->media_type = message_text(arena, number == 0 ? "application/pdf" : "image/jpeg");
    made->size_bytes = 112304 + number;
    if (number >= 2) {
        made->stamp = message_new(arena, &hayat__v1__document_stamp__descriptor);
        assert_non_null(made->stamp);
        made->stamp->stamp_date = message_date(arena, date_to_days((struct date){2026, 2, 27}));
        made->stamp->country_code = message_text(arena, "FR");
    }
    made->sha256 = message_bytes(arena, bytes_of(digest, sizeof digest));
    return made;
}

Hayat__V1__ReceiptPayload *paper_receipt_filing(struct arena *arena, size_t documents)
{
    Hayat__V1__ReceiptPayload *payload = message_new(arena,
                                                     &hayat__v1__receipt_payload__descriptor);
    assert_non_null(payload);
    payload->kind = message_text(arena, RECEIPT_KIND);
    payload->receipt_id = id_text(arena, "rcp", 1);
    payload->life_certificate_id = id_text(arena, "lc", 2);
    payload->year = 2026;
    payload->pension_number = message_text(arena, "P-999-000-001");
    payload->submit_time = message_time(arena, filed_ms);
    payload->due_date = message_date(arena, date_to_days((struct date){2026, 3, 31}));
    payload->in_time = true;
    payload->issuer_fr = message_text(arena, "Caisse Fictive de Prévoyance");
    payload->issuer_ar = message_text(arena, "الصندوق الخيالي للاحتياط");
    payload->documents = arena_array(arena, documents, sizeof(Hayat__V1__CertificateDocument *));
    for (size_t i = 0; i < documents; i++) {
        payload->documents[payload->n_documents++] = document(arena, (uint8_t)i);
    }
    assert_ok(arena_check(arena));
    return payload;
}

static void digest_findings(struct arena *arena, uint8_t *ret_digest)
{
    Hayat__Store__V1__StoredFinding page, stamp, *findings[] = {&page, &stamp};
    Hayat__Store__V1__StoredVote vote = HAYAT__STORE__V1__STORED_VOTE__INIT;
    uint32_t missing[] = {ITEM(IDENTITY)};
    uint8_t id[ID_BYTES];
    memset(id, 16, sizeof id);
    hayat__store__v1__stored_finding__init(&page);
    page.document_id = message_bytes(arena, bytes_of(id, sizeof id));
    page.item = ITEM(FORM);
    page.page = 2;
    page.reason = FINDING(ILLEGIBLE);
    stamp = page;
    stamp.page = 1;
    stamp.reason = FINDING(STAMP_MISSING);
    stamp.note = message_text(arena, "Le cachet du consulat manque");
    vote.findings = findings;
    vote.n_findings = 2;
    vote.missing_items = missing;
    vote.n_missing_items = 1;
    assert_ok(findings_digest(arena, &vote, ret_digest));
}

Hayat__V1__ReceiptPayload *paper_receipt_decision(struct arena *arena)
{
    uint8_t digest[RECEIPT_DIGEST_BYTES];
    Hayat__V1__ReceiptPayload *payload = paper_receipt_filing(arena, 1);
    digest_findings(arena, digest);
    payload->kind = message_text(arena, RECEIPT_KIND_OF_DECISION);
    payload->filing_receipt_id = payload->receipt_id;
    payload->receipt_id = id_text(arena, "rcp", 3);
    payload->outcome = HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_REFUSED;
    payload->decide_time = message_time(arena, filed_ms + 50LL * HOUR_MS);
    payload->findings_sha256 = message_bytes(arena, bytes_of(digest, sizeof digest));
    assert_ok(arena_check(arena));
    return payload;
}

Hayat__V1__ReceiptPayload *paper_receipt_registry(struct arena *arena)
{
    uint8_t digest[RECEIPT_DIGEST_BYTES];
    const Hayat__Store__V1__StoredVote nothing = HAYAT__STORE__V1__STORED_VOTE__INIT;
    Hayat__V1__ReceiptPayload *payload = paper_receipt_filing(arena, 0);
    assert_ok(findings_digest(arena, &nothing, digest));
    payload->kind = message_text(arena, RECEIPT_KIND_OF_DECISION);
    payload->submit_time = NULL;
    payload->outcome = HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED;
    payload->decide_time = message_time(arena, filed_ms);
    payload->findings_sha256 = message_bytes(arena, bytes_of(digest, sizeof digest));
    payload->confirm_date = message_date(arena, date_to_days((struct date){2026, 2, 27}));
    payload->registry_reference = message_text(arena, "REG-999-0001");
    assert_ok(arena_check(arena));
    return payload;
}

Hayat__V1__SignedReceipt *paper_receipt_signed(const struct receipt_signer *signer,
                                               struct arena *arena,
                                               const Hayat__V1__ReceiptPayload *payload)
{
    Hayat__V1__SignedReceipt *receipt;
    assert_ok(receipt_sign(signer, arena, payload, &receipt));
    return receipt;
}
