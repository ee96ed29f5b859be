#include "tests/support/fund.h"

#include <sodium.h>
#include <stdio.h>

#include "service/card_view.h"
#include "service/message.h"
#include "storage/campaign_store.h"
#include "storage/card_store.h"
#include "storage/delivery_store.h"
#include "storage/member_store.h"
#include "storage/obligation_store.h"
#include "storage/outbox_store.h"
#include "storage/pension_store.h"
#include "storage/reference_store.h"
#include "tests/support/cm.h"

#define FIRST_DAY 20468 /* 2026-01-15 */
enum { SESSION_DAYS = 90, READ_MAX = 4 * 1024 * 1024 };

/* --- what the fund's feed brings --- */

static struct key key_of_seq(struct owner owner, uint32_t seq)
{
    return key_u32(key_owner(owner), seq);
}

static ProtobufCBinaryData new_id(struct harness *h)
{
    struct id id = id_new(&random_system);
    return message_bytes(&h->arena, bytes_of(id.bytes, ID_BYTES));
}

struct changed {
    struct owner owner;
    uint32_t seq;
    Hayat__Store__V1__StoredCard *card;
};

static status refresh_view(void *ctx, struct txn *txn)
{
    const struct changed *changed = ctx;
    return card_view_refresh(txn, changed->owner, changed->seq);
}

static status put_card(void *ctx, struct txn *txn)
{
    const struct changed *changed = ctx;
    TRY(card_view_build(txn, changed->owner, changed->seq, changed->card));
    return card_store_put(txn, changed->owner, changed->seq, changed->card);
}

void fund_put_beneficiary(struct harness *h, struct owner owner, uint32_t seq)
{
    Hayat__Store__V1__StoredName name;
    Hayat__Store__V1__StoredBeneficiary beneficiary;
    hayat__store__v1__stored_name__init(&name);
    hayat__store__v1__stored_beneficiary__init(&beneficiary);
    name.given_name = arena_printf(&h->arena, "Essai-%u", seq);
    name.family_name = message_text(&h->arena, "Fictif");
    name.given_name_ar = message_text(&h->arena, "تجربة");
    name.family_name_ar = message_text(&h->arena, "خيالي");
    beneficiary.beneficiary_id = new_id(h);
    beneficiary.name = &name;
    beneficiary.relationship = seq == SEQ_HOLDER ? 1 : seq == 1 ? 2 : 3;
    beneficiary.birth_days = -5000 + (int64_t)seq;
    beneficiary.cine_number = message_text(&h->arena, seq == SEQ_HOLDER ? "ZZ999001" : "");
    harness_put(h, TABLE_beneficiary, owner, key_of_seq(owner, seq), &beneficiary.base);
    struct changed changed = {.owner = owner, .seq = seq};
    assert_ok(harness_write(h, refresh_view, &changed));
}

void fund_put_card(struct harness *h, struct owner owner, uint32_t seq, bool has_photo)
{
    Hayat__Store__V1__StoredCard card = HAYAT__STORE__V1__STORED_CARD__INIT;
    card.card_id = new_id(h);
    card.issue_days = FIRST_DAY - 400;
    card.state = HAYAT__V1__CARD_STATE__CARD_STATE_ACTIVE;
    card.has_photo = has_photo;
    card.update_ms = 1700000000123;
    struct changed changed = {owner, seq, &card};
    assert_ok(harness_write(h, put_card, &changed));
    if (has_photo) {
        Hayat__Store__V1__StoredPhoto photo;
        hayat__store__v1__stored_photo__init(&photo);
        photo.media_type = message_text(&h->arena, "image/jpeg");
        photo.data = message_bytes(&h->arena, bytes_of("\xFF\xD8\xFF invented photo", 19));
        harness_put(h, TABLE_card_photo, owner, key_of_seq(owner, seq), &photo.base);
    }
}

void fund_put_family(struct harness *h, struct owner owner, uint32_t dependants)
{
    for (uint32_t seq = 0; seq <= dependants; seq++) {
        fund_put_beneficiary(h, owner, seq);
        fund_put_card(h, owner, seq, seq == SEQ_HOLDER);
    }
}

