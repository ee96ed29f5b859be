#include "jobs/bank_job.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/retry_rules.h"
#include "hayat/bank/v1/account_verification.pb-c.h"
#include "jobs/ticker.h"
#include "rpc/client/client.h"
#include "service/bank_change.h"
#include "service/message.h"
#include "storage/member_store.h"

#define VERIFY_PATH "/hayat.bank.v1.AccountVerificationService/VerifyAccount"
#define RESULT(name) HAYAT__BANK__V1__VERIFICATION_RESULT__VERIFICATION_RESULT_##name

enum { PERIOD_MS = 1000, ARENA_BYTES = 1024 * 1024 };

struct bank_job {
    struct bank_job_options options;
    struct channel *channel; /* NULL: there is no bank */
    struct breaker breaker;
    bool open; /* as it was told last */
    struct ticker *ticker;
};

/* One change whose time has come. */
struct round {
    struct bank_job *job;
    struct bank_due due;
    struct arena arena;
    bool ask;
    Hayat__Bank__V1__VerifyAccountRequest question; /* in the arena */
    bank_answer answer;
    const char *name_on_file;
};

/* --- in the writer's transaction --- */

static status fill_cin(struct txn *txn, struct owner owner,
                       Hayat__Bank__V1__VerifyAccountRequest *question)
{
    Hayat__Store__V1__StoredBeneficiary *holder;
    status s = member_store_get_beneficiary(txn, owner, SEQ_HOLDER, &holder);
    if (s.why == REASON_NOT_FOUND || (ok(s) && holder->cine_number[0] == '\0')) {
        return STATUS_OK;
    }
    TRY(s);
    uint8_t digest[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(digest, (const uint8_t *)holder->cine_number,
                             strlen(holder->cine_number));
    question->cin_sha256 = message_bytes(txn_arena(txn), bytes_of(digest, sizeof digest));
    return arena_check(txn_arena(txn));
}

static status fill_question(struct txn *txn, const struct bank_change *change, struct round *round)
{
    Hayat__Bank__V1__VerifyAccountRequest *question = &round->question;
    hayat__bank__v1__verify_account_request__init(question);
    question->request_id = message_id_of(&round->arena, "bac", change->id);
    question->rib = message_text(&round->arena, change->row->rib);
    question->holder_name = message_text(&round->arena, change->row->holder_name);
    TRY(arena_check(&round->arena));
    return fill_cin(txn, change->owner, question);
}

static status take_due(void *ctx, struct txn *txn)
{
    struct round *round = ctx;
    struct bank_change change;
    TRY(bank_change_find(txn, round->due.owner, round->due.change, &change));
    TRY(bank_change_due(txn, &change, &round->ask));
    if (round->ask && round->job->channel == NULL) {
        round->ask = false;
        return bank_change_answered(txn, &change, BANK_ANSWER(NOT_POSSIBLE), "");
    }
    return round->ask ? fill_question(txn, &change, round) : STATUS_OK;
}

static status file_answer(void *ctx, struct txn *txn)
{
    struct round *round = ctx;
    struct bank_change change;
    TRY(bank_change_find(txn, round->due.owner, round->due.change, &change));
    return bank_change_answered(txn, &change, round->answer, round->name_on_file);
}

/* --- the question --- */

/* What a bank says is as little to be trusted as anybody's word: what is not one of the answers is none. */
static bank_answer read_answer(const Hayat__Bank__V1__VerifyAccountResponse *response,
                               const char **ret_name)
{
    bytes name = bytes_str(response->name_on_file);
    bool good_name = name.len <= LIMIT_BANK_NAME_BYTES && bytes_is_text(name);
    *ret_name = response->result == RESULT(CLOSE_MATCH) && good_name ? response->name_on_file : "";
    switch (response->result) {
    case RESULT(MATCH):
        return BANK_ANSWER(MATCH);
    case RESULT(CLOSE_MATCH):
        return BANK_ANSWER(CLOSE_MATCH);
    case RESULT(NO_MATCH):
        return BANK_ANSWER(NO_MATCH);
    case RESULT(NOT_POSSIBLE):
        return BANK_ANSWER(NOT_POSSIBLE);
    case RESULT(UNSPECIFIED):
    case _HAYAT__BANK__V1__VERIFICATION_RESULT_IS_INT_SIZE:
        break;
    }
    return BANK_ANSWER(UNSPECIFIED);
}

static void tell_breaker(struct bank_job *job)
{
    bool open = breaker_wait_ms(&job->breaker, clock_mono_us(job->options.app->clock)) > 0;
    if (open != job->open) {
        job->open = open;
        log_event(open ? LOG_WARN : LOG_INFO, open ? "bank_breaker_open" : "bank_breaker_closed");
        if (job->options.on_breaker != NULL) {
            job->options.on_breaker(open);
        }
    }
}

static void ask(struct bank_job *job, struct round *round)
{
    const struct app *app = job->options.app;
    struct rpc_reply reply;
    const struct call_options call = {
        .path = VERIFY_PATH,
        .timeout_ms = LIMIT_BANK_CALL_MS,
        .response = &hayat__bank__v1__verify_account_response__descriptor};
    round->answer = BANK_ANSWER(UNSPECIFIED);
    round->name_on_file = "";
    status s = channel_unary(job->channel, &call, &round->question.base, &round->arena, &reply);
    if (ok(s)) {
        round->answer = read_answer((const Hayat__Bank__V1__VerifyAccountResponse *)reply.message,
                                    &round->name_on_file);
    }
    if (round->answer == BANK_ANSWER(UNSPECIFIED)) {
        log_event(LOG_INFO, "bank_silent",
                  LOG_WORD("reason", ok(s) ? "NO_ANSWER" : reason_name(s.why)));
        breaker_failure(&job->breaker, clock_mono_us(app->clock), app->random);
    } else {
        breaker_success(&job->breaker);
    }
    tell_breaker(job);
}

/* --- a round --- */

static void report(status s)
{
    if (!ok(s)) {
        log_event(LOG_WARN, "bank_job_failed", LOG_WORD("reason", reason_name(s.why)));
    }
}

static void take(struct bank_job *job, const struct bank_due *due)
{
    struct round round = {.job = job, .due = *due};
    arena_init(&round.arena, ARENA_BYTES);
    status s = writer_run(job->options.app->writer, &round.arena, take_due, &round);
    bool open = breaker_wait_ms(&job->breaker, clock_mono_us(job->options.app->clock)) > 0;
    if (ok(s) && round.ask && !open) {
        ask(job, &round);
        s = writer_run(job->options.app->writer, &round.arena, file_answer, &round);
    }
    report(s);
    arena_fini(&round.arena);
}

static status read_due(struct bank_job *job, struct arena *arena, struct bank_due_list *ret_list)
{
    struct txn *txn;
    TRY(txn_begin_read(job->options.app->db, arena, &txn));
    status s = bank_store_due(txn, ret_list);
    txn_end_read(txn);
    return s;
}

static int64_t run(void *ctx)
{
    struct bank_job *job = ctx;
    struct bank_due_list list = {.count = 0};
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    report(read_due(job, &arena, &list));
    arena_fini(&arena);
    for (size_t i = 0; i < list.count; i++) {
        take(job, &list.rows[i]);
    }
    tell_breaker(job);
    return list.count == LIMIT_BANK_DUE ? 1 : PERIOD_MS;
}

/* --- start and stop --- */

static status open_channel(struct bank_job *job)
{
    const struct bank_job_options *options = &job->options;
    if (options->target == NULL) {
        return STATUS_OK;
    }
    rpc_client_init();
    return channel_open(&(struct channel_options){.target = options->target,
                                                  .ca_file = options->ca,
                                                  .cert_file = options->cert,
                                                  .key_file = options->key,
                                                  .server_name = options->server_name},
                        &job->channel);
}

static void free_job(struct bank_job *job)
{
    if (job->options.target != NULL) {
        channel_close(job->channel);
        rpc_client_shutdown();
    }
    free(job);
}

status bank_job_start(const struct bank_job_options *options, struct bank_job **ret_job)
{
    struct bank_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return FAIL(INTERNAL);
    }
    job->options = *options;
    job->breaker.first_ms = LIMIT_BANK_OPEN_MS;
    const struct ticker_plan plan = {"hayat-bank", run, job, PERIOD_MS};
    status s = open_channel(job);
    if (ok(s)) {
        s = ticker_start(&plan, &job->ticker);
    }
    if (!ok(s)) {
        free_job(job);
        return s;
    }
    *ret_job = job;
    return STATUS_OK;
}

void bank_job_stop(struct bank_job *job)
{
    if (job != NULL) {
        ticker_stop(job->ticker);
        free_job(job);
    }
}
