/* hayatctl keys rotate, rewrap, retire (SEC-D3); a running hayatd takes new epochs up on SIGHUP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/defer.h"
#include "base/limits.h"
#include "storage/reseal.h"
#include "tools/hayatctl/key_domains.h"

enum { OPTIONS_MAX = 12 };

struct change {
    struct store_options where;
    struct store_paths paths;
    char *domain_name, *new_master;
    int epoch;
    enum key_domain domain;
    struct poptOption options[OPTIONS_MAX]; /* popt looks at them to the end */
};

static void close_change(struct change *change)
{
    free(change->domain_name);
    free(change->new_master);
    store_options_fini(&change->where);
}

static bool read_change(struct change *change, struct command_line *line, int argc,
                        const char **argv)
{
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(change->where),
        {"domain", 0, POPT_ARG_STRING, &change->domain_name, 0, key_domains_rotating(), "NAME"},
        {"epoch", 0, POPT_ARG_INT, &change->epoch, 0, "the epoch to destroy (retire)", "NUMBER"},
        {"new-master", 0, POPT_ARG_STRING, &change->new_master, 0,
         "the master key to wrap under from now on (rewrap)", "FILE"},
        POPT_AUTOHELP POPT_TABLEEND};
    _Static_assert(sizeof options <= sizeof change->options, "all fit");
    memcpy(change->options, options, sizeof options);
    const struct command_usage usage = {change->options, "", 0, 0};
    return command_line_init(line, argc, argv, &usage) &&
           key_paths_find(&change->where, &change->paths);
}

static bool read_domain(struct change *change)
{
    bool good = change->domain_name != NULL &&
                key_domain_find(change->domain_name, &change->domain) &&
                keyring_rotates(change->domain);
    if (!good) {
        complain("--domain is one of %s", key_domains_rotating());
    }
    return good;
}

/* --- rotate --- */

enum exit_code command_keys_rotate(int argc, const char **argv)
{
    DEFER(close_change) struct change change = {.epoch = 0};
    DEFER(command_line_fini) struct command_line line;
    if (!read_change(&change, &line, argc, argv) || !read_domain(&change)) {
        return EXIT_USAGE;
    }
    status s = keyring_upgrade(change.paths.master, change.paths.keyring);
    if (ok(s)) {
        s = keyring_rotate(change.paths.master, change.paths.keyring, change.domain);
    }
    if (!ok(s)) {
        return complain_status(change.paths.keyring, s);
    }
    (void)printf("%s: a new key; copy the keyring away, then send SIGHUP to hayatd, or start it\n",
                 change.domain_name);
    return EXIT_FINE;
}

/* --- rewrap --- */

enum exit_code command_keys_rewrap(int argc, const char **argv)
{
    DEFER(close_change) struct change change = {.epoch = 0};
    DEFER(command_line_fini) struct command_line line;
    if (!read_change(&change, &line, argc, argv)) {
        return EXIT_USAGE;
    }
    if (change.new_master == NULL) {
        complain("--new-master FILE is needed; it is made when it is missing");
        return EXIT_USAGE;
    }
    status s = access(change.new_master, F_OK) == 0
                   ? STATUS_OK
                   : keyring_create_master(change.new_master, &random_system);
    if (!ok(s)) {
        return complain_status(change.new_master, s);
    }
    s = keyring_rewrap(change.paths.master, change.new_master, change.paths.keyring);
    if (!ok(s)) {
        return complain_status(change.paths.keyring, s);
    }
    (void)printf("%s: wrapped under %s; put it in the place of the old master key, copies too\n",
                 change.paths.keyring, change.new_master);
    return EXIT_FINE;
}

/* --- retire --- */

static status find_work(struct db *db, enum key_domain domain, bool *ret_ended)
{
    DEFER(arena_fini) struct arena arena;
    struct txn *txn;
    reseal_row *row;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    *ret_ended = false;
    TRY(txn_begin_read(db, &arena, &txn));
    status s = reseal_get(txn, domain, &row);
    if (ok(s)) {
        *ret_ended = row->end_ms != 0 && row->epoch == txn_keys(txn)->current[domain];
    }
    txn_end_read(txn);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

/* That hayatd seals with the current epoch, and that nothing is left in the old one. */
static bool may_retire(const struct change *change, const struct store_session *session)
{
    bool ended;
    uint64_t left = 0;
    status s = find_work(session->db, change->domain, &ended);
    if (ok(s) && ended) {
        s = reseal_count(session->db, change->domain, (uint32_t)change->epoch, &left);
    }
    if (!ok(s)) {
        (void)complain_status(change->paths.db, s);
        return false;
    }
    if (!ended || left > 0) {
        complain("records are still sealed with epoch %d: let hayatd finish (keys status tells)",
                 change->epoch);
    }
    return ended && left == 0;
}

enum exit_code command_keys_retire(int argc, const char **argv)
{
    DEFER(close_change) struct change change = {.epoch = 0};
    DEFER(command_line_fini) struct command_line line;
    struct store_session session;
    if (!read_change(&change, &line, argc, argv) || !read_domain(&change)) {
        return EXIT_USAGE;
    }
    if (change.epoch <= 0 || strcmp(change.paths.db, "-") == 0) {
        complain("--epoch NUMBER and the store are needed");
        return EXIT_USAGE;
    }
    if (!store_session_open(&change.paths, true, &session)) {
        return EXIT_FAILED;
    }
    bool may = may_retire(&change, &session);
    store_session_close(&session);
    if (!may) {
        return EXIT_REFUSED;
    }
    status s = keyring_retire(change.paths.master, change.paths.keyring, change.domain,
                              (uint32_t)change.epoch);
    if (!ok(s)) {
        return complain_status(change.paths.keyring, s);
    }
    (void)printf("%s: the key of epoch %d is destroyed; destroy it in copies of the keyring too\n",
                 change.domain_name, change.epoch);
    return EXIT_FINE;
}
