/*
 * bank: what other calls notice of a bank that is down (SEC-C3): p99 of GetCard and of a durable write while nothing is due, and while
 * changes of account are due one after the other, with the bank up, down and flapping.  One server, started again for each arm.
 *
 * Pace     a fund with 2,100 changes under way, each due once an hour, takes 0.6 of them a second; here it is DUE_PER_SECOND: a week of a
 *          bank that is down passes in half an hour.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/codec.h"
#include "pool.h"
#include "process.h"
#include "stats.h"
#include "storage/bank_store.h"
#include "storage/writer.h"

static const char simulator[] = HAYAT_SOURCE_DIR "/tools/bank-simulator";

enum {
    DUE_PER_SECOND = 200,
    CHANGES = 2000,
    PER_COMMIT = 100,
    FIRST_MEMBER = 990000001, /* as hayatctl demo generate numbers them */
    WRITES = 400,
    SHARE_OF_CALLS = 2,
    LATER_MS = 24 * 3600 * 1000,
    ARENA_BYTES = 16 * 1024 * 1024,
    BANK = 7,
};

/* --- the changes --- */

struct plan {
    bool due; /* from now on; or all of them tomorrow */
    uint32_t from;
    uint32_t active; /* that the arm before made so */
};

static status put_change(struct txn *txn, struct plan *plan, uint32_t i)
{
    char number[16], rib[32];
    struct id id = {{0xba}};
    bank_change_row row = HAYAT__STORE__V1__STORED_BANK_CHANGE__INIT, *old;
    (void)snprintf(number, sizeof number, "%u", FIRST_MEMBER + i);
    (void)snprintf(rib, sizeof rib, "%03d999000000%s002", BANK, number);
    put_be32(id.bytes + 4, i);
    struct owner owner = owner_of_registration(txn_keys(txn), bytes_str(number));
    status found = bank_store_change(txn, owner, id, &old);
    plan->active += ok(found) &&
                    old->state == HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_ACTIVE;
    row.change_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.state = HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_CHECKING;
    row.rib = rib;
    row.holder_name = number;
    row.propose_ms = txn_now_ms(txn);
    row.confirm_ms = row.propose_ms;
    row.persons_needed = 1;
    row.due_ms = txn_steady_ms(txn) + (plan->due ? (int64_t)i * 1000 / DUE_PER_SECOND : LATER_MS);
    return bank_store_put_change(txn, owner, &row, ok(found) ? old->due_ms : 0);
}

static status put_some(void *ctx, struct txn *txn)
{
    struct plan *plan = ctx;
    for (uint32_t i = plan->from; i < plan->from + PER_COMMIT; i++) {
        TRY(put_change(txn, plan, i));
    }
    return STATUS_OK;
}

static void on_fatal(void *ctx)
{
    (void)ctx;
    abort();
}

static bool put_changes(void *ctx, struct db *db)
{
    struct plan *plan = ctx;
    struct writer *writer;
    bool done = ok(writer_start(&(struct writer_options){.db = db, .on_fatal = on_fatal}, &writer));
    for (plan->from = 0; done && plan->from < CHANGES; plan->from += PER_COMMIT) {
        struct arena arena;
        arena_init(&arena, ARENA_BYTES);
        done = ok(writer_run(writer, &arena, put_some, plan));
        arena_fini(&arena);
    }
    writer_stop(writer);
    return done;
}

/* --- the arms --- */

struct arm {
    const char *name, *behaviour; /* NULL: nobody is there */
    bool due;
    struct series card_us, write_us;
    uint32_t active; /* changes that became active in the last round */
};

struct tokens {
    const struct state *state;
    int next;
};

static void fill_card(void *ctx, int slot, struct load_request *request)
{
    struct tokens *tokens = ctx;
    (void)slot;
    request->token = tokens->state->members[tokens->next];
    tokens->next = (tokens->next + 1) % tokens->state->member_count;
    request->body_len = 0;
}

static bool run_load(struct load *load, struct series *p99_us)
{
    struct load_result result;
    load->connections = 1;
    load->in_flight = 1;
    if (!load_run(load, &result) || result.failed > 0) {
        (void)fprintf(stderr, "hayat-bench: %s failed, grpc-status %d\n", load->path,
                      result.first_status);
        return false;
    }
    series_add(p99_us, (double)result.p99_ns / 1e3);
    return true;
}

