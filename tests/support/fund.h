/*
 * fund: invented people and the steps of a filing, for tests that need a member who has something.
 *
 * Memory   texts and messages live in h->arena.
 * Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_FUND_H
#define HAYAT_TESTS_FUND_H

#include "google/bytestream/bytestream.pb-c.h"
#include "hayat/v1/card.pb-c.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "service/campaign_walk.h"
#include "tests/support/harness.h"

#define CARD_METHOD(name) "/hayat.v1.CardService/" name
#define CERTIFICATE_METHOD(name) "/hayat.v1.LifeCertificateService/" name
#define UPLOAD_METHOD(name) "/hayat.v1.UploadService/" name
#define BYTE_STREAM_METHOD(name) "/google.bytestream.ByteStream/" name

#define ITEM(name) HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_##name
#define ROUTE(name) HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_##name

/* --- what the fund's feed brings --- */

/* The holder (seq 0) and DEPENDANTS more, each with a card; a photo on the holder's. */
void fund_put_family(struct harness *h, struct owner owner, uint32_t dependants);
void fund_put_beneficiary(struct harness *h, struct owner owner, uint32_t seq);
void fund_put_card(struct harness *h, struct owner owner, uint32_t seq, bool has_photo);
void fund_put_pension(struct harness *h, struct owner owner);
/* Days are relative to the harness's first day, 2026-01-15. */
void fund_put_campaign(struct harness *h, int32_t year, int64_t open, int64_t due,
                       int64_t grace_end);
/* The campaign job's day for one member, as it is now. */
struct walk_counts fund_campaign_day(struct harness *h, struct owner owner);
/* Everybody is reminded everywhere, so many days from the due day: COUNT of OFFSETS, at most 4. */
status fund_reminder_plan(struct txn *txn, const int32_t *offsets, size_t count);
/* The telephone network reports each reminder of OWNER's obligation of YEAR to be there. */
void fund_carry_reminders(struct harness *h, struct owner owner, int32_t year);
/* A pensioner of the campaign that is open; the session lasts 90 days. */
struct harness_member fund_pensioner(struct harness *h, const char *registration_number);

/* --- what the member does --- */

/* A fresh UUID. */
char *fund_request_id(struct harness *h);
/* A call that must go well. */
ProtobufCMessage *fund_call(struct harness *h, const char *path, const char *token,
                            const ProtobufCMessage *request);
/* "lc_…" of a new draft. */
char *fund_draft(struct harness *h, const char *token, Hayat__V1__ProofRoute route);

/* LEN bytes that begin as a PDF does, or an MP4; another SEED, other bytes. */
bytes fund_pdf(struct harness *h, size_t len, uint64_t seed);
bytes fund_film(struct harness *h, size_t len, uint64_t seed);
/* "lvc_…" of a new challenge. */
struct harness_reply fund_try_challenge(struct harness *h, const char *token,
                                        const char *certificate);
char *fund_challenge(struct harness *h, const char *token, const char *certificate);
/* A video of a new challenge. */
struct fund_file fund_video(struct harness *h, const char *token, const char *certificate);

struct fund_file {
    const char *certificate; /* "lc_…" */
    Hayat__V1__DocumentItem item;
    const char *media_type;
    bytes data;            /* declared by its size and digest */
    const char *challenge; /* "lvc_…" of a video; NULL for the rest */
};
struct harness_reply fund_try_declare(struct harness *h, const char *token,
                                      const struct fund_file *file);
/* "upl_…" */
char *fund_declare(struct harness *h, const char *token, const struct fund_file *file);
/* A PDF for the form of a new draft. */
char *fund_declare_form(struct harness *h, const char *token, bytes data);

struct fund_piece {
    int64_t offset;
    bytes data;
    bool finish;
};
struct harness_reply fund_append(struct harness *h, const char *token, const char *upload,
                                 struct fund_piece piece);
struct harness_reply fund_get_upload(struct harness *h, const char *token, const char *upload);
/* Declares and uploads all of it. */
char *fund_upload(struct harness *h, const char *token, const struct fund_file *file);
struct harness_reply fund_submit(struct harness *h, const char *token, const char *certificate);

/* Message of ByteStream.Write; NAME may be "". */
bool fund_stream_send(struct harness_stream *s, const char *name, int64_t offset, bytes data,
                      bool finish);
char *fund_upload_name(struct harness *h, const char *upload);
char *fund_document_name(struct harness *h, const char *upload_or_document);
struct fund_range {
    int64_t offset, limit;
};
/* All of ByteStream.Read; the reply tells how it ended. */
struct harness_reply fund_read(struct harness *h, const char *token, const char *name,
                               struct fund_range range, bytes *ret_data);

/* The same failure, byte for byte, but for what names the call itself. */
void fund_assert_same_failure(const struct harness_reply *a, const struct harness_reply *b);

#endif
