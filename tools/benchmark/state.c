#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/defer.h"
#include "process.h"
#include "storage/writer.h"

enum {
    LINE_MAX_BYTES = 4096,
    NUMBER_MAX = 32,
    SESSION_LIFE_MS = 24 * 3600 * 1000,
    SESSIONS_PER_COMMIT = 64
};

static bool join(char out[PATH_MAX], const char *directory, const char *name)
{
    return snprintf(out, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

/* --- the fund --- */

static bool write_config(const struct state *state, const char *path, bool tls)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "we");
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "[server]\nlisten = 127.0.0.1:%d\nthreads = 1\n", state->port);
    if (tls) {
        (void)fprintf(file, "cert = %s/tls/server.crt\nkey = %s/tls/server.key\n", state->directory,
                      state->directory);
    } else {
        (void)fprintf(file, "plaintext = true\n");
    }
    (void)fprintf(file,
                  "[store]\ndirectory = %s/db\nmaster_key = %s/master.key\nkeyring = %s/keyring\n"
                  "allow_test_file_systems = true\n"
                  "[session]\ndemonstration = true\naccess_token_seconds = 86400\n"
                  "[log]\nlevel = error\n",
                  state->directory, state->directory, state->directory);
    if (state->bank_port > 0) {
        (void)fprintf(file, "[bank]\ntarget = 127.0.0.1:%d\n", state->bank_port);
    }
    return fflush(file) == 0;
}

bool state_configure(const struct state *state)
{
    char path[PATH_MAX];
    return join(path, state->directory, "hayatd.conf") && write_config(state, path, false);
}

static bool run_hayatctl(const struct state *state, const char *const arguments[])
{
    char program[PATH_MAX];
    const char *argv[12] = {program};
    size_t count = 1;
    for (size_t i = 0; arguments[i] != NULL && count < 11; i++) {
        argv[count++] = arguments[i];
    }
    return join(program, state->bin, "hayatctl") && process_run(argv);
}

bool state_make_tls(const struct state *state)
{
    char config[PATH_MAX], tls[PATH_MAX];
    return join(config, state->directory, "hayatd-tls.conf") &&
           join(tls, state->directory, "tls") && write_config(state, config, true) &&
           run_hayatctl(state, (const char *const[]){"ca", "init", "--out", tls, NULL});
}

static bool make_fund(const struct state *state, int members)
{
    char config[PATH_MAX], fund[PATH_MAX], count[16], claims[16];
    (void)snprintf(count, sizeof count, "%d", members);
    (void)snprintf(claims, sizeof claims, "%d", state->claims_per_member);
    return join(config, state->directory, "hayatd.conf") && join(fund, state->directory, "fund") &&
           write_config(state, config, false) &&
           run_hayatctl(state, (const char *const[]){"keys", "init", "--config", config, NULL}) &&
           run_hayatctl(state,
                        (const char *const[]){"demo", "generate", "--out", fund, "--members", count,
                                              "--claims-per-member", claims, "--quiet", NULL}) &&
           run_hayatctl(state,
                        (const char *const[]){"import", "--config", config, "--quiet", fund, NULL});
}

/* --- the sessions --- */

struct sessions_job {
    char numbers[SESSIONS_PER_COMMIT][NUMBER_MAX];
    int count;
    char (*tokens)[TOKEN_TEXT_LEN + 1];
};

static status create_sessions(void *ctx, struct txn *txn)
{
    struct sessions_job *job = ctx;
    for (int i = 0; i < job->count; i++) {
        struct session_token token;
        struct owner owner = owner_of_registration(txn_keys(txn), bytes_str(job->numbers[i]));
        TRY(session_create(txn, owner, id_new(txn_random(txn)), SESSION_LIFE_MS, &token));
        memcpy(job->tokens[i], token.text, sizeof token.text);
    }
    return STATUS_OK;
}

static bool commit(struct writer *writer, struct sessions_job *job, int *count)
{
    struct arena arena;
    arena_init(&arena, 4 * LIMIT_ARENA_BASE_BYTES);
    status s = job->count == 0 ? STATUS_OK : writer_run(writer, &arena, create_sessions, job);
    arena_fini(&arena);
    if (!ok(s)) {
        (void)fprintf(stderr, "hayat-bench: sessions: %s\n", reason_name(s.why));
    }
    *count += job->count;
    job->tokens += job->count;
    job->count = 0;
    return ok(s);
}

