/* hayat-courier: carries the server's letters, text messages, e-mails, wake-ups and what the core system must know.  Exit codes: 0 told to stop, 1 failed, 2 wrong arguments or configuration. */
#include <fcntl.h>
#include <popt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/process.h"
#include "base/wipe.h"
#include "outbound/durable.h"
#include "outbound/http.h"
#include "outbound/kannel.h"
#include "outbound/push.h"
#include "outbound/smtp.h"
#include "outbound/spool.h"
#include "tools/courier/config.h"
#include "tools/courier/courier.h"
#include "tools/courier/reporter.h"

enum {
    EXIT_USAGE = 2,
    STOP_MS = 20000, /* a message carried at its slowest is in it */
    COURIERS_MAX = 5,
    PASSWORD_MAX = 128,
};
#define CARRIED_LIFE_MS (30LL * 24 * 3600 * 1000)
#define HOUR_MS (3600LL * 1000)

struct arguments {
    char *config;
    int check_config, version;
};

struct program {
    struct courier_config config;
    struct carried carried;
    struct courier couriers[COURIERS_MAX];
    size_t count;
    struct reporter reporter; /* unless [sms] report_listen is empty */
};

/* --- arguments --- */

static bool parse_arguments(int argc, const char **argv, struct arguments *ret)
{
    const struct poptOption options[] = {
        {"config", 'c', POPT_ARG_STRING, &ret->config, 0, "configuration file", "FILE"},
        {"check-config", 0, POPT_ARG_NONE, &ret->check_config, 0, "read the configuration and end",
         NULL},
        {"version", 'V', POPT_ARG_NONE, &ret->version, 0, "print the version", NULL},
        POPT_AUTOHELP POPT_TABLEEND,
    };
    poptContext context = poptGetContext("hayat-courier", argc, argv, options, 0);
    poptSetOtherOptionHelp(
        context,
        "--config FILE\n\nCarries letters, messages and wake-ups of hayatd.  Exit codes: 0 told to "
        "stop, 1 failed, 2 wrong arguments\nor configuration.\n");
    int next = poptGetNextOpt(context);
    const char *stray = next < -1 ? NULL : poptGetArg(context);
    if (next < -1) {
        (void)fprintf(stderr, "hayat-courier: %s: %s\n", poptBadOption(context, 0),
                      poptStrerror(next));
    } else if (stray != NULL) {
        (void)fprintf(stderr, "hayat-courier: unexpected argument: %s\n", stray);
    }
    bool good = next == -1 && stray == NULL;
    if (good && ret->config == NULL && !ret->version) {
        (void)fprintf(stderr, "hayat-courier: --config FILE is needed (--help tells more)\n");
        good = false;
    }
    poptFreeContext(context);
    return good;
}

/* --- the process --- */

static const char *unless_empty(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* --- carriers --- */

/* The first line. */
static status read_password(const char *path, char out[PASSWORD_MAX])
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL || fgets(out, PASSWORD_MAX, file) == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    out[strcspn(out, "\r\n")] = '\0';
    return STATUS_OK;
}

static bool has_reports(const struct program *program)
{
    return program->config.sms.report_listen[0] != '\0';
}

static status open_kannel(const struct program *program, struct carrier **ret_carrier)
{
    const struct courier_config *config = &program->config;
    char password[PASSWORD_MAX];
    TRY(read_password(config->sms.kannel_password_file, password));
    const struct kannel_options options = {
        .url = config->sms.kannel_url,
        .username = config->sms.kannel_user,
        .password = password,
        .from = config->sms.kannel_from,
        .timeout_ms = config->sms.timeout_seconds * 1000,
        .ca_file = unless_empty(config->sms.kannel_ca),
        .reports = has_reports(program) ? &program->reporter.link : NULL,
    };
    status s = kannel_open(&options, ret_carrier);
    wipe(password, sizeof password);
    return s;
}

static status open_sms(const struct program *program, struct carrier **ret_carrier)
{
    return program->config.sms.carrier == CARRIER_KANNEL
               ? open_kannel(program, ret_carrier)
               : spool_sms_open(program->config.sms.spool, ret_carrier);
}