void fund_put_pension(struct harness *h, struct owner owner)
{
    Hayat__Store__V1__StoredPension pension;
    hayat__store__v1__stored_pension__init(&pension);
    pension.pension_number = message_text(&h->arena, "P-999-0001");
    pension.scheme_code = message_text(&h->arena, "RCP");
    pension.country_code = message_text(&h->arena, "FR");
    harness_put(h, TABLE_pension, owner, key_of_seq(owner, 1), &pension.base);
}

static status put_campaign(void *ctx, struct txn *txn)
{
    return campaign_store_put(txn, ctx);
}

void fund_put_campaign(struct harness *h, int32_t year, int64_t open, int64_t due,
                       int64_t grace_end)
{
    Hayat__Store__V1__StoredCampaign campaign = HAYAT__STORE__V1__STORED_CAMPAIGN__INIT;
    campaign.year = year;
    campaign.open_days = FIRST_DAY + open;
    campaign.due_days = FIRST_DAY + due;
    campaign.grace_end_days = FIRST_DAY + grace_end;
    assert_ok(harness_write(h, put_campaign, &campaign));
}

struct harness_member fund_pensioner(struct harness *h, const char *registration_number)
{
    h->app.access_token_ms = SESSION_DAYS * 24LL * 3600 * 1000;
    struct harness_member member = harness_member(h, registration_number);
    fund_put_family(h, member.owner, 2);
    fund_put_pension(h, member.owner);
    fund_put_campaign(h, 2026, -14, 30, 60);
    return member;
}

/* --- what the member does --- */

char *fund_request_id(struct harness *h)
{
    uint8_t r[16];
    char hex[33];
    random_fill(&random_system, r, sizeof r);
    (void)sodium_bin2hex(hex, sizeof hex, r, sizeof r);
    return arena_printf(&h->arena, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
                        hex + 20);
}

ProtobufCMessage *fund_call(struct harness *h, const char *path, const char *token,
                            const ProtobufCMessage *request)
{
    struct harness_reply reply = harness_call(h, path, token, request);
    assert_ok(reply.result);
    return reply.response;
}

char *fund_draft(struct harness *h, const char *token, Hayat__V1__ProofRoute route)
{
    Hayat__V1__CreateLifeCertificateRequest request;
    hayat__v1__create_life_certificate_request__init(&request);
    request.request_id = fund_request_id(h);
    request.route = route;
    Hayat__V1__CreateLifeCertificateResponse *response =
        (Hayat__V1__CreateLifeCertificateResponse *)fund_call(
            h, CERTIFICATE_METHOD("CreateLifeCertificate"), token, &request.base);
    return response->life_certificate->life_certificate_id;
}

static bytes invented(struct harness *h, size_t len, uint64_t seed, bytes head)
{
    struct fake_random random;
    uint8_t *data = arena_alloc(&h->arena, len);
    assert_non_null(data);
    fake_random_init(&random, seed);
    random_fill(&random.source, data, len);
    memcpy(data, head.ptr, len < head.len ? len : head.len);
    return bytes_of(data, len);
}

bytes fund_pdf(struct harness *h, size_t len, uint64_t seed)
{
    return invented(h, len, seed, bytes_str("%PDF-"));
}

bytes fund_film(struct harness *h, size_t len, uint64_t seed)
{
    return invented(h, len, seed,
                    bytes_of("\0\0\0\x18"
                             "ftypisom",
                             12));
}

struct harness_reply fund_try_challenge(struct harness *h, const char *token,
                                        const char *certificate)
{
    Hayat__V1__CreateLivenessChallengeRequest request =
        HAYAT__V1__CREATE_LIVENESS_CHALLENGE_REQUEST__INIT;
    request.request_id = fund_request_id(h);
    request.life_certificate_id = message_text(&h->arena, certificate);
    return harness_call(h, CERTIFICATE_METHOD("CreateLivenessChallenge"), token, &request.base);
}

char *fund_challenge(struct harness *h, const char *token, const char *certificate)
{
    struct harness_reply reply = fund_try_challenge(h, token, certificate);
    assert_ok(reply.result);
    return ((Hayat__V1__CreateLivenessChallengeResponse *)reply.response)
        ->liveness_challenge->liveness_challenge_id;
}

