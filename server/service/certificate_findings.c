#include "service/certificate_findings.h"

#include <sodium.h>

#include "service/document_clean.h"
#include "service/message.h"

#define FINDING(name) HAYAT__V1__FINDING_REASON__FINDING_REASON_##name

typedef Hayat__Backoffice__V1__DecideTaskRequest Request;
typedef Hayat__Store__V1__StoredFinding Finding;

static status refuse(struct rpc *rpc, const char *path, const char *description)
{
    rpc_violation(rpc, path, description);
    return FAIL(INVALID_FIELD);
}

/* --- documents --- */

static const Hayat__Store__V1__StoredDocument *find_document(const struct findings_about *about,
                                                             const char *text)
{
    struct id id;
    if (!id_parse(bytes_str(text), "doc", &id)) {
        return NULL;
    }
    for (size_t i = 0; i < about->documents->count; i++) {
        const Hayat__Store__V1__StoredDocument *document = about->documents->rows[i];
        if (bytes_equal(bytes_of_binary(document->document_id), bytes_of(id.bytes, ID_BYTES))) {
            return document;
        }
    }
    return NULL;
}

static bool is_found(const struct task_vote *vote, const Hayat__Store__V1__StoredDocument *document)
{
    for (size_t i = 0; i < vote->n_findings; i++) {
        if (bytes_equal(bytes_of_binary(vote->findings[i]->document_id),
                        bytes_of_binary(document->document_id))) {
            return true;
        }
    }
    return false;
}

static bool is_accepted(const struct findings_about *about, const Request *request,
                        const Hayat__Store__V1__StoredDocument *document)
{
    for (size_t i = 0; i < request->n_accepted_document_ids; i++) {
        if (find_document(about, request->accepted_document_ids[i]) == document) {
            return true;
        }
    }
    return false;
}

/* --- reading --- */

static bool reason_known(uint32_t reason)
{
    return reason != FINDING(UNSPECIFIED) &&
           protobuf_c_enum_descriptor_get_value(&hayat__v1__finding_reason__descriptor,
                                                (int)reason) != NULL;
}

/* A note stands on one line of what is digested, and in letters. */
static bool is_one_line(const char *note)
{
    for (; *note != '\0'; note++) {
        if ((unsigned char)*note < ' ' || *note == 0x7f) {
            return false;
        }
    }
    return true;
}

/* By the checker's count; where it has none, any that the request may name.  The page that is missing is none of the document's. */
static bool may_name_page(const Hayat__Store__V1__StoredDocument *document,
                          const Hayat__V1__Finding *said)
{
    int64_t known = document->check == NULL ? 0 : document->check->page_count;
    return known == 0 || said->page <= known || said->reason == FINDING(PAGE_MISSING);
}

static status read_place(struct rpc *rpc, const struct findings_about *about,
                         const Hayat__V1__Finding *said, Finding *found)
{
    if (said->document_id[0] == '\0') {
        if (!about->certificate->on_paper) {
            return refuse(rpc, "findings.document_id", "must name the document");
        }
        found->item = (uint32_t)said->item;
        return item_known(said->item) ? STATUS_OK : refuse(rpc, "findings.item", "must be an item");
    }
    const Hayat__Store__V1__StoredDocument *document = find_document(about, said->document_id);
    if (document == NULL) {
        return refuse(rpc, "findings.document_id", "must be a document of this certificate");
    }
    if (!may_name_page(document, said)) {
        return refuse(rpc, "findings.page", "must be a page of the document");
    }
    found->document_id = document->document_id;
    found->item = document->item;
    return STATUS_OK;
}

static status read_finding(struct rpc *rpc, const struct findings_about *about,
                           const Hayat__V1__Finding *said, Finding **ret_found)
{
    Finding *found = message_new(rpc->arena, &hayat__store__v1__stored_finding__descriptor);
    TRY(arena_check(rpc->arena));
    TRY(read_place(rpc, about, said, found));
    found->page = (uint32_t)said->page;
    found->reason = (uint32_t)said->reason;
    found->note = said->note;
    if (!reason_known(found->reason)) {
        return refuse(rpc, "findings.reason", "must be a reason");
    }
    if (found->reason == FINDING(OTHER) && said->note[0] == '\0') {
        return refuse(rpc, "findings.note", "must say what it is");
    }
    if (!is_one_line(said->note)) {
        return refuse(rpc, "findings.note", "must be one line");
    }
    *ret_found = found;
    return STATUS_OK;
}

static status read_findings(struct rpc *rpc, const struct findings_about *about,
                            const Request *request, struct task_vote *vote)
{
    vote->findings = arena_array(rpc->arena, request->n_findings, sizeof(Finding *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < request->n_findings; i++) {
        TRY(read_finding(rpc, about, request->findings[i], &vote->findings[i]));
        vote->n_findings = i + 1;
    }
    return STATUS_OK;
}

static bool is_missing(const struct task_vote *vote, uint32_t item)
{
    for (size_t i = 0; i < vote->n_missing_items; i++) {
        if (vote->missing_items[i] == item) {
            return true;
        }
    }
    return false;
}

static status read_missing(struct rpc *rpc, const Request *request, struct task_vote *vote)
{
    vote->missing_items = arena_array(rpc->arena, request->n_missing_items, sizeof(uint32_t));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < request->n_missing_items; i++) {
        uint32_t item = (uint32_t)request->missing_items[i];
        if (!item_known(request->missing_items[i]) || is_missing(vote, item)) {
            return refuse(rpc, "missing_items", "must be items, each once");
        }
        vote->missing_items[vote->n_missing_items++] = item;
    }
    return STATUS_OK;
}

