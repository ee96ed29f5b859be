/* hayatd: the server's program.  Exit codes: 0 drained, 1 failed, 2 wrong arguments or
   configuration, 70 store lost. */
#include <malloc.h>
#include <popt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/process.h"
#include "base/service_manager.h"
#include "config.h"
#include "server.h"

enum { EXIT_USAGE = 2 };

struct arguments {
    char *config;
    int check_config, version;
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
    poptContext context = poptGetContext("hayatd", argc, argv, options, 0);
    poptSetOtherOptionHelp(
        context, "--config FILE\n\nThe server of Hayat.  Exit codes: 0 drained, 1 failed, 2 wrong "
                 "arguments or configuration,\n70 the store can no longer be trusted.\n");
    int next = poptGetNextOpt(context);
    const char *stray = next < -1 ? NULL : poptGetArg(context);
    if (next < -1) {
        (void)fprintf(stderr, "hayatd: %s: %s\n", poptBadOption(context, 0), poptStrerror(next));
    } else if (stray != NULL) {
        (void)fprintf(stderr, "hayatd: unexpected argument: %s\n", stray);
    }
    bool good = next == -1 && stray == NULL;
    if (good && ret->config == NULL && !ret->version) {
        (void)fprintf(stderr, "hayatd: --config FILE is needed (--help tells more)\n");
        good = false;
    }
    poptFreeContext(context);
    return good;
}

/* --- the process --- */

/* The heap's top comes and goes with every call of the core; giving it back to the kernel each time costs a call 7 %. */
static void keep_heap(void)
{
    (void)mallopt(M_TRIM_THRESHOLD, LIMIT_HEAP_KEPT_BYTES);
    (void)mallopt(M_TOP_PAD, LIMIT_HEAP_STEP_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, LIMIT_HEAP_BLOCK_BYTES);
}

static void warn_of_demonstration(const struct config *config)
{
    if (config->session.demonstration) {
        log_event(LOG_WARN, "demonstration_sessions",
                  LOG_NUMBER("access_token_seconds", config->session.access_token_seconds));
    }
    if (config->store.allow_test_file_systems) {
        log_event(LOG_WARN, "test_file_systems_allowed");
    }
    if (config->server.plaintext) {
        log_event(LOG_WARN, "plaintext_listener");
    }
}

static int wait_for_the_end(struct server *server, const struct config *config,
                            const sigset_t *signals)
{
    int signal_number = 0;
    while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP) {
        server_reload(server, config);
    }
    (void)service_manager_tell("STOPPING=1");
    log_event(LOG_INFO, "draining", LOG_NUMBER("signal", signal_number));
    int64_t start_us = clock_mono_us(&clock_system);
    bool drained = server_stop(server);
    log_event(drained ? LOG_INFO : LOG_ERROR, drained ? "stopped" : "held_on",
              LOG_NUMBER("ms", (clock_mono_us(&clock_system) - start_us) / 1000));
    if (!drained) {
        _exit(EXIT_FAILURE);
    }
    return EXIT_SUCCESS;
}

static int serve(const struct config *config, int64_t start_us)
{
    static struct server server;
    const char *part = NULL;
    process_harden();
    keep_heap();
    sigset_t signals = process_block_signals();
    log_set_level(config->log_level);
    warn_of_demonstration(config);
    status s = sodium_init() < 0 ? FAIL(INTERNAL) : server_start(&server, config, &part);
    if (!ok(s)) {
        log_event(LOG_ERROR, "start_failed", LOG_WORD("part", part == NULL ? "sodium" : part),
                  LOG_WORD("reason", reason_name(s.why)));
        _exit(EXIT_FAILURE); /* threads may run already */
    }
    log_event(LOG_INFO, "ready", LOG_NUMBER("port", engine_port(server.engine)),
              LOG_NUMBER("agents_port", engine_agents_port(server.engine)),
              LOG_NUMBER("pid", getpid()),
              LOG_NUMBER("start_ms", (clock_mono_us(&clock_system) - start_us) / 1000));
    (void)service_manager_tell("READY=1");
    return wait_for_the_end(&server, config, &signals);
}

static int load_and_serve(const struct arguments *arguments, int64_t start_us)
{
    static struct config config;
    struct ini_error error;
    if (!ok(config_load(arguments->config, &config, &error))) {
        (void)(error.line > 0 ? fprintf(stderr, "hayatd: %s:%d: %s\n", arguments->config,
                                        error.line, error.text)
                              : fprintf(stderr, "hayatd: %s: %s\n", arguments->config, error.text));
        return EXIT_USAGE;
    }
    if (arguments->check_config) {
        (void)printf("%s: OK\n", arguments->config);
        return EXIT_SUCCESS;
    }
    return serve(&config, start_us);
}

int main(int argc, char **argv)
{
    int64_t start_us = clock_mono_us(&clock_system);
    struct arguments arguments = {0};
    int code = EXIT_USAGE;
    if (parse_arguments(argc, (void *)argv, &arguments)) {
        if (arguments.version) {
            (void)printf("hayatd %s\n", HAYAT_VERSION);
            code = EXIT_SUCCESS;
        } else {
            code = load_and_serve(&arguments, start_us);
        }
    }
    free(arguments.config);
    return code;
}