/* A session for each registration number in the first column of a CSV file, at most MOST. */
static bool sign_in_all(struct writer *writer, const char *csv, char (*tokens)[TOKEN_TEXT_LEN + 1],
                        int *ret_count)
{
    char line[LINE_MAX_BYTES], last[NUMBER_MAX] = "";
    struct sessions_job job = {.tokens = tokens};
    DEFER(defer_fclose) FILE *file = fopen(csv, "re");
    bool going = file != NULL && fgets(line, sizeof line, file) != NULL; /* the header line */
    *ret_count = 0;
    while (going && *ret_count + job.count < STATE_SESSIONS_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        size_t len = strcspn(line, ",");
        if (len == 0 || len >= NUMBER_MAX || (strncmp(last, line, len) == 0 && last[len] == '\0')) {
            continue;
        }
        memcpy(last, line, len);
        last[len] = '\0';
        memcpy(job.numbers[job.count++], last, sizeof last);
        going = job.count < SESSIONS_PER_COMMIT || commit(writer, &job, ret_count);
    }
    return going && commit(writer, &job, ret_count);
}

static void on_fatal(void *ctx)
{
    (void)ctx;
    (void)fprintf(stderr, "hayat-bench: the store failed\n");
    abort();
}

static bool sign_in_both(void *ctx, struct db *db)
{
    struct state *state = ctx;
    char members[PATH_MAX], pensions[PATH_MAX];
    struct writer *writer;
    const struct writer_options options = {.db = db, .on_fatal = on_fatal};
    if (!join(members, state->directory, "fund/members.csv") ||
        !join(pensions, state->directory, "fund/pensions.csv") ||
        !ok(writer_start(&options, &writer))) {
        return false;
    }
    bool done = sign_in_all(writer, members, state->members, &state->member_count);
    if (access(pensions, R_OK) == 0) {
        done = done && sign_in_all(writer, pensions, state->pensioners, &state->pensioner_count);
    }
    writer_stop(writer);
    return done;
}

bool state_with_store(const struct state *state, bool (*act)(void *ctx, struct db *db), void *ctx)
{
    char master[PATH_MAX], keyring[PATH_MAX], directory[PATH_MAX];
    struct seal_keys *keys;
    struct db *db;
    if (!join(master, state->directory, "master.key") ||
        !join(keyring, state->directory, "keyring") || !join(directory, state->directory, "db") ||
        !ok(keyring_open(master, keyring, false, &keys))) {
        return false;
    }
    const struct db_options options = {.directory = directory,
                                       .keys = keys,
                                       .clock = &clock_system,
                                       .random = &random_system,
                                       .allow_test_file_systems = true};
    bool done = false;
    if (ok(db_open(&options, &db))) {
        done = act(ctx, db);
        db_close(db);
    }
    keyring_close(keys);
    return done;
}

bool state_make(struct state *state, int members)
{
    state->members = calloc(STATE_SESSIONS_MAX, sizeof *state->members);
    state->pensioners = calloc(STATE_SESSIONS_MAX, sizeof *state->pensioners);
    (void)mkdir(state->directory, 0700);
    bool made = state->members != NULL && state->pensioners != NULL && make_fund(state, members) &&
                state_with_store(state, sign_in_both, state);
    if (!made) {
        (void)fprintf(stderr, "hayat-bench: the state in %s could not be made\n", state->directory);
    }
    return made;
}

bool state_use(struct state *state)
{
    char config[PATH_MAX];
    state->members = calloc(STATE_SESSIONS_MAX, sizeof *state->members);
    state->pensioners = calloc(STATE_SESSIONS_MAX, sizeof *state->pensioners);
    bool used = state->members != NULL && state->pensioners != NULL &&
                join(config, state->directory, "hayatd.conf") &&
                write_config(state, config, false) && state_with_store(state, sign_in_both, state);
    if (!used) {
        (void)fprintf(stderr, "hayat-bench: %s is not the state of a fund\n", state->directory);
    }
    return used;
}

void state_free(struct state *state)
{
    free(state->members);
    free(state->pensioners);
}
