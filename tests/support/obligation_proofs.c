#include "tests/support/obligation_proofs.h"

#include <sodium.h>

#include "hayat/v1/life_certificate.pb-c.h"
#include "service/message.h"
#include "service/receipt_verify.h"
#include "storage/life_certificate_store.h"
#include "tests/support/cm.h"

typedef Hayat__V1__ReceiptPayload Payload;

/* --- reading --- */

status proofs_read(struct txn *txn, struct owner owner, struct proofs *ret_proofs)
{
    struct life_certificate_list list;
    TRY(life_certificate_store_list(txn, owner, &list));
    assert_true(list.count <= PROOFS_MAX);
    ret_proofs->count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        Hayat__Store__V1__StoredLifeCertificate *row;
        TRY(life_certificate_store_get(txn, owner, list.rows[i].id, &row));
        ret_proofs->of[i] = (struct proof){
            .certificate = list.rows[i].id,
            .state = (certificate_state)row->state,
            .on_paper = row->on_paper,
            .by_registry = row->route == HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_CIVIL_REGISTRY,
            .filing = bytes_of_binary(row->receipt),
            .decision = bytes_of_binary(row->decision_receipt)};
    }
    return STATUS_OK;
}

static const struct proof *find(const struct proofs *proofs, struct id certificate)
{
    static const struct proof nothing;
    for (size_t i = 0; i < proofs->count; i++) {
        if (memcmp(proofs->of[i].certificate.bytes, certificate.bytes, ID_BYTES) == 0) {
            return &proofs->of[i];
        }
    }
    return &nothing;
}

/* --- being there --- */

/* By the state alone. */
static bool has_what_its_state_promises(const struct proof *proof)
{
    bool filed = certificate_was_filed(proof->state) && !proof->by_registry;
    bool decided = proof->state == CERTIFICATE(ACCEPTED) || proof->state == CERTIFICATE(REFUSED);
    return (proof->filing.len > 0) == filed && (proof->decision.len > 0) == decided;
}

/* --- saying it --- */

/* A holder's check: the bytes and the key, and nothing of the server's. */
static Payload *verified(const struct pensioner *p, bytes packed)
{
    struct arena *arena = &p->world->h.arena;
    Payload *payload;
    Hayat__V1__SignedReceipt *receipt = hayat__v1__signed_receipt__unpack(&arena->allocator,
                                                                          packed.len, packed.ptr);
    return receipt != NULL &&
                   ok(receipt_verify(p->world->h.signer.public_key, receipt, arena, &payload))
               ? payload
               : NULL;
}

static bool is_now(const struct pensioner *p, const Google__Protobuf__Timestamp *time)
{
    return time != NULL && time->seconds == p->now_ms / 1000;
}

static bool is_day(const Google__Type__Date *date, int64_t days)
{
    return date != NULL && date_to_days((struct date){date->year, date->month, date->day}) == days;
}

static const char *files_wrong(const struct pensioner *p, const struct proof *proof,
                               const struct left *left, const Payload *payload)
{
    uint8_t digest[RECEIPT_DIGEST_BYTES];
    pensioner_digest(p->document, digest);
    if (payload->n_documents != (size_t)left->files) {
        return "another number of documents";
    }
    for (size_t i = 0; i < payload->n_documents; i++) {
        if (!bytes_equal(bytes_of_binary(payload->documents[i]->sha256),
                         bytes_of(digest, sizeof digest))) {
            return "another document's digest";
        }
    }
    return (payload->paper != NULL) == proof->on_paper ? NULL : "papers";
}

static const char *common_wrong(const struct pensioner *p, const struct proof *proof,
                                const struct left *left, const Payload *payload)
{
    struct id id;
    if (!id_parse(bytes_str(payload->life_certificate_id), "lc", &id) ||
        memcmp(id.bytes, proof->certificate.bytes, ID_BYTES) != 0 || payload->year != YEAR ||
        strcmp(payload->pension_number, "P-999-0001") != 0) {
        return "of another certificate";
    }
    if (payload->in_time != (left->in_time != 0) || !is_day(payload->due_date, p->open_day + DUE)) {
        return "in time or not";
    }
    return files_wrong(p, proof, left, payload);
}

