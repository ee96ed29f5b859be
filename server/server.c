#include "server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "auth/ratelimit.h"
#include "base/block_pool.h"
#include "base/limits.h"
#include "helper/helper.h"
#include "jobs/audit_export.h"
#include "jobs/bank_job.h"
#include "jobs/campaign_job.h"
#include "jobs/checker_job.h"
#include "jobs/preload.h"
#include "jobs/reseal_job.h"
#include "jobs/retention_job.h"
#include "jobs/scheduler.h"
#include "rpc/health.h"
#include "rpc/worker_pool.h"
#include "storage/document_store.h"

static const char *unless_empty(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* A keyring is made only for a store that does not exist yet: a lost keyring is a lost store, not a
   new one. */
static bool is_first_start(const struct config *config)
{
    char path[PATH_MAX + 16];
    int len = snprintf(path, sizeof path, "%s/data.mdb", config->store.directory);
    return len > 0 && (size_t)len < sizeof path && access(path, F_OK) != 0;
}

/* SEC-D5: no reply, no commit, no cleaning up after this. */
static void store_lost(void *ctx)
{
    (void)ctx;
    log_event(LOG_ERROR, "store_lost", LOG_NUMBER("exit", EXIT_STORE_LOST));
    _exit(EXIT_STORE_LOST);
}

/* A store from before there was an audit chain gets its key. */
static status upgrade_and_open_keys(struct server *server, const struct config *config)
{
    const char *master = config->store.master_key, *keyring = config->store.keyring;
    if (access(keyring, F_OK) == 0) {
        TRY(keyring_upgrade(master, keyring));
    }
    return keyring_open(master, keyring, is_first_start(config), &server->keys);
}

/* Three files open a store: which one did not is what an operator who restores one must know. */
static status open_keys(struct server *server, const struct config *config)
{
    struct keyring_fault fault;
    status s = upgrade_and_open_keys(server, config);
    if (!ok(s)) {
        keyring_examine(config->store.master_key, config->store.keyring, &fault);
        if (!ok(fault.why)) {
            log_event(LOG_ERROR, "keys_not_opened", LOG_WORD("file", keyring_file_name(fault.file)),
                      LOG_WORD("reason", reason_name(fault.why.why)));
        }
    }
    return s;
}

static status open_store(struct server *server, const struct config *config)
{
    struct app *app = &server->app;
    const struct db_options options = {
        .directory = config->store.directory,
        .keys = server->keys,
        .clock = app->clock,
        .random = app->random,
        .allow_test_file_systems = config->store.allow_test_file_systems,
    };
    TRY(db_open(&options, &app->db));
    const struct writer_options writer = {.db = app->db, .on_fatal = store_lost};
    return writer_start(&writer, &app->writer);
}

static status start_helpers(struct server *server)
{
    struct app *app = &server->app;
    receipt_signer_init(&server->signer, server->keys);
    app->signer = &server->signer;
    app->limiter = rate_limiter_new(app->clock, app->random);
    app->upload_blocks = block_pool_new(LIMIT_CHUNK_CELL_BYTES, LIMIT_UPLOAD_SHARED_CHUNKS);
    server->pipeline = (struct pipeline){.app = app,
                                         .workers = worker_pool_start(&worker_pool_workers),
                                         .secrets = worker_pool_start(&worker_pool_secrets),
                                         .paper = worker_pool_start(&worker_pool_paper)};
    if (app->limiter == NULL || app->upload_blocks == NULL || server->pipeline.workers == NULL ||
        server->pipeline.secrets == NULL || server->pipeline.paper == NULL) {
        return FAIL(INTERNAL);
    }
    const struct scheduler_options jobs = {.app = app, .ends = {.upload = document_store_expire}};
    return scheduler_start(&jobs, &server->scheduler);
}

/* Where it is installed unless the configuration says. */
static const char *find_program(const char *name, const char *configured, char path[PATH_MAX])
{
    if (configured[0] != '\0') {
        return memcpy(path, configured, PATH_MAX);
    }
    helper_find(name, path);
    return path;
}

/* Without it there are no statements as PDF or FHIR; that is no reason for members to have nothing at all. */
static void find_renderer(struct server *server, const struct config *config)
{
    static const char name[] = "hayat-paper";
    server->app.renderer = find_program(name, config->paper.program, server->renderer);
    if (access(server->app.renderer, X_OK) != 0) {
        log_event(LOG_WARN, "renderer_missing", LOG_WORD("program", name));
    }
}

/* Without it documents wait for their check, and health says so. */
static status start_checker(struct server *server, const struct config *config)
{
    const struct checker_job_options options = {
        .checker = {.app = &server->app,
                    .program = find_program("hayat-check", config->checker.program,
                                            server->inspector),
                    .clamd = unless_empty(config->checker.clamd_socket)},
        .on_down = health_set_checker_down,
    };
    return checker_job_start(&options, &server->checker);
}

/* What is done beside calls and expiry.  Heads are signed even when nobody takes them: proofs need them. */
static status start_jobs(struct server *server, const struct config *config)
{
    const struct audit_export_options options = {
        .app = &server->app,
        .file = unless_empty(config->audit.file),
        .syslog = config->audit.syslog,
        .period_ms = config->audit.interval_seconds * 1000,
        .on_late = health_set_audit_late,
    };
    const struct bank_job_options bank = {
        .app = &server->app,
        .target = unless_empty(config->bank.target),
        .ca = unless_empty(config->bank.ca),
        .cert = unless_empty(config->bank.cert),
        .key = unless_empty(config->bank.key),
        .server_name = unless_empty(config->bank.server_name),
        .on_breaker = health_set_bank_silent,
    };
    const struct retention_job_options retention = {
        .app = &server->app,
        .keyring_path = config->store.keyring,
        .on_late = health_set_retention_late,
    };
    TRY(config->store.preload ? preload_start(server->app.db, &server->preload) : STATUS_OK);
    TRY(reseal_job_start(&server->app, &server->reseal));
    TRY(bank_job_start(&bank, &server->bank));
    TRY(start_checker(server, config));
    TRY(campaign_job_start(&server->app, &server->campaign));
    TRY(retention_job_start(&retention, &server->retention));
    return audit_export_start(&options, &server->audit);
}

static status start_engine(struct server *server, const struct config *config)
{
    const struct engine_options options = {
        .pipeline = &server->pipeline,
        .listen = unless_empty(config->server.listen),
        .cert = config->server.plaintext ? NULL : unless_empty(config->server.cert),
        .key = unless_empty(config->server.key),
        .agents_listen = unless_empty(config->server.agents_listen),
        .client_ca = unless_empty(config->server.client_ca),
        .unix_socket = unless_empty(config->server.unix_socket),
        .threads = (uint32_t)config->server.threads,
    };
    return engine_start(&options, &server->engine);
}

/* The system's, but for a demonstration that lives through months in minutes. */
static status choose_clock(struct server *server, const struct config *config)
{
    const char *path = unless_empty(config->time.demonstration_clock);
    server->app.clock = &clock_system;
    if (path == NULL) {
        return STATUS_OK;
    }
    TRY(shifted_clock_open(path, &server->clock));
    server->app.clock = &server->clock.clock;
    log_event(LOG_WARN, "demonstration_clock");
    return STATUS_OK;
}

status server_start(struct server *server, const struct config *config, const char **ret_part)
{
    server->app = (struct app){
        .random = &random_system,
        .access_token_ms = config->session.access_token_seconds * 1000,
        .utc_offset_minutes = (int32_t)config->time.utc_offset_minutes,
        .fund = {.name_fr = config->fund.name_fr,
                 .name_ar = config->fund.name_ar,
                 .phone = config->fund.phone,
                 .site = config->fund.site},
    };
    *ret_part = "clock";
    TRY(choose_clock(server, config));
    find_renderer(server, config);
    *ret_part = "keyring";
    TRY(open_keys(server, config));
    server->app.keys = server->keys;
    *ret_part = "store";
    TRY(open_store(server, config));
    *ret_part = "workers";
    TRY(start_helpers(server));
    *ret_part = "jobs";
    TRY(start_jobs(server, config));
    *ret_part = "listener";
    return start_engine(server, config);
}

void server_reload(struct server *server, const struct config *config)
{
    engine_recheck_certificates(server->engine);
    status s = keyring_reload(config->store.master_key, config->store.keyring, server->keys);
    log_event(ok(s) ? LOG_INFO : LOG_ERROR, ok(s) ? "reloaded" : "keys_not_reloaded",
              LOG_WORD("reason", ok(s) ? "OK" : reason_name(s.why)));
}

bool server_stop(struct server *server)
{
    if (!engine_drain(server->engine)) {
        return false;
    }
    preload_stop(server->preload);
    scheduler_stop(server->scheduler);
    campaign_job_stop(server->campaign);
    bank_job_stop(server->bank);
    checker_job_stop(server->checker);
    retention_job_stop(server->retention);
    reseal_job_stop(server->reseal);
    audit_export_stop(server->audit);
    worker_pool_stop(server->pipeline.paper);
    worker_pool_stop(server->pipeline.secrets);
    worker_pool_stop(server->pipeline.workers);
    writer_stop(server->app.writer);
    engine_stop(server->engine);
    db_close(server->app.db);
    rate_limiter_free(server->app.limiter);
    block_pool_free(server->app.upload_blocks);
    receipt_signer_fini(&server->signer);
    keyring_close(server->keys);
    return true;
}
