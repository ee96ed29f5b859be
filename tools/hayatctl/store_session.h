/*
 * store_session: the store and its keys, as a command opens them: found through --state, --config
 * or single options.
 *
 * --state DIR   DIR/hayatd.conf when it is there, else DIR/db, DIR/master.key and DIR/keyring.
 * --config FILE hayatd's configuration file.
 * --db, --master, --keyring   win over both.
 * Whatever fails is told on standard error, with the path.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_STORE_SESSION_H
#define HAYAT_TOOLS_HAYATCTL_STORE_SESSION_H

#include <limits.h>
#include <popt.h>
#include <stdbool.h>

#include "storage/db.h"
#include "storage/writer.h"
#include "tools/hayatctl/command.h"

/* What the options say; strings are popt's, freed by store_options_fini. */
struct store_options {
    char *state, *config, *db, *master, *keyring;
    int allow_test_file_systems;
};

/* The rows of these options for a command's popt table. */
#define STORE_OPTION_ROWS(o)                                                                       \
    {"state", 0, POPT_ARG_STRING, &(o).state, 0, "the state directory", "DIR"},                    \
        {"config", 0, POPT_ARG_STRING, &(o).config, 0, "hayatd's configuration file", "FILE"},     \
        {"db", 0, POPT_ARG_STRING, &(o).db, 0, "the store's directory", "DIR"},                    \
        {"master", 0, POPT_ARG_STRING, &(o).master, 0, "the master key file", "FILE"},             \
        {"keyring", 0, POPT_ARG_STRING, &(o).keyring, 0, "the keyring file", "FILE"},              \
    {                                                                                              \
        "allow-test-file-systems", 0, POPT_ARG_NONE, &(o).allow_test_file_systems, 0,              \
            "take tmpfs and overlayfs, which lose data at power-off", NULL                         \
    }

void store_options_fini(struct store_options *options);

struct store_paths {
    char db[PATH_MAX], master[PATH_MAX], keyring[PATH_MAX];
    char ca[PATH_MAX];                         /* the server's CA, or "" */
    char server[256];                          /* where the server listens, or "" */
    char fund_name_fr[256], fund_name_ar[256]; /* as the server's documents name it, or "" */
    bool allow_test_file_systems;
};

bool store_paths_find(const struct store_options *options, struct store_paths *ret_paths);

struct store_session {
    struct seal_keys *keys;
    struct db *db;
    struct writer *writer; /* NULL when read-only */
};

/* Read-only sessions work beside a running server. */
bool store_session_open(const struct store_paths *paths, bool read_only,
                        struct store_session *ret_session);
/* Tells which file kept the keys from being opened, and why: S is what opening them said. */
void complain_keys(const struct store_paths *paths, status s);
void store_session_close(struct store_session *session);

#endif