static status check_accepted(struct rpc *rpc, const struct findings_about *about,
                             const Request *request, const struct task_vote *vote)
{
    for (size_t i = 0; i < request->n_accepted_document_ids; i++) {
        const Hayat__Store__V1__StoredDocument *document = find_document(
            about, request->accepted_document_ids[i]);
        if (document == NULL || is_found(vote, document)) {
            return refuse(rpc, "accepted_document_ids",
                          "must be documents of this certificate with which nothing is wrong");
        }
    }
    return STATUS_OK;
}

/* --- being all of it --- */

/* RULE LC-17 */
static status check_all_said(struct rpc *rpc, const struct findings_about *about,
                             const Request *request, const struct task_vote *vote)
{
    struct item_list missing = certificate_missing(about->certificate, about->documents);
    size_t unanswered = 0;
    for (size_t i = 0; i < about->documents->count; i++) {
        const Hayat__Store__V1__StoredDocument *document = about->documents->rows[i];
        if (!is_found(vote, document) && !is_accepted(about, request, document)) {
            rpc_precondition(rpc, "DOCUMENT_UNANSWERED",
                             message_id(rpc->arena, "doc", document->document_id));
            unanswered++;
        }
    }
    for (size_t i = 0; i < missing.count; i++) {
        if (!is_missing(vote, (uint32_t)missing.items[i])) {
            rpc_precondition(rpc, "ITEM_UNANSWERED", item_name(missing.items[i]));
            unanswered++;
        }
    }
    if (vote->n_findings + vote->n_missing_items == 0) {
        rpc_precondition(rpc, "NOTHING_SAID", "findings");
        unanswered++;
    }
    TRY(arena_check(rpc->arena));
    return unanswered > 0 ? FAIL(FINDINGS_INCOMPLETE) : STATUS_OK;
}

/* --- what a yes stands on --- */

static bool is_needed(const struct item_list *lacking,
                      const Hayat__Store__V1__StoredDocument *document)
{
    return !document_clean_possible(document) &&
           item_list_has(lacking, (Hayat__V1__DocumentItem)document->item);
}

/* RULE LC-16: nobody accepts what nobody could look at.  What the check refuses is shown to nobody: it counts for the route as if it were
   not there.  Papers were seen at the counter. */
static status check_readable(struct rpc *rpc, const struct findings_about *about)
{
    struct certificate_documents readable = {.count = 0};
    size_t hidden = 0;
    for (size_t i = 0; i < about->documents->count; i++) {
        if (document_clean_possible(about->documents->rows[i])) {
            readable.rows[readable.count++] = about->documents->rows[i];
        }
    }
    struct item_list lacking = certificate_missing(about->certificate, &readable);
    for (size_t i = 0; i < about->documents->count; i++) {
        const Hayat__Store__V1__StoredDocument *document = about->documents->rows[i];
        if (is_needed(&lacking, document)) {
            rpc_precondition(rpc, "DOCUMENT_UNREADABLE",
                             message_id(rpc->arena, "doc", document->document_id));
            hidden++;
        }
    }
    TRY(arena_check(rpc->arena));
    return hidden > 0 ? FAIL(FINDINGS_INCOMPLETE) : STATUS_OK;
}

status findings_read(struct rpc *rpc, const struct findings_about *about, const Request *request,
                     struct task_vote *vote)
{
    bool yes = vote->said == TASK_STATE(APPROVED);
    if (yes && request->n_findings + request->n_missing_items > 0) {
        return refuse(rpc, "findings", "must be empty with a yes");
    }
    TRY(read_findings(rpc, about, request, vote));
    TRY(read_missing(rpc, request, vote));
    TRY(check_accepted(rpc, about, request, vote));
    return yes ? check_readable(rpc, about) : check_all_said(rpc, about, request, vote);
}

/* --- the digest --- */

static const char *reason_word(uint32_t reason)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &hayat__v1__finding_reason__descriptor, (int)reason);
    return value == NULL ? "UNSPECIFIED" : value->name + sizeof "FINDING_REASON_" - 1;
}

static void add(crypto_hash_sha256_state *state, const char *line)
{
    (void)crypto_hash_sha256_update(state, (const uint8_t *)line, strlen(line));
}

status findings_digest(struct arena *arena, const Hayat__Store__V1__StoredVote *vote,
                       uint8_t *ret_digest)
{
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < vote->n_findings; i++) {
        const Finding *found = vote->findings[i];
        const char *line = arena_printf(arena, "finding\t%s\t%s\t%u\t%s\t%s\n",
                                        message_id(arena, "doc", found->document_id),
                                        item_name((Hayat__V1__DocumentItem)found->item),
                                        found->page, reason_word(found->reason), found->note);
        TRY(arena_check(arena));
        add(&state, line);
    }
    for (size_t i = 0; i < vote->n_missing_items; i++) {
        const char *line = arena_printf(arena, "missing\t%s\n",
                                        item_name((Hayat__V1__DocumentItem)vote->missing_items[i]));
        TRY(arena_check(arena));
        add(&state, line);
    }
    (void)crypto_hash_sha256_final(&state, ret_digest);
    return STATUS_OK;
}