static status open_post(const struct program *program, struct carrier **ret_carrier)
{
    const struct courier_config *config = &program->config;
    const struct spool_letter_options options = {
        .directory = config->post.spool,
        .font_directory = unless_empty(config->post.fonts),
        .fund = {.name_fr = config->fund.name_fr,
                 .name_ar = config->fund.name_ar,
                 .address = config->fund.address,
                 .phone = config->fund.phone,
                 .site = config->fund.site},
        .utc_offset_minutes = (int32_t)config->time.utc_offset_minutes,
    };
    return spool_letter_open(&options, ret_carrier);
}

static status open_email(const struct program *program, struct carrier **ret_carrier)
{
    const struct courier_config *config = &program->config;
    const struct spool_email_options spool = {.directory = config->email.spool,
                                              .from_address = config->email.from,
                                              .name_fr = config->fund.name_fr,
                                              .name_ar = config->fund.name_ar};
    char password[PASSWORD_MAX] = "";
    struct smtp_options options = {.url = config->email.smtp_url,
                                   .plain = config->email.smtp_tls == TLS_NONE,
                                   .ca_file = unless_empty(config->email.smtp_ca),
                                   .timeout_ms = config->email.timeout_seconds * 1000,
                                   .from_address = config->email.from,
                                   .name_fr = config->fund.name_fr,
                                   .name_ar = config->fund.name_ar};
    if (config->email.carrier == CARRIER_SPOOL) {
        return spool_email_open(&spool, ret_carrier);
    }
    if (config->email.smtp_user[0] != '\0') {
        TRY(read_password(config->email.smtp_password_file, password));
        options.username = config->email.smtp_user;
        options.password = password;
    }
    status s = smtp_open(&options, ret_carrier);
    wipe(password, sizeof password);
    return s;
}

static status open_push(const struct program *program, struct carrier **ret_carrier)
{
    const struct courier_config *config = &program->config;
    char secret[PASSWORD_MAX] = "";
    struct push_options options = {.url = config->push.url,
                                   .ca_file = unless_empty(config->push.ca),
                                   .timeout_ms = config->push.timeout_seconds * 1000};
    if (config->push.secret_file[0] != '\0') {
        TRY(read_password(config->push.secret_file, secret));
        options.secret = secret;
    }
    status s = push_open(&options, ret_carrier);
    wipe(secret, sizeof secret);
    return s;
}

static status open_core(const struct program *program, struct carrier **ret_carrier)
{
    return spool_core_open(program->config.core.spool, ret_carrier);
}

/* --- routes --- */

struct route_spec {
    const char *name;
    Hayat__Backoffice__V1__OutboxQueue queue;
    enum carrier_kind carrier;
    int64_t give_up_ms;
    status (*open)(const struct program *program, struct carrier **ret_carrier);
};

static struct channel_options server_of(const struct courier_config *config)
{
    return (struct channel_options){.target = config->server.address,
                                    .ca_file = config->server.ca,
                                    .cert_file = config->server.cert,
                                    .key_file = config->server.key,
                                    .server_name = unless_empty(config->server.name)};
}

static status add_route(struct program *program, const struct route_spec *spec)
{
    const struct courier_config *config = &program->config;
    struct courier *courier = &program->couriers[program->count++];
    courier->server = server_of(config);
    courier->lease_ms = config->courier.lease_seconds * 1000;
    int64_t retry_ms = config->courier.retry_seconds * 1000;
    courier->route = (struct route){.name = spec->name,
                                    .queue = spec->queue,
                                    .give_up_ms = spec->give_up_ms,
                                    .carried = &program->carried,
                                    .clock = &clock_system,
                                    .random = &random_system,
                                    .retry_ms = retry_ms,
                                    .breaker = {.first_ms = retry_ms}};
    return spec->open(program, &courier->route.carrier);
}

#define QUEUE(name) HAYAT__BACKOFFICE__V1__OUTBOX_QUEUE__OUTBOX_QUEUE_##name

static status add_routes(struct program *program)
{
    const struct courier_config *config = &program->config;
    const struct route_spec specs[COURIERS_MAX] = {
        {"sms", QUEUE(SMS), config->sms.carrier, config->sms.give_up_hours * HOUR_MS, open_sms},
        {"post", QUEUE(POST), config->post.carrier, config->post.give_up_hours * HOUR_MS,
         open_post},
        {"email", QUEUE(EMAIL), config->email.carrier, config->email.give_up_hours * HOUR_MS,
         open_email},
        {"push", QUEUE(PUSH), config->push.carrier, config->push.give_up_hours * HOUR_MS,
         open_push},
        {"core", QUEUE(CORE), config->core.carrier, INT64_MAX, open_core}, /* never given up */
    };
    for (size_t i = 0; i < COURIERS_MAX; i++) {
        if (specs[i].carrier != CARRIER_NONE) {
            TRY(add_route(program, &specs[i]));
        }
    }
    return STATUS_OK;
}

