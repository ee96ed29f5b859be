/*
 * Fills the outbox of a stopped store, for the tests of delivery:  outbox_fill CONFIG COUNT < registration numbers
 * or tells what became of it:                                      outbox_fill CONFIG list < registration numbers
 * a line for each row of the table delivery: queue, outcome, whether a report was expected, whether one came, and what it said.
 *
 * Row i is for the (i mod n)-th member and is, in turn: a code by SMS, a code by post, a notice, a decoy by SMS, a decoy by post, a code that has
 * expired.  Codes are "Ciiiiiii" by SMS and "Piiiiiiiiiii" by post.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "config.h"
#include "service/delivery.h"
#include "service/notice.h"
#include "storage/delivery_store.h"
#include "storage/writer.h"

enum { MEMBERS_MAX = 1000, KINDS = 6, PER_COMMIT = 100 };
enum { ROW_SMS, ROW_POST, ROW_NOTICE, ROW_DECOY_SMS, ROW_DECOY_POST, ROW_EXPIRED };

struct fill {
    struct owner owners[MEMBERS_MAX];
    uint32_t owner_count, from, count;
};

static void must(status s, const char *what)
{
    if (!ok(s)) {
        (void)fprintf(stderr, "outbox_fill: %s: %s\n", what, reason_name(s.why));
        exit(EXIT_FAILURE);
    }
}

static status put_row(struct txn *txn, struct owner owner, uint32_t i)
{
    char code[CODE_TEXT_MAX];
    uint32_t kind = i % KINDS;
    if (kind == ROW_NOTICE) {
        struct notice notice = {owner, (enum notice_kind)(1 + i / KINDS % NOTICE_ADDRESS_CHANGED),
                                i / KINDS % 2 == 0 ? CHANNEL_SMS : CHANNEL_POST};
        return notice_send(txn, &notice);
    }
    bool post = kind == ROW_POST || kind == ROW_DECOY_POST;
    (void)(post ? snprintf(code, sizeof code, "P%011u", i)
                : snprintf(code, sizeof code, "C%07u", i));
    struct code_message message = {
        .owner = owner,
        .channel = post ? CHANNEL_POST : CHANNEL_SMS,
        .code = code,
        .expire_ms = txn_now_ms(txn) + (kind == ROW_EXPIRED ? -1 : 24LL * 3600 * 1000),
        .language = (enum language)(i / KINDS % 3),
        .enrolment = {{(uint8_t)i, (uint8_t)(i >> 8), 1}},
        .try_count = 5,
        .address_version = 1,
        .decoy = kind == ROW_DECOY_SMS || kind == ROW_DECOY_POST,
    };
    return delivery_send_code(txn, &message);
}

static status put_some(void *ctx, struct txn *txn)
{
    const struct fill *fill = ctx;
    for (uint32_t i = fill->from; i < fill->from + fill->count; i++) {
        TRY(put_row(txn, fill->owners[i % fill->owner_count], i));
    }
    return STATUS_OK;
}

static void read_owners(const struct seal_keys *keys, struct fill *fill)
{
    char line[64];
    while (fill->owner_count < MEMBERS_MAX && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        fill->owners[fill->owner_count++] = owner_of_registration(keys, bytes_str(line));
    }
}

static struct db *open_store(const struct config *config, struct seal_keys *keys)
{
    struct db *db;
    const struct db_options options = {.directory = config->store.directory,
                                       .keys = keys,
                                       .clock = &clock_system,
                                       .random = &random_system,
                                       .allow_test_file_systems = true};
    must(db_open(&options, &db), "store");
    return db;
}

/* --- what became of it --- */

static bool print_delivery(void *ctx, uint64_t sequence,
                           const Hayat__Store__V1__StoredDelivery *delivery)
{
    (void)ctx, (void)sequence;
    (void)printf("%u %d %d %d %s\n", delivery->queue, (int)delivery->outcome,
                 delivery->report_expected, delivery->report_ms != 0, delivery->report_evidence);
    return true;
}

static void list_store(const struct config *config, struct seal_keys *keys)
{
    static struct fill fill;
    struct db *db = open_store(config, keys);
    struct arena arena;
    struct txn *txn;
    read_owners(keys, &fill);
    arena_init(&arena, 16 * 1024 * 1024);
    must(txn_begin_read(db, &arena, &txn), "reading");
    for (uint32_t i = 0; i < fill.owner_count; i++) {
        must(delivery_store_each(txn, fill.owners[i], print_delivery, NULL), "deliveries");
    }
    txn_end_read(txn);
    arena_fini(&arena);
    db_close(db);
}

/* --- filling it --- */

static void fill_store(const struct config *config, struct seal_keys *keys, uint32_t count)
{
    static struct fill fill;
    struct writer *writer;
    struct db *db = open_store(config, keys);
    read_owners(keys, &fill);
    must(writer_start(&(struct writer_options){.db = db}, &writer), "writer");
    for (fill.from = 0; fill.from < count; fill.from += PER_COMMIT) {
        struct arena arena;
        arena_init(&arena, 16 * 1024 * 1024);
        fill.count = count - fill.from < PER_COMMIT ? count - fill.from : PER_COMMIT;
        must(writer_run(writer, &arena, put_some, &fill), "rows");
        arena_fini(&arena);
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
    if (strcmp(argv[2], "list") == 0) {
        list_store(&config, keys);
    } else {
        fill_store(&config, keys, (uint32_t)strtoul(argv[2], NULL, 10));
    }
    keyring_close(keys);
    return EXIT_SUCCESS;
}
