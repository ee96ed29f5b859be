/*
 * Lets the time of a member's changes of account come, in a stopped store, for the tests of the life of a change:
 *     bank_hasten CONFIG REGISTRATION_NUMBER
 *
 * Nothing else is touched: the steps are then taken by hayatd itself.  Prints how many changes are due now.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "config.h"
#include "storage/bank_store.h"
#include "storage/writer.h"

enum { ARENA_BYTES = 1024 * 1024 };

struct hasten {
    const char *registration_number;
    unsigned count;
};

static void must(status s, const char *what)
{
    if (!ok(s)) {
        (void)fprintf(stderr, "bank_hasten: %s: %s\n", what, reason_name(s.why));
        exit(EXIT_FAILURE);
    }
}

static status hasten_changes(void *ctx, struct txn *txn)
{
    struct hasten *hasten = ctx;
    struct owner owner = owner_of_registration(txn_keys(txn),
                                               bytes_str(hasten->registration_number));
    struct bank_change_list list;
    TRY(bank_store_changes(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        int64_t due_ms = list.rows[i]->due_ms;
        if (due_ms > 0) {
            list.rows[i]->due_ms = txn_steady_ms(txn);
            TRY(bank_store_put_change(txn, owner, list.rows[i], due_ms));
            hasten->count++;
        }
    }
    return STATUS_OK;
}

static void run(const struct config *config, struct seal_keys *keys, struct hasten *hasten)
{
    struct db *db;
    struct writer *writer;
    struct arena arena;
    const struct db_options options = {.directory = config->store.directory,
                                       .keys = keys,
                                       .clock = &clock_system,
                                       .random = &random_system,
                                       .allow_test_file_systems = true};
    must(db_open(&options, &db), "store");
    must(writer_start(&(struct writer_options){.db = db}, &writer), "writer");
    arena_init(&arena, ARENA_BYTES);
    must(writer_run(writer, &arena, hasten_changes, hasten), "changes");
    arena_fini(&arena);
    writer_stop(writer);
    db_close(db);
}

int main(int argc, char **argv)
{
    static struct config config;
    struct ini_error error;
    struct seal_keys *keys;
    if (argc != 3 || sodium_init() < 0) {
        return EXIT_FAILURE;
    }
    struct hasten hasten = {.registration_number = argv[2]};
    must(config_load(argv[1], &config, &error), "configuration");
    must(keyring_open(config.store.master_key, config.store.keyring, false, &keys), "keys");
    run(&config, keys, &hasten);
    keyring_close(keys);
    (void)printf("%u\n", hasten.count);
    return EXIT_SUCCESS;
}