static const char *filing_wrong(const struct pensioner *p, const struct proof *proof,
                                const struct left *left)
{
    const Payload *payload = verified(p, proof->filing);
    if (payload == NULL || strcmp(payload->kind, RECEIPT_KIND) != 0 || payload->outcome != 0) {
        return "no receipt of a filing";
    }
    if (!is_now(p, payload->submit_time) || payload->decide_time != NULL) {
        return "the time of the filing";
    }
    return common_wrong(p, proof, left, payload);
}

/* What docs/receipts.md says is digested. */
static bool digests(const Payload *payload, const char *findings)
{
    uint8_t digest[RECEIPT_DIGEST_BYTES];
    (void)crypto_hash_sha256(digest, (const uint8_t *)findings, strlen(findings));
    return bytes_equal(bytes_of_binary(payload->findings_sha256), bytes_of(digest, sizeof digest));
}

/* The filing that was decided on, or none. */
static const char *names_filing(const struct pensioner *p, const struct proof *proof,
                                const Payload *payload)
{
    if (proof->filing.len == 0) {
        return payload->submit_time == NULL && payload->filing_receipt_id[0] == '\0'
                   ? NULL
                   : "a filing that never was";
    }
    const Payload *filing = verified(p, proof->filing);
    bool same = filing != NULL && payload->submit_time != NULL &&
                strcmp(filing->receipt_id, payload->filing_receipt_id) == 0 &&
                filing->submit_time->seconds == payload->submit_time->seconds;
    return same ? NULL : "another filing";
}

static const char *decision_wrong(const struct pensioner *p, const struct proof *proof,
                                  const struct left *left)
{
    const Payload *payload = verified(p, proof->decision);
    bool no = left->promise == DECIDED_NO, registry = left->promise == REGISTRY_SAID;
    Hayat__V1__ReceiptOutcome outcome = no ? HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_REFUSED
                                           : HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED;
    if (payload == NULL || strcmp(payload->kind, RECEIPT_KIND_OF_DECISION) != 0 ||
        payload->outcome != outcome) {
        return "no receipt of that decision";
    }
    if (!is_now(p, payload->decide_time)) {
        return "the time of the decision";
    }
    if (!digests(payload, no ? "missing\tFORM\n" : "")) {
        return "other findings";
    }
    int64_t today = p->now_ms / (24LL * 3600 * 1000);
    if (registry != (strcmp(payload->registry_reference, "REG-999-1") == 0) ||
        registry != is_day(payload->confirm_date, today)) {
        return "who decided";
    }
    const char *wrong = names_filing(p, proof, payload);
    return wrong != NULL ? wrong : common_wrong(p, proof, left, payload);
}

/* --- a step --- */

const char *proofs_wrong(const struct pensioner *p, const struct proofs *before,
                         const struct proofs *after, const struct left *left)
{
    const char *wrong = NULL;
    size_t filings = 0, decisions = 0;
    for (size_t i = 0; i < after->count && wrong == NULL; i++) {
        const struct proof *now = &after->of[i];
        const struct proof *was = find(before, now->certificate);
        bool filed = !bytes_equal(was->filing, now->filing);
        bool decided = !bytes_equal(was->decision, now->decision);
        filings += filed ? 1 : 0;
        decisions += decided ? 1 : 0;
        wrong = !has_what_its_state_promises(now) ? "a state and its receipts"
                : filed                           ? filing_wrong(p, now, left)
                : decided                         ? decision_wrong(p, now, left)
                                                  : NULL;
    }
    if (wrong != NULL) {
        return wrong;
    }
    bool right = after->count >= before->count && filings == (left->promise == FILED ? 1 : 0) &&
                 decisions == (left->promise > FILED ? 1 : 0);
    return right ? NULL : "a promise without a receipt, or a receipt without a promise";
}
