/*
 * hayat-bench: measures hayatd against the bare minimum of each kind on this machine: an echo on
 * the same gRPC core, the disk's own sync, a plain file.  Prints a table; exits with 0 when every
 * reply was OK.
 */
#include <libgen.h>
#include <popt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "process.h"
#include "rpc/client/client.h"
#include "stats.h"

struct arguments {
    char *only, *directory;
    int members, rounds, calls, keep;
};

static bool parse(int argc, const char **argv, struct arguments *ret)
{
    *ret = (struct arguments){.members = 10000, .rounds = 7, .calls = 20000};
    const struct poptOption table[] = {
        {"only", 0, POPT_ARG_STRING, &ret->only, 0, "reads, writes, uploads or storm; default all",
         "NAME"},
        {"directory", 0, POPT_ARG_STRING, &ret->directory, 0,
         "where the store goes; its disk is measured", "DIR"},
        {"members", 0, POPT_ARG_INT, &ret->members, 0, "size of the invented fund", "N"},
        {"rounds", 0, POPT_ARG_INT, &ret->rounds, 0, "A B pairs", "N"},
        {"calls", 0, POPT_ARG_INT, &ret->calls, 0, "reads in one round", "N"},
        {"keep", 0, POPT_ARG_NONE, &ret->keep, 0, "leave the directory", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    poptContext context = poptGetContext("hayat-bench", argc, argv, table, 0);
    int result = poptGetNextOpt(context);
    bool valid = result == -1 && poptPeekArg(context) == NULL && ret->members > 0 &&
                 ret->rounds > 0 && ret->rounds <= ROUNDS_MAX && ret->calls >= 100;
    if (!valid) {
        poptPrintUsage(context, stderr, 0);
    }
    poptFreeContext(context);
    return valid;
}

/* Beside this program are the others. */
static bool find_programs(struct state *state)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len <= 0) {
        return false;
    }
    self[len] = '\0';
    return snprintf(state->bin, PATH_MAX, "%s", dirname(self)) < PATH_MAX;
}

static bool make_directory(struct state *state, const char *asked)
{
    const char *parent = asked != NULL ? asked : "/var/tmp";
    return snprintf(state->directory, PATH_MAX, "%s/hayat-bench.XXXXXX", parent) < PATH_MAX &&
           mkdtemp(state->directory) != NULL;
}

static void remove_directory(const struct state *state)
{
    const char *const argv[] = {"/bin/rm", "-rf", "--", state->directory, NULL};
    (void)process_run(argv);
}

static bool start_server(struct bench *bench)
{
    char program[PATH_MAX + 8], config[PATH_MAX + 16], log[PATH_MAX + 16];
    (void)snprintf(program, sizeof program, "%s/hayatd", bench->state.bin);
    (void)snprintf(config, sizeof config, "%s/hayatd.conf", bench->state.directory);
    (void)snprintf(log, sizeof log, "%s/hayatd.log", bench->state.directory);
    bench->server = process_serve((const char *const[]){program, "--config", config, NULL},
                                  bench->state.port, log);
    return bench->server > 0;
}

static bool measure(struct bench *bench, const char *only)
{
    static const struct {
        const char *name;
        bool (*run)(struct bench *bench);
    } parts[] = {{"reads", bench_reads},
                 {"writes", bench_writes},
                 {"uploads", bench_uploads},
                 {"storm", bench_storm}};
    bool known = false, done = true;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && done; i++) {
        if (only == NULL || strcmp(only, parts[i].name) == 0) {
            known = true;
            done = parts[i].run(bench);
            (void)fflush(stdout);
        }
    }
    return known && done;
}

int main(int argc, const char **argv)
{
    static struct bench bench;
    struct arguments arguments;
    (void)signal(SIGPIPE, SIG_IGN);
    if (!parse(argc, argv, &arguments) || sodium_init() < 0) {
        return 2;
    }
    bench.rounds = arguments.rounds;
    bench.calls = arguments.calls;
    bench.state.port = process_free_port();
    if (!find_programs(&bench.state) || !make_directory(&bench.state, arguments.directory)) {
        return 1;
    }
    bool done = state_make(&bench.state, arguments.members) && start_server(&bench);
    if (done) {
        rpc_client_init();
        done = measure(&bench, arguments.only);
        rpc_client_shutdown();
    }
    process_stop(bench.server);
    state_free(&bench.state);
    if (arguments.keep == 0 && done) {
        remove_directory(&bench.state);
    } else {
        (void)fprintf(stderr, "hayat-bench: logs and store are in %s\n", bench.state.directory);
    }
    return done ? 0 : 1;
}
