/* hayatctl keys init, keys status: the master key, the keyring, and how far a rotation is. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/defer.h"
#include "base/limits.h"
#include "storage/reseal.h"
#include "tools/hayatctl/key_domains.h"

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
    (void)printf("%s: a new master key; keep a copy apart from the store\n%s: the data keys\n"
                 "%s.erasure: what documents' keys hang on\n",
                 paths->master, paths->keyring, paths->keyring);
    return EXIT_FINE;
}

enum exit_code command_keys_init(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !key_paths_find(&where, &paths)) {
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
    (void)printf("%-10s %u %s, seals with epoch %u\n", seal_domain_name((enum key_domain)domain),
                 epochs, epochs == 1 ? "epoch" : "epochs", keys->current[domain]);
}

/* --- how far a rotation is --- */

static void print_row(enum key_domain domain, const reseal_row *row)
{
    (void)printf("%-10s epoch %u: %" PRIu64 " records sealed anew, %s\n", seal_domain_name(domain),
                 row->epoch, row->moved, row->end_ms != 0 ? "all of them" : "more to do");
}

static status print_rows(struct txn *txn)
{
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        reseal_row *row;
        status s = reseal_get(txn, (enum key_domain)domain, &row);
        if (ok(s)) {
            print_row((enum key_domain)domain, row);
        } else if (s.why != REASON_NOT_FOUND) {
            return s;
        }
    }
    return STATUS_OK;
}

static status read_rows(struct db *db)
{
    DEFER(arena_fini) struct arena arena;
    struct txn *txn;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    TRY(txn_begin_read(db, &arena, &txn));
    status s = print_rows(txn);
    txn_end_read(txn);
    return s;
}

/* Says nothing when there is no store. */
static enum exit_code print_work(const struct store_paths *paths)
{
    char data[PATH_MAX + 16];
    struct store_session session;
    (void)snprintf(data, sizeof data, "%s/data.mdb", paths->db);
    if (access(data, F_OK) != 0) {
        return EXIT_FINE;
    }
    if (!store_session_open(paths, true, &session)) {
        return EXIT_FAILED;
    }
    status s = read_rows(session.db);
    store_session_close(&session);
    return ok(s) ? EXIT_FINE : complain_status(paths->db, s);
}

enum exit_code command_keys_status(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !key_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    struct seal_keys *keys;
    status s = keyring_open(paths.master, paths.keyring, false, &keys);
    if (!ok(s)) {
        complain_keys(&paths, s);
        return EXIT_FAILED;
    }
    for (size_t domain = 1; domain < DOMAIN_MAX; domain++) {
        print_domain(keys, domain);
    }
    keyring_close(keys);
    return print_work(&paths);
}
