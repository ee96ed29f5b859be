/*
 * Fills the inboxes of a stopped store, for the test of what members are told:  inbox_fill CONFIG COUNT < registration numbers
 *
 * Each member is told COUNT things, of the first KINDS kinds in turn; every fourth is a notice of security by text message or letter too.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "config.h"
#include "service/notice.h"
#include "service/notification.h"
#include "storage/writer.h"

enum { NOTICE_EVERY = 4, PER_COMMIT = 8, KINDS = 16 };

struct fill {
    struct owner owner;
    uint32_t from, count;
};

static void must(status s, const char *what)
{
    if (!ok(s)) {
        (void)fprintf(stderr, "inbox_fill: %s: %s\n", what, reason_name(s.why));
        exit(EXIT_FAILURE);
    }
}

static status tell(struct txn *txn, struct owner owner, uint32_t i)
{
    enum notification_kind kind = NOTIFICATION_DEVICE_ADDED;
    if (i % NOTICE_EVERY == 0) {
        return notice_send_everywhere(
            txn, &(struct notice){.owner = owner, .kind = NOTICE_BANK_CHANGED});
    }
    (void)notification_at(i % KINDS, &kind);
    return notification_add(txn, &(struct notification){.owner = owner, .kind = kind});
}

static status tell_some(void *ctx, struct txn *txn)
{
    const struct fill *fill = ctx;
    for (uint32_t i = fill->from; i < fill->from + PER_COMMIT && i < fill->count; i++) {
        TRY(tell(txn, fill->owner, i));
    }
    return STATUS_OK;
}

static void fill_inbox(struct writer *writer, struct fill *fill)
{
    struct arena arena;
    for (; fill->from < fill->count; fill->from += PER_COMMIT) {
        arena_init(&arena, LIMIT_OUTBOX_ADOPT_ARENA_BYTES);
        must(writer_run(writer, &arena, tell_some, fill), "write");
        arena_fini(&arena);
    }
}

static void fill_store(const struct config *config, struct seal_keys *keys, uint32_t count)
{
    struct db *db;
    struct writer *writer;
    char line[64];
    const struct db_options options = {.directory = config->store.directory,
                                       .keys = keys,
                                       .clock = &clock_system,
                                       .random = &random_system,
                                       .allow_test_file_systems = true};
    must(db_open(&options, &db), "open");
    must(writer_start(&(struct writer_options){.db = db}, &writer), "writer");
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        struct fill fill = {.owner = owner_of_registration(keys, bytes_str(line)), .count = count};
        fill_inbox(writer, &fill);
    }
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
    must(config_load(argv[1], &config, &error), "configuration");
    must(keyring_open(config.store.master_key, config.store.keyring, false, &keys), "keys");
    fill_store(&config, keys, (uint32_t)strtoul(argv[2], NULL, 10));
    keyring_close(keys);
    return EXIT_SUCCESS;
}
