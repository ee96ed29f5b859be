#include "service/liveness.h"

#include "auth/session.h"
#include "auth/throttle.h"
#include "base/array.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/calendar_rules.h"
#include "service/certificate_documents.h"
#include "service/liveness_rules.h"
#include "service/message.h"
#include "service/text_fill.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define ACT(name) HAYAT__V1__LIVENESS_ACT__LIVENESS_ACT_##name
#define VIDEO HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO
#define BY_VIDEO HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_LIVENESS_VIDEO

typedef Hayat__Store__V1__StoredLifeCertificate certificate_row;
typedef Hayat__Store__V1__StoredLivenessStep step_row;

/* --- in words --- */

enum { DIGITS_APART = 2 * LIVENESS_DIGITS + 1 };

static const struct {
    const char *text[3];
} acts[] = {
#define LIVENESS_ACT(name, en, fr, ar)                                                             \
    [ACT(name)] = {{[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar}},
#include "service/liveness_acts.def"
#undef LIVENESS_ACT
};

/* "4 7 2": said one by one. */
static void spread(const char *digits, char out[DIGITS_APART])
{
    size_t at = 0;
    for (size_t i = 0; i < LIVENESS_DIGITS && digits[i] != '\0'; i++) {
        out[at++] = digits[i];
        out[at++] = ' ';
    }
    out[at > 0 ? at - 1 : 0] = '\0';
}

static char *text_of(struct rpc *rpc, const step_row *step)
{
    char digits[DIGITS_APART];
    const char *const values[] = {digits};
    spread(step->digits, digits);
    return text_fill(rpc->arena, acts[step->act].text[rpc->language], values, ARRAY_LEN(values));
}

static status step_message(struct rpc *rpc, const step_row *step,
                           Hayat__V1__LivenessStep **ret_message)
{
    Hayat__V1__LivenessStep *message = message_new(rpc->arena,
                                                   &hayat__v1__liveness_step__descriptor);
    TRY(arena_check(rpc->arena));
    if (step->act >= ARRAY_LEN(acts) || acts[step->act].text[rpc->language] == NULL) {
        return FAIL(STORE_CORRUPT);
    }
    message->act = (Hayat__V1__LivenessAct)step->act;
    message->digits = step->digits;
    message->text = text_of(rpc, step);
    *ret_message = message;
    return arena_check(rpc->arena);
}

status liveness_message(struct rpc *rpc, const liveness_row *row,
                        Hayat__V1__LivenessChallenge **ret_message)
{
    *ret_message = NULL;
    if (row == NULL) {
        return STATUS_OK;
    }
    Hayat__V1__LivenessChallenge *message = message_new(rpc->arena,
                                                        &hayat__v1__liveness_challenge__descriptor);
    TRY(arena_check(rpc->arena));
    message->liveness_challenge_id = message_id(rpc->arena, "lvc", row->liveness_challenge_id);
    message->create_time = message_time(rpc->arena, row->create_ms);
    message->expire_time = message_time(rpc->arena, row->expire_ms);
    message->answer_time = message_optional_time(rpc->arena, row->answer_ms);
    message->steps = arena_array(rpc->arena, row->n_steps, sizeof(Hayat__V1__LivenessStep *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < row->n_steps; i++) {
        TRY(step_message(rpc, row->steps[i], &message->steps[i]));
        message->n_steps = i + 1;
    }
    *ret_message = message;
    return STATUS_OK;
}

/* --- who may answer --- */

/* The caller's device; a session by passphrase has none and stands for itself, through all its tokens. */
static status asker(struct rpc *rpc, struct id *ret_asker)
{
    struct session_family family;
    *ret_asker = rpc->principal->device;
    if (id_is_zero(*ret_asker)) {
        TRY(session_of(rpc->txn, rpc->principal, &family));
        *ret_asker = family.id;
    }
    return STATUS_OK;
}

static status is_of_caller(struct rpc *rpc, const liveness_row *row, bool *ret_is)
{
    struct id caller;
    TRY(asker(rpc, &caller));
    *ret_is = bytes_equal(bytes_of_binary(row->asked_by), bytes_of(caller.bytes, ID_BYTES));
    return STATUS_OK;
}

status liveness_waiting_message(struct rpc *rpc, const certificate_row *certificate,
                                Hayat__V1__LivenessChallenge **ret_message)
{
    const liveness_row *row = certificate->liveness_challenge;
    bool shown = row != NULL && rpc->principal->kind == CALLER_MEMBER &&
                 txn_steady_ms(rpc->txn) < row->expire_steady_ms;
    if (shown) {
        TRY(is_of_caller(rpc, row, &shown));
    }
    return liveness_message(rpc, shown ? row : NULL, ret_message);
}

status liveness_is_missing(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *document,
                           bool *ret_missing)
{
    const liveness_row *row = document->liveness_challenge;
    bool answered = document->item != (uint32_t)VIDEO || document->state != DOCUMENT(COMPLETE);
    if (!answered && row != NULL) {
        TRY(is_of_caller(rpc, row, &answered));
    }
    *ret_missing = !answered;
    return STATUS_OK;
}

/* --- answering --- */

static status refuse(struct rpc *rpc, const char *path, const char *what)
{
    rpc_violation(rpc, path, what);
    return FAIL(INVALID_FIELD);
}

status liveness_check_declaration(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                                  const certificate_row *certificate)
{
    const bool is_video = request->item == VIDEO;
    if (!is_video) {
        return request->liveness_challenge_id[0] == '\0'
                   ? STATUS_OK
                   : refuse(rpc, "liveness_challenge_id", "is for a liveness video");
    }
    if (certificate->route != (uint32_t)BY_VIDEO) {
        return refuse(rpc, "item", "is for a certificate of the route LIVENESS_VIDEO");
    }
    return request->liveness_challenge_id[0] != '\0'
               ? STATUS_OK
               : refuse(rpc, "liveness_challenge_id", "must name the challenge it follows");
}

static status check_answer(struct rpc *rpc, const char *named, const liveness_row *row)
{
    struct liveness_claim claim = {.now_ms = txn_steady_ms(rpc->txn)};
    if (row == NULL || !id_parse(bytes_str(named), "lvc", &claim.named)) {
        return FAIL(LIVENESS_CHALLENGE_INVALID);
    }
    if (!id_of_binary(row->liveness_challenge_id, &claim.asked) ||
        !id_of_binary(row->asked_by, &claim.asked_by)) {
        return FAIL(STORE_CORRUPT);
    }
    claim.expire_steady_ms = row->expire_steady_ms;
    TRY(asker(rpc, &claim.declared_by));
    return liveness_answers(&claim) ? STATUS_OK : FAIL(LIVENESS_CHALLENGE_INVALID);
}

status liveness_take(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                     certificate_row *certificate, Hayat__Store__V1__StoredDocument *upload)
{
    if (request->item != VIDEO) {
        return STATUS_OK;
    }
    TRY(check_answer(rpc, request->liveness_challenge_id, certificate->liveness_challenge));
    upload->liveness_challenge = certificate->liveness_challenge;
    upload->liveness_challenge->answer_ms = rpc->now_ms;
    certificate->liveness_challenge = NULL;
    certificate->version++;
    return life_certificate_store_put(rpc->txn, rpc->principal->owner, certificate);
}

/* --- asking --- */

static status keep_steps(struct rpc *rpc, const struct liveness_steps *drawn, liveness_row *row)
{
    row->steps = arena_array(rpc->arena, LIVENESS_STEPS, sizeof(step_row *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < LIVENESS_STEPS; i++) {
        step_row *step = message_new(rpc->arena,
                                     &hayat__store__v1__stored_liveness_step__descriptor);
        TRY(arena_check(rpc->arena));
        step->act = (uint32_t)drawn->step[i].act;
        step->digits = message_text(rpc->arena, drawn->step[i].digits);
        row->steps[row->n_steps++] = step;
    }
    return arena_check(rpc->arena);
}

static status make(struct rpc *rpc, liveness_row **ret_row)
{
    struct id id = id_new(rpc->app->random), caller;
    liveness_row *row = message_new(rpc->arena,
                                    &hayat__store__v1__stored_liveness_challenge__descriptor);
    TRY(arena_check(rpc->arena));
    TRY(asker(rpc, &caller));
    const struct liveness_steps drawn = liveness_draw(rpc->app->random);
    row->liveness_challenge_id = message_bytes(rpc->arena, bytes_of(id.bytes, ID_BYTES));
    row->asked_by = message_bytes(rpc->arena, bytes_of(caller.bytes, ID_BYTES));
    row->create_ms = rpc->now_ms;
    row->expire_ms = rpc->now_ms + LIMIT_LIVENESS_MS;
    row->expire_steady_ms = txn_steady_ms(rpc->txn) + LIMIT_LIVENESS_MS;
    *ret_row = row;
    return keep_steps(rpc, &drawn, row);
}

struct looking {
    const struct rpc *rpc;
    bytes certificate_id;
    bool found;
};

static void look_for_video(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    struct looking *looking = ctx;
    bool open = document->state == DOCUMENT(OPEN) && document->expire_ms > looking->rpc->now_ms;
    bool live = open || document->state == DOCUMENT(COMPLETE);
    looking->found |= live && document->item == (uint32_t)VIDEO &&
                      bytes_equal(bytes_of_binary(document->life_certificate_id),
                                  looking->certificate_id);
}

/* Told before anybody films themselves for nothing: a video that is there has to be cancelled first. */
static status no_video_yet(struct rpc *rpc, const certificate_row *certificate)
{
    struct looking looking = {.rpc = rpc,
                              .certificate_id = bytes_of_binary(certificate->life_certificate_id)};
    TRY(document_store_each(rpc->txn, rpc->principal->owner, look_for_video, &looking));
    return looking.found ? FAIL(UPLOAD_ITEM_TAKEN) : STATUS_OK;
}

static status may_ask(struct rpc *rpc, const certificate_row *certificate)
{
    if (!certificate_is_open((certificate_state)certificate->state)) {
        return FAIL(CERTIFICATE_ALREADY_FILED);
    }
    if (certificate->route != (uint32_t)BY_VIDEO) {
        return FAIL(LIVENESS_OTHER_ROUTE);
    }
    if (certificate->liveness_challenge_count < LIMIT_LIVENESS_CHALLENGES) {
        return STATUS_OK;
    }
    rpc_quota(rpc, "challenges_per_certificate", "challenges asked for in one filing: 20");
    return FAIL(LIVENESS_CHALLENGE_LIMIT);
}

/* A draft is begun in a moment: without this, drafts would be asked for until one's challenge fits a film of before. */
static status count_asked(struct rpc *rpc)
{
    static const struct throttle_rule a_day = {THROTTLE_LIVENESS, LIMIT_LIVENESS_CHALLENGES_A_DAY,
                                               MS_PER_DAY};
    status s = throttle_take(rpc->txn, &a_day, bytes_of(rpc->principal->owner.bytes, OWNER_BYTES),
                             &rpc->details.retry_after_ms);
    if (s.why == REASON_RATE_LIMITED) {
        rpc_quota(rpc, "challenges_per_day", "challenges one member asks for within a day: 40");
    }
    return s;
}

status life_certificate_create_liveness_challenge(
    struct rpc *rpc, const Hayat__V1__CreateLivenessChallengeRequest *request,
    Hayat__V1__CreateLivenessChallengeResponse *response)
{
    certificate_row *certificate;
    TRY(certificate_find(rpc, request->life_certificate_id, &certificate));
    TRY(may_ask(rpc, certificate));
    TRY(no_video_yet(rpc, certificate));
    TRY(count_asked(rpc));
    TRY(make(rpc, &certificate->liveness_challenge));
    certificate->liveness_challenge_count++;
    certificate->version++;
    TRY(life_certificate_store_put(rpc->txn, rpc->principal->owner, certificate));
    return liveness_message(rpc, certificate->liveness_challenge, &response->liveness_challenge);
}
