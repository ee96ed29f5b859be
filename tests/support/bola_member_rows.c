/* The rows of what members have: bola.h tells how to add one. */
#include "base/array.h"
#include "service/message.h"
#include "storage/card_store.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"

#include <sodium.h>

enum { FORM_BYTES = 3000 };

/* --- cards --- */

struct card_of {
    const struct harness_member *whom;
    uint32_t seq;
    char id[ID_TEXT_MAX];
};

static status read_card(void *ctx, struct txn *txn)
{
    struct card_of *card = ctx;
    Hayat__Store__V1__StoredCard *stored;
    struct id id;
    TRY(card_store_get(txn, card->whom->owner, card->seq, &stored));
    assert_true(id_of_binary(stored->card_id, &id));
    id_format(id, "card", card->id);
    return STATUS_OK;
}

static const char *card_of_seq(struct bola *b, const struct harness_member *whom, uint32_t seq)
{
    struct card_of card = {.whom = whom, .seq = seq};
    assert_ok(harness_read(&b->h, read_card, &card));
    return message_text(&b->h.arena, card.id);
}

static const char *card(struct bola *b, const struct harness_member *whom)
{
    return card_of_seq(b, whom, 0);
}

static const char *card_of_dependant(struct bola *b, const struct harness_member *whom)
{
    return card_of_seq(b, whom, 1);
}

/* --- life certificates and uploads --- */

static const char *draft(struct bola *b, const struct harness_member *whom)
{
    return fund_draft(&b->h, whom->token, ROUTE(AUTHORITY_FORM));
}

static struct fund_file form_of(struct bola *b, const char *certificate)
{
    return (struct fund_file){certificate, ITEM(FORM), "application/pdf",
                              fund_pdf(&b->h, FORM_BYTES, 7)};
}

static const char *complete_draft(struct bola *b, const struct harness_member *whom)
{
    const char *certificate = draft(b, whom);
    struct fund_file form = form_of(b, certificate);
    (void)fund_upload(&b->h, whom->token, &form);
    return certificate;
}

static char stamped_certificate[ID_TEXT_MAX]; /* of the document made last */

static const char *complete_document(struct bola *b, const struct harness_member *whom)
{
    const char *certificate = draft(b, whom);
    struct fund_file form = form_of(b, certificate);
    const char *name = fund_document_name(&b->h, fund_upload(&b->h, whom->token, &form));
    (void)snprintf(stamped_certificate, sizeof stamped_certificate, "%s", certificate);
    return name + strlen("documents/");
}

static void fill_stamp(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__SubmitLifeCertificateRequest *request = (void *)message;
    struct arena *arena = &b->h.arena;
    Hayat__V1__DocumentStamp *stamp = message_new(arena, &hayat__v1__document_stamp__descriptor);
    request->stamps = arena_array(arena, 1, sizeof(Hayat__V1__DocumentStamp *));
    assert_ok(arena_check(arena));
    stamp->document_id = message_text(arena, id);
    stamp->stamp_date = message_date(arena, 20454); /* 2026-01-01 */
    stamp->authority = message_text(arena, "Consulat de Testville");
    stamp->country_code = message_text(arena, "FR");
    request->life_certificate_id = message_text(arena, stamped_certificate);
    request->stamps[0] = stamp;
    request->n_stamps = 1;
}

static const char *filed(struct bola *b, const struct harness_member *whom)
{
    const char *certificate = complete_draft(b, whom);
    assert_ok(fund_submit(&b->h, whom->token, certificate).result);
    return certificate;
}

static const char *upload(struct bola *b, const struct harness_member *whom)
{
    return fund_declare_form(&b->h, whom->token, fund_pdf(&b->h, FORM_BYTES, 7));
}

static const char *upload_name(struct bola *b, const struct harness_member *whom)
{
    return fund_upload_name(&b->h, upload(b, whom));
}

