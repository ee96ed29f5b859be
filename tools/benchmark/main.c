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
    char *only, *directory, *beside, *crowd;
    int members, rounds, calls, keep, claims;
};

static bool parse(int argc, const char **argv, struct arguments *ret)
{
    *ret = (struct arguments){.members = 10000, .rounds = 7, .calls = 20000};
    const struct poptOption table[] = {
        {"only", 0, POPT_ARG_STRING, &ret->only, 0,
         "reads, writes, uploads, claims, storm, bank or crowd; default the first three", "NAME"},
        {"directory", 0, POPT_ARG_STRING, &ret->directory, 0,
         "where the store goes; its disk is measured", "DIR"},
        {"members", 0, POPT_ARG_INT, &ret->members, 0, "size of the invented fund", "N"},
        {"claims-per-member", 0, POPT_ARG_INT, &ret->claims, 0, "of the invented fund", "N"},
        {"beside", 0, POPT_ARG_STRING, &ret->beside, 0,
         "claims: the state of a larger fund to compare with (db, keys, fund/members.csv)", "DIR"},
        {"rounds", 0, POPT_ARG_INT, &ret->rounds, 0, "A B pairs", "N"},
        {"calls", 0, POPT_ARG_INT, &ret->calls, 0, "reads in one round", "N"},
        {"as-crowd", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &ret->crowd, 0, NULL, NULL},
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

pid_t bench_start_server(const struct state *state, const char *config_name)
{
    char program[PATH_MAX + 8], config[PATH_MAX + 32], log[PATH_MAX + 16];
    (void)snprintf(program, sizeof program, "%s/hayatd", state->bin);
    (void)snprintf(config, sizeof config, "%s/%s", state->directory, config_name);
    (void)snprintf(log, sizeof log, "%s/hayatd.log", state->directory);
    return process_serve((const char *const[]){program, "--config", config, NULL}, state->port,
                         log);
}

/* The larger fund's server, when one is asked for. */
static bool start_beside(struct bench *bench, const char *directory)
{
    if (directory == NULL) {
        return true;
    }
    struct state *beside = &bench->beside;
    memcpy(beside->bin, bench->state.bin, sizeof beside->bin);
    beside->port = process_free_port();
    if (snprintf(beside->directory, PATH_MAX, "%s", directory) >= PATH_MAX || !state_use(beside)) {
        return false;
    }
    bench->beside_server = bench_start_server(beside, "hayatd.conf");
    return bench->beside_server > 0;
}

static bool measure(struct bench *bench, const char *only)
{
    static const struct {
        const char *name;
        bool (*run)(struct bench *bench);
        bool by_name_only;
    } parts[] = {{"reads", bench_reads, false},     {"writes", bench_writes, false},
                 {"uploads", bench_uploads, false}, {"claims", bench_claims, true},
                 {"storm", bench_storm, true},      {"bank", bench_bank, true},
                 {"crowd", bench_crowd, true}};
    bool known = false, done = true;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && done; i++) {
        if (only == NULL ? !parts[i].by_name_only : strcmp(only, parts[i].name) == 0) {
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
    if (arguments.crowd != NULL) {
        rpc_client_init();
        return bench_be_crowd(arguments.crowd) ? 0 : 1;
    }
    bench.rounds = arguments.rounds;
    bench.calls = arguments.calls;
    bench.state.port = process_free_port();
    if (!find_programs(&bench.state) || !make_directory(&bench.state, arguments.directory)) {
        return 1;
    }
    bench.state.claims_per_member = arguments.claims;
    bool done = state_make(&bench.state, arguments.members);
    bench.server = done ? bench_start_server(&bench.state, "hayatd.conf") : 0;
    done = bench.server > 0 && start_beside(&bench, arguments.beside);
    if (done) {
        rpc_client_init();
        done = measure(&bench, arguments.only);
        rpc_client_shutdown();
    }
    process_stop(bench.server);
    process_stop(bench.beside_server);
    state_free(&bench.beside);
    state_free(&bench.state);
    if (arguments.keep == 0 && done) {
        remove_directory(&bench.state);
    } else {
        (void)fprintf(stderr, "hayat-bench: logs and store are in %s\n", bench.state.directory);
    }
    return done ? 0 : 1;
}
