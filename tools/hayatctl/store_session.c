#include "tools/hayatctl/store_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "base/defer.h"
#include "base/random.h"
#include "config.h"

void store_options_fini(struct store_options *options)
{
    free(options->state);
    free(options->config);
    free(options->db);
    free(options->master);
    free(options->keyring);
}

static bool path_copy(char out[PATH_MAX], const char *path)
{
    int len = snprintf(out, PATH_MAX, "%s", path);
    return len >= 0 && len < PATH_MAX;
}

static bool path_join(char out[PATH_MAX], const char *directory, const char *name)
{
    int len = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    return len > 0 && len < PATH_MAX;
}

static bool paths_from_config(const char *path, struct store_paths *paths)
{
    DEFER(defer_free) struct config *config = calloc(1, sizeof(*config));
    struct ini_error error;
    if (config == NULL) {
        complain("no memory");
        return false;
    }
    if (!ok(config_load(path, config, &error))) {
        complain("%s:%d: %s", path, error.line, error.text);
        return false;
    }
    paths->allow_test_file_systems = config->store.allow_test_file_systems;
    (void)snprintf(paths->server, sizeof(paths->server), "%s", config->server.listen);
    (void)snprintf(paths->fund_name_fr, sizeof(paths->fund_name_fr), "%s", config->fund.name_fr);
    (void)snprintf(paths->fund_name_ar, sizeof(paths->fund_name_ar), "%s", config->fund.name_ar);
    return path_copy(paths->db, config->store.directory) &&
           path_copy(paths->master, config->store.master_key) &&
           path_copy(paths->keyring, config->store.keyring) &&
           path_copy(paths->ca, config->server.ca);
}

static bool paths_from_state(const char *directory, struct store_paths *paths)
{
    char config[PATH_MAX];
    if (!path_join(config, directory, "hayatd.conf")) {
        complain("%s: the path is too long", directory);
        return false;
    }
    if (access(config, F_OK) == 0) {
        return paths_from_config(config, paths);
    }
    if (!path_join(paths->db, directory, "db") ||
        !path_join(paths->master, directory, "master.key") ||
        !path_join(paths->keyring, directory, "keyring") ||
        !path_join(paths->ca, directory, "tls/ca.crt")) {
        complain("%s: the path is too long", directory);
        return false;
    }
    if (access(paths->ca, F_OK) != 0) {
        paths->ca[0] = '\0';
    }
    return true;
}

static bool override(char out[PATH_MAX], const char *option)
{
    if (option != NULL && !path_copy(out, option)) {
        complain("%.64s…: the path is too long", option);
        return false;
    }
    return true;
}

bool store_paths_find(const struct store_options *options, struct store_paths *ret_paths)
{
    memset(ret_paths, 0, sizeof(*ret_paths));
    if (options->state != NULL && options->config != NULL) {
        complain("--state and --config exclude each other");
        return false;
    }
    if (options->config != NULL && !paths_from_config(options->config, ret_paths)) {
        return false;
    }
    if (options->state != NULL && !paths_from_state(options->state, ret_paths)) {
        return false;
    }
    if (!override(ret_paths->db, options->db) || !override(ret_paths->master, options->master) ||
        !override(ret_paths->keyring, options->keyring)) {
        return false;
    }
    ret_paths->allow_test_file_systems |= options->allow_test_file_systems != 0;
    if (ret_paths->db[0] == '\0' || ret_paths->master[0] == '\0' || ret_paths->keyring[0] == '\0') {
        complain("--state DIR or --config FILE is missing (or --db, --master and --keyring)");
        return false;
    }
    return true;
}

/* The writer refuses every later job; the command hears it from the next one. */
static void on_fatal(void *ctx)
{
    (void)ctx;
}

static bool open_writer(struct store_session *session)
{
    const struct writer_options options = {.db = session->db, .on_fatal = on_fatal};
    status s = writer_start(&options, &session->writer);
    if (!ok(s)) {
        (void)complain_status("the store's writer", s);
    }
    return ok(s);
}

void complain_keys(const struct store_paths *paths, status s)
{
    struct keyring_fault fault;
    keyring_examine(paths->master, paths->keyring, &fault);
    if (ok(fault.why)) { /* it failed at something else than reading */
        (void)complain_status(paths->keyring, s);
        return;
    }
    complain("%s: %s %s (%s)", fault.path,
             fault.file == KEYRING_MASTER ? "the master key" : "this file",
             keyring_fault_text(&fault), reason_name(fault.why.why));
}

bool store_session_open(const struct store_paths *paths, bool read_only,
                        struct store_session *ret_session)
{
    *ret_session = (struct store_session){0};
    status s = read_only || access(paths->keyring, F_OK) != 0
                   ? STATUS_OK
                   : keyring_upgrade(paths->master, paths->keyring);
    if (ok(s)) {
        s = keyring_open(paths->master, paths->keyring, false, &ret_session->keys);
    }
    if (!ok(s)) {
        complain_keys(paths, s);
        return false;
    }
    const struct db_options options = {
        .directory = paths->db,
        .keys = ret_session->keys,
        .clock = &clock_system,
        .random = &random_system,
        .read_only = read_only,
        .allow_test_file_systems = paths->allow_test_file_systems,
    };
    s = db_open(&options, &ret_session->db);
    if (!ok(s)) {
        (void)complain_status(paths->db, s);
    }
    if (!ok(s) || (!read_only && !open_writer(ret_session))) {
        store_session_close(ret_session);
        return false;
    }
    return true;
}

void store_session_close(struct store_session *session)
{
    if (session->writer != NULL) {
        writer_stop(session->writer);
    }
    if (session->db != NULL) {
        db_close(session->db);
    }
    keyring_close(session->keys);
    *session = (struct store_session){0};
}