static const char *document_name(struct bola *b, const struct harness_member *whom)
{
    const char *certificate = draft(b, whom);
    struct fund_file form = form_of(b, certificate);
    const char *name = fund_document_name(&b->h, fund_upload(&b->h, whom->token, &form));
    assert_ok(fund_submit(&b->h, whom->token, certificate).result);
    return name;
}

static void fill_declaration(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__CreateUploadRequest *request = (void *)message;
    struct fund_file form = form_of(b, id);
    uint8_t digest[32];
    (void)crypto_hash_sha256(digest, form.data.ptr, form.data.len);
    request->item = form.item;
    request->media_type = message_text(&b->h.arena, form.media_type);
    request->size_bytes = FORM_BYTES;
    request->sha256 = message_bytes(&b->h.arena, bytes_of(digest, sizeof digest));
}

static const char *video_draft(struct bola *b, const struct harness_member *whom)
{
    return fund_draft(&b->h, whom->token, ROUTE(LIVENESS_VIDEO));
}

static char challenged_certificate[ID_TEXT_MAX]; /* of the challenge made last */

static const char *challenge(struct bola *b, const struct harness_member *whom)
{
    const char *certificate = video_draft(b, whom);
    (void)snprintf(challenged_certificate, sizeof challenged_certificate, "%s", certificate);
    return fund_challenge(&b->h, whom->token, certificate);
}

static void fill_video(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__CreateUploadRequest *request = (void *)message;
    fill_declaration(b, message, id);
    request->item = ITEM(LIVENESS_VIDEO);
    request->media_type = message_text(&b->h.arena, "video/mp4");
    request->life_certificate_id = message_text(&b->h.arena, challenged_certificate);
}

static void fill_piece(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__AppendChunkRequest *request = (void *)message;
    (void)id;
    request->data = message_bytes(&b->h.arena, fund_pdf(&b->h, FORM_BYTES, 7));
}

static void fill_write(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Google__Bytestream__WriteRequest *request = (void *)message;
    (void)id;
    request->data = message_bytes(&b->h.arena, fund_pdf(&b->h, FORM_BYTES, 7));
    request->finish_write = true;
}

/* --- pages --- */

static const char *cards_page(struct bola *b, const struct harness_member *whom)
{
    Hayat__V1__ListCardsRequest request;
    hayat__v1__list_cards_request__init(&request);
    request.page_size = 1;
    return ((Hayat__V1__ListCardsResponse *)fund_call(&b->h, CARD_METHOD("ListCards"), whom->token,
                                                      &request.base))
        ->next_page_token;
}

static const char *certificate_watch(struct bola *b, const struct harness_member *whom)
{
    Hayat__V1__WatchLifeCertificateRequest request =
        HAYAT__V1__WATCH_LIFE_CERTIFICATE_REQUEST__INIT;
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    const char *certificate = draft(b, whom);
    (void)snprintf(stamped_certificate, sizeof stamped_certificate, "%s", certificate);
    request.life_certificate_id = stamped_certificate;
    assert_true(
        harness_stream_open(&s, &b->h, CERTIFICATE_METHOD("WatchLifeCertificate"), whom->token));
    assert_true(harness_stream_send(&s, &request.base));
    assert_true(harness_stream_next(&s, &response));
    harness_stream_abandon(&s);
    return ((Hayat__V1__WatchLifeCertificateResponse *)response)->resume_token;
}

static void fill_watch(struct bola *b, ProtobufCMessage *message, const char *id)
{
    (void)id;
    ((Hayat__V1__WatchLifeCertificateRequest *)message)->life_certificate_id = message_text(
        &b->h.arena, stamped_certificate);
}

static const char *certificates_page(struct bola *b, const struct harness_member *whom)
{
    (void)draft(b, whom);
    (void)draft(b, whom);
    Hayat__V1__ListLifeCertificatesRequest request;
    hayat__v1__list_life_certificates_request__init(&request);
    request.page_size = 1;
    return ((Hayat__V1__ListLifeCertificatesResponse *)fund_call(
                &b->h, CERTIFICATE_METHOD("ListLifeCertificates"), whom->token, &request.base))
        ->next_page_token;
}