static bool measure(struct bench *bench, struct pool *pool, struct tokens *tokens, struct arm *arm)
{
    struct load reads = {.port = bench->state.port,
                         .path = "/hayat.v1.CardService/GetCard",
                         .calls = bench->calls / SHARE_OF_CALLS,
                         .fill = fill_card,
                         .ctx = tokens};
    struct load writes = {.port = bench->state.port,
                          .path = POOL_WRITE_PATH,
                          .calls = WRITES,
                          .fill = pool_fill,
                          .ctx = pool};
    pool_begin(pool);
    return run_load(&reads, &arm->card_us) && run_load(&writes, &arm->write_us);
}

static pid_t start_bank(const struct bench *bench, const struct arm *arm)
{
    char port[16], log[PATH_MAX + 16];
    (void)snprintf(port, sizeof port, "%d", bench->state.bank_port);
    (void)snprintf(log, sizeof log, "%s/bank.log", bench->state.directory);
    const char *const argv[] = {simulator,     "--stay",       "--port", port,
                                "--behaviour", arm->behaviour, NULL};
    return process_serve(argv, bench->state.bank_port, log);
}

/* The store is nobody's before and after. */
static bool run_arm(struct bench *bench, struct pool *pool, struct tokens *tokens, struct arm *arm)
{
    struct plan plan = {.due = arm->due}, after = {0};
    bench->state.bank_port = process_free_port();
    if (!state_configure(&bench->state) || !state_with_store(&bench->state, put_changes, &plan)) {
        return false;
    }
    pid_t bank = arm->behaviour == NULL ? 0 : start_bank(bench, arm);
    bench->server = bank < 0 ? 0 : bench_start_server(&bench->state, "hayatd.conf");
    bool done = bench->server > 0 && measure(bench, pool, tokens, arm);
    process_stop(bench->server);
    process_stop(bank);
    bench->server = 0;
    done = done && state_with_store(&bench->state, put_changes, &after);
    arm->active = after.active;
    return done;
}

static double ratio_of(const struct series *a, const struct series *b)
{
    struct series ratio = {0};
    for (int i = 0; i < a->count && i < b->count; i++) {
        series_add(&ratio, a->values[i] / b->values[i]);
    }
    return series_median(&ratio);
}

static void print_arm(const struct arm *arm, const struct arm *quiet)
{
    (void)printf(
        "  %-9s GetCard p99 %6.0f us (spread %2.0f %%), %.2f of quiet   write p99 %6.0f us "
        "(spread %2.0f %%), %.2f of quiet   %4u changes became active\n",
        arm->name, series_median(&arm->card_us), 100 * series_spread(&arm->card_us),
        ratio_of(&arm->card_us, &quiet->card_us), series_median(&arm->write_us),
        100 * series_spread(&arm->write_us), ratio_of(&arm->write_us, &quiet->write_us),
        arm->active);
}

enum { QUIET, UP, DOWN, FLAPPING };

bool bench_bank(struct bench *bench)
{
    struct arm arms[] = {[QUIET] = {.name = "quiet", .behaviour = "right"},
                         [UP] = {.name = "up", .behaviour = "right", .due = true},
                         [DOWN] = {.name = "down", .due = true},
                         [FLAPPING] = {.name = "flapping", .behaviour = "flapping", .due = true}};
    struct tokens tokens = {.state = &bench->state};
    struct pool *pool = calloc(1, sizeof *pool);
    int wanted = 2 * (int)ARRAY_LEN(arms) * bench->rounds; /* WRITES need two */
    bool done = pool != NULL && wanted <= POOL_UPLOADS_MAX && pool_open(bench, pool, wanted);
    process_stop(bench->server);
    bench->server = 0;
    for (int round = 0; round < bench->rounds && done; round++) {
        for (size_t i = 0; i < ARRAY_LEN(arms) && done; i++) {
            done = run_arm(bench, pool, &tokens, &arms[i]);
        }
    }
    (void)printf(
        "one call at a time while %d changes a second are due at the bank, %d rounds of %d "
        "reads and %d writes\n",
        DUE_PER_SECOND, bench->rounds, bench->calls / SHARE_OF_CALLS, WRITES);
    for (size_t i = 0; i < ARRAY_LEN(arms); i++) {
        print_arm(&arms[i], &arms[QUIET]);
    }
    (void)printf("  p99 with the bank down is %.2f (GetCard) and %.2f (write) of the p99 with it "
                 "up; flapping "
                 "%.2f and %.2f\n\n",
                 ratio_of(&arms[DOWN].card_us, &arms[UP].card_us),
                 ratio_of(&arms[DOWN].write_us, &arms[UP].write_us),
                 ratio_of(&arms[FLAPPING].card_us, &arms[UP].card_us),
                 ratio_of(&arms[FLAPPING].write_us, &arms[UP].write_us));
    free(pool);
    return done;
}