struct fund_file fund_video(struct harness *h, const char *token, const char *certificate)
{
    static uint64_t seed = 900;
    return (struct fund_file){certificate, ITEM(LIVENESS_VIDEO), "video/mp4",
                              fund_film(h, 5000, seed++), fund_challenge(h, token, certificate)};
}

struct harness_reply fund_try_declare(struct harness *h, const char *token,
                                      const struct fund_file *file)
{
    uint8_t digest[32];
    (void)crypto_hash_sha256(digest, file->data.ptr, file->data.len);
    Hayat__V1__CreateUploadRequest request;
    hayat__v1__create_upload_request__init(&request);
    request.request_id = fund_request_id(h);
    request.life_certificate_id = message_text(&h->arena, file->certificate);
    request.item = file->item;
    request.media_type = message_text(&h->arena, file->media_type);
    request.size_bytes = (int64_t)file->data.len;
    request.sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    request.liveness_challenge_id = message_text(&h->arena,
                                                 file->challenge == NULL ? "" : file->challenge);
    return harness_call(h, UPLOAD_METHOD("CreateUpload"), token, &request.base);
}

char *fund_declare(struct harness *h, const char *token, const struct fund_file *file)
{
    struct harness_reply reply = fund_try_declare(h, token, file);
    assert_ok(reply.result);
    return ((Hayat__V1__CreateUploadResponse *)reply.response)->upload->upload_id;
}