#define CARDS(path_)                                                                               \
    {                                                                                              \
        .path = (path_), .field = "card_id", .kind = BOLA_MEMBER, .make = card,                    \
        .of_dependant = card_of_dependant, .refused = REASON_NOT_FOUND,                            \
        .malformed = REASON_INVALID_FIELD, .unknown = "card_" BOLA_NO_ID                           \
    }

static const struct bola_row rows[] = {
    CARDS(CARD_METHOD("GetCard")),
    {.path = CARD_METHOD("GetCardPhoto"),
     .field = "card_id",
     .kind = BOLA_MEMBER,
     .make = card,
     .refused = REASON_NOT_FOUND,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "card_" BOLA_NO_ID},
    BOLA_PAGES(CARD_METHOD("ListCards"), cards_page),
    BOLA_MEMBERS(CERTIFICATE_METHOD("GetLifeCertificate"), "life_certificate_id", filed, NULL,
                 "lc_" BOLA_NO_ID),
    BOLA_MEMBERS(CERTIFICATE_METHOD("GetReceipt"), "life_certificate_id", filed, NULL,
                 "lc_" BOLA_NO_ID),
    BOLA_MEMBERS(CERTIFICATE_METHOD("SubmitLifeCertificate"), "life_certificate_id", complete_draft,
                 NULL, "lc_" BOLA_NO_ID),
    BOLA_MEMBERS(CERTIFICATE_METHOD("SubmitLifeCertificate"), "stamps.document_id",
                 complete_document, fill_stamp, "doc_" BOLA_NO_ID),
    BOLA_MEMBERS(CERTIFICATE_METHOD("WatchLifeCertificate"), "life_certificate_id", draft, NULL,
                 "lc_" BOLA_NO_ID),
    {.path = CERTIFICATE_METHOD("WatchLifeCertificate"),
     .field = "resume_token",
     .kind = BOLA_MEMBER,
     .make = certificate_watch,
     .fill = fill_watch,
     .refused = REASON_PAGE_TOKEN_INVALID,
     .malformed = REASON_PAGE_TOKEN_INVALID,
     .unknown = "00000000000000000000000000000000000000000000000000000000000000000000"},
    BOLA_PAGES(CERTIFICATE_METHOD("ListLifeCertificates"), certificates_page),
    BOLA_MEMBERS(UPLOAD_METHOD("CreateUpload"), "life_certificate_id", draft, fill_declaration,
                 "lc_" BOLA_NO_ID),
    BOLA_MEMBERS(UPLOAD_METHOD("CreateUpload"), "liveness_challenge_id", challenge, fill_video,
                 "lvc_" BOLA_NO_ID),
    BOLA_MEMBERS(CERTIFICATE_METHOD("CreateLivenessChallenge"), "life_certificate_id", video_draft,
                 NULL, "lc_" BOLA_NO_ID),
    BOLA_MEMBERS(UPLOAD_METHOD("AppendChunk"), "upload_id", upload, fill_piece, "upl_" BOLA_NO_ID),
    BOLA_MEMBERS(UPLOAD_METHOD("GetUpload"), "upload_id", upload, NULL, "upl_" BOLA_NO_ID),
    BOLA_MEMBERS(UPLOAD_METHOD("CancelUpload"), "upload_id", upload, NULL, "upl_" BOLA_NO_ID),
    BOLA_MEMBERS(BYTE_STREAM_METHOD("Write"), "resource_name", upload_name, fill_write,
                 "uploads/upl_" BOLA_NO_ID),
    BOLA_MEMBERS(BYTE_STREAM_METHOD("QueryWriteStatus"), "resource_name", upload_name, NULL,
                 "uploads/upl_" BOLA_NO_ID),
    BOLA_MEMBERS(BYTE_STREAM_METHOD("Read"), "resource_name", document_name, NULL,
                 "documents/doc_" BOLA_NO_ID),
};

const struct bola_set bola_member_rows = BOLA_SET(rows);