/* --- start and end --- */

/* Two couriers with one directory would carry everything twice. */
static status lock_state(struct program *program)
{
    TRY(carried_open(program->config.courier.state, &program->carried));
    return flock(program->carried.directory, LOCK_EX | LOCK_NB) == 0 ? STATUS_OK
                                                                     : FAIL(ALREADY_RUNNING);
}

/* The routes' messages name the link: it is there before them. */
static status open_link(struct program *program)
{
    return has_reports(program)
               ? report_link_open(program->carried.directory, program->config.sms.report_listen,
                                  &random_system, &program->reporter.link)
               : STATUS_OK;
}

/* Before any message goes out that is to be reported on. */
static status start_reporter(struct program *program)
{
    struct reporter *reporter = &program->reporter;
    if (!has_reports(program)) {
        return STATUS_OK;
    }
    reporter->server = server_of(&program->config);
    reporter->carrier = "kannel";
    reporter->clock = &clock_system;
    reporter->random = &random_system;
    return reporter_start(reporter, program->carried.directory);
}

static status start(struct program *program, const char **ret_part)
{
    *ret_part = "state";
    TRY(lock_state(program));
    carried_sweep(&program->carried, clock_wall_ms(&clock_system) - CARRIED_LIFE_MS);
    TRY(open_link(program));
    *ret_part = "carrier";
    TRY(outbound_global_init());
    TRY(add_routes(program));
    rpc_client_init();
    *ret_part = "reports";
    TRY(start_reporter(program));
    *ret_part = "thread";
    for (size_t i = 0; i < program->count; i++) {
        TRY(courier_start(&program->couriers[i]));
    }
    return STATUS_OK;
}

/* Threads that wait for the server are not waited for: what they would hear is told again to the next courier. */
static int stop(struct program *program)
{
    bool ended = true;
    if (has_reports(program)) {
        reporter_stop(&program->reporter);
    }
    for (size_t i = 0; i < program->count; i++) {
        ended = courier_stop(&program->couriers[i], STOP_MS) && ended;
    }
    log_event(ended ? LOG_INFO : LOG_WARN, ended ? "stopped" : "stopped_in_a_round");
    return EXIT_SUCCESS;
}

static int run(struct program *program)
{
    const char *part = "sodium";
    int signal_number = 0;
    process_harden();
    sigset_t signals = process_block_signals();
    log_set_level(program->config.log_level);
    status s = sodium_init() < 0 ? FAIL(INTERNAL) : start(program, &part);
    if (!ok(s)) {
        log_event(LOG_ERROR, "start_failed", LOG_WORD("part", part),
                  LOG_WORD("reason", reason_name(s.why)));
        return EXIT_FAILURE;
    }
    log_event(LOG_INFO, "ready", LOG_NUMBER("routes", program->count), LOG_NUMBER("pid", getpid()));
    (void)sigwait(&signals, &signal_number);
    return stop(program);
}

static int load_and_run(const struct arguments *arguments)
{
    static struct program program;
    struct ini_error error;
    if (!ok(courier_config_load(arguments->config, &program.config, &error))) {
        (void)fprintf(stderr, "hayat-courier: %s:%d: %s\n", arguments->config, error.line,
                      error.text);
        return EXIT_USAGE;
    }
    if (arguments->check_config) {
        (void)printf("%s: OK\n", arguments->config);
        return EXIT_SUCCESS;
    }
    int code = run(&program);
    (void)fflush(stdout);
    _exit(code);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int code = EXIT_USAGE;
    if (parse_arguments(argc, (void *)argv, &arguments)) {
        if (arguments.version) {
            (void)printf("hayat-courier %s\n", HAYAT_VERSION);
            code = EXIT_SUCCESS;
        } else {
            code = load_and_run(&arguments);
        }
    }
    free(arguments.config);
    return code;
}
