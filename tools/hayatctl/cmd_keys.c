/* hayatctl keys: the master key and the keyring. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/defer.h"
#include "tools/hayatctl/store_session.h"

static const char *const domain_names[DOMAIN_MAX] = {
    [DOMAIN_IDENTITY] = "identity", [DOMAIN_HEALTH] = "health",   [DOMAIN_SESSION] = "session",
    [DOMAIN_DOCUMENT] = "document", [DOMAIN_SYSTEM] = "system",   [DOMAIN_BLIND] = "blind",
    [DOMAIN_TOKEN] = "token",       [DOMAIN_RECEIPT] = "receipt", [DOMAIN_AUDIT] = "audit",
    [DOMAIN_PEPPER] = "pepper",     [DOMAIN_BANK] = "bank"};

/* Keys need no store: only --master and --keyring count. */
static bool find_paths(struct store_options *where, struct store_paths *paths)
{
    bool single = where->state == NULL && where->config == NULL;
    if (single && where->master != NULL && where->keyring != NULL && where->db == NULL) {
        where->db = strdup("-");
    }
    return store_paths_find(where, paths);
}

static enum exit_code init_keys(const struct store_paths *paths)
{
    status s = keyring_create_master(paths->master, &random_system);
    if (!ok(s)) {
        if (access(paths->master, F_OK) == 0) {
            complain("%s exists: a master key is never overwritten", paths->master);
            return EXIT_FAILED;
        }
        return complain_status(paths->master, s);
    }
    struct seal_keys *keys;
    s = keyring_open(paths->master, paths->keyring, true, &keys);
    if (!ok(s)) {
        return complain_status(paths->keyring, s);
    }
    keyring_close(keys);
    (void)printf("%s: a new master key; keep a copy apart from the store\n%s: the data keys\n",
                 paths->master, paths->keyring);
    return EXIT_FINE;
}

enum exit_code command_keys_init(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !find_paths(&where, &paths)) {
        return EXIT_USAGE;
    }
    if (where.state != NULL && mkdir(where.state, 0700) != 0 && errno != EEXIST) {
        complain("%s: %s", where.state, strerror(errno));
        return EXIT_FAILED;
    }
    return init_keys(&paths);
}

static void print_domain(const struct seal_keys *keys, size_t domain)
{
    static const uint8_t no_key[SEAL_KEY_BYTES] = {0};
    unsigned epochs = 0;
    for (size_t epoch = 1; epoch < SEAL_EPOCHS_MAX; epoch++) {
        epochs += memcmp(keys->key[domain][epoch].bytes, no_key, sizeof(no_key)) != 0 ? 1 : 0;
    }
    (void)printf("%-10s %u %s, seals with epoch %u\n", domain_names[domain], epochs,
                 epochs == 1 ? "epoch" : "epochs", keys->current[domain]);
}

enum exit_code command_keys_status(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !find_paths(&where, &paths)) {
        return EXIT_USAGE;
    }
    struct seal_keys *keys;
    status s = keyring_open(paths.master, paths.keyring, false, &keys);
    if (!ok(s)) {
        return complain_status(access(paths.master, F_OK) != 0 ? paths.master : paths.keyring, s);
    }
    for (size_t domain = 1; domain < DOMAIN_MAX; domain++) {
        print_domain(keys, domain);
    }
    keyring_close(keys);
    return EXIT_FINE;
}