char *fund_declare_form(struct harness *h, const char *token, bytes data)
{
    struct fund_file file = {fund_draft(h, token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                             "application/pdf", data};
    return fund_declare(h, token, &file);
}

struct harness_reply fund_append(struct harness *h, const char *token, const char *upload,
                                 struct fund_piece piece)
{
    Hayat__V1__AppendChunkRequest request;
    hayat__v1__append_chunk_request__init(&request);
    request.upload_id = message_text(&h->arena, upload);
    request.offset = piece.offset;
    request.data = message_bytes(&h->arena, piece.data);
    request.finish = piece.finish;
    return harness_call(h, UPLOAD_METHOD("AppendChunk"), token, &request.base);
}

struct harness_reply fund_get_upload(struct harness *h, const char *token, const char *upload)
{
    Hayat__V1__GetUploadRequest request;
    hayat__v1__get_upload_request__init(&request);
    request.upload_id = message_text(&h->arena, upload);
    return harness_call(h, UPLOAD_METHOD("GetUpload"), token, &request.base);
}

char *fund_upload(struct harness *h, const char *token, const struct fund_file *file)
{
    char *upload = fund_declare(h, token, file);
    size_t at = 0;
    while (at < file->data.len) {
        bytes data = bytes_head(bytes_skip(file->data, at), LIMIT_APPEND_BYTES);
        struct fund_piece piece = {(int64_t)at, data, at + data.len == file->data.len};
        assert_ok(fund_append(h, token, upload, piece).result);
        at += data.len;
    }
    return upload;
}

struct harness_reply fund_submit(struct harness *h, const char *token, const char *certificate)
{
    Hayat__V1__SubmitLifeCertificateRequest request;
    hayat__v1__submit_life_certificate_request__init(&request);
    request.request_id = fund_request_id(h);
    request.life_certificate_id = message_text(&h->arena, certificate);
    return harness_call(h, CERTIFICATE_METHOD("SubmitLifeCertificate"), token, &request.base);
}

bool fund_stream_send(struct harness_stream *s, const char *name, int64_t offset, bytes data,
                      bool finish)
{
    struct arena_mark mark = arena_mark(&s->h->arena); /* many small messages */
    Google__Bytestream__WriteRequest request;
    google__bytestream__write_request__init(&request);
    request.resource_name = message_text(&s->h->arena, name);
    request.write_offset = offset;
    request.finish_write = finish;
    request.data = message_bytes(&s->h->arena, data);
    bool sent = harness_stream_send(s, &request.base);
    arena_rewind(&s->h->arena, mark);
    return sent;
}

char *fund_upload_name(struct harness *h, const char *upload)
{
    return arena_printf(&h->arena, "uploads/%s", upload);
}

char *fund_document_name(struct harness *h, const char *upload_or_document)
{
    return arena_printf(&h->arena, "documents/doc_%s", strchr(upload_or_document, '_') + 1);
}

struct harness_reply fund_read(struct harness *h, const char *token, const char *name,
                               struct fund_range range, bytes *ret_data)
{
    struct harness_stream s;
    ProtobufCMessage *message;
    uint8_t *data = arena_alloc(&h->arena, READ_MAX);
    size_t len = 0;
    Google__Bytestream__ReadRequest request;
    google__bytestream__read_request__init(&request);
    request.resource_name = message_text(&h->arena, name);
    request.read_offset = range.offset;
    request.read_limit = range.limit;
    if (harness_stream_open(&s, h, BYTE_STREAM_METHOD("Read"), token) &&
        harness_stream_send(&s, &request.base)) {
        while (harness_stream_next(&s, &message)) {
            const ProtobufCBinaryData *piece = &((Google__Bytestream__ReadResponse *)message)->data;
            assert_true(len + piece->len <= READ_MAX);
            memcpy(data + len, piece->data, piece->len);
            len += piece->len;
        }
    }
    *ret_data = bytes_of(data, len);
    return harness_stream_close(&s);
}

void fund_assert_same_failure(const struct harness_reply *a, const struct harness_reply *b)
{
    assert_int_equal(a->result.why, b->result.why);
    assert_int_equal(a->code, b->code);
    assert_int_equal(a->details.len, b->details.len);
    assert_memory_equal(a->details.ptr, b->details.ptr, a->details.len);
}

status fund_reminder_plan(struct txn *txn, const int32_t *offsets, size_t count)
{
    enum { OFFSETS_MAX = 4 };
    Hayat__Store__V1__StoredReferenceSet set = HAYAT__STORE__V1__STORED_REFERENCE_SET__INIT;
    Hayat__Store__V1__StoredReminderRule rules[OFFSETS_MAX], *list[OFFSETS_MAX];
    assert_true(count <= OFFSETS_MAX);
    for (size_t i = 0; i < count; i++) {
        hayat__store__v1__stored_reminder_rule__init(&rules[i]);
        rules[i].offset_days = offsets[i];
        rules[i].way = HAYAT__STORE__V1__REMINDER_WAY__REMINDER_WAY_EVERYWHERE;
        list[i] = &rules[i];
    }
    set.kind = HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_REMINDER_PLAN;
    set.version = message_text(txn_arena(txn), "PLAN-1");
    set.n_reminders = count;
    set.reminders = list;
    return reference_store_put(txn, &set);
}

struct campaign_day {
    struct owner owner;
    struct walk_counts counts;
};

static status walk_member(void *ctx, struct txn *txn)
{
    struct campaign_day *day = ctx;
    return campaign_walk_member(txn, day->owner,
                                date_to_days(date_from_wall_ms(txn_now_ms(txn), 60)), &day->counts);
}

struct walk_counts fund_campaign_day(struct harness *h, struct owner owner)
{
    struct campaign_day day = {.owner = owner};
    assert_ok(harness_write(h, walk_member, &day));
    return day.counts;
}

struct carrying {
    struct owner owner;
    int32_t year;
};

static status carry(void *ctx, struct txn *txn)
{
    const struct carrying *carrying = ctx;
    obligation_row *row;
    TRY(obligation_store_get(txn, carrying->owner, carrying->year, 1, &row));
    for (size_t i = 0; i < row->n_reminders; i++) {
        Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
        uint64_t sequence = row->reminders[i]->outbox_sequence;
        delivery.queue = OUTBOX_SMS;
        delivery.outcome = HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED;
        delivery.settle_ms = delivery.report_ms = txn_now_ms(txn);
        TRY(sequence == 0 ? STATUS_OK
                          : delivery_store_put(txn, carrying->owner, sequence, &delivery));
    }
    return STATUS_OK;
}

void fund_carry_reminders(struct harness *h, struct owner owner, int32_t year)
{
    struct carrying carrying = {owner, year};
    assert_ok(harness_write(h, carry, &carrying));
}
