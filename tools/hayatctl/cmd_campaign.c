/*
 * hayatctl campaign show: how far a year's campaign is, for operators; works beside a running server.
 *
 * It counts and names nobody: obligations by state, reminders by outcome, who could be suspended and is not.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/defer.h"
#include "service/life_certificate_state.h"
#include "storage/obligation_store.h"
#include "storage/table.h"
#include "tools/hayatctl/store_session.h"

enum { STEP_ROWS = 256, ARENA_CAP_BYTES = 8 * 1024 * 1024, STATES = 11 };

struct census {
    int32_t year;
    uint64_t states[STATES], total, reminded, sent, delivered, accepted, failed;
    uint64_t pensions;
};

struct step {
    size_t count;
    struct key keys[STEP_ROWS];
};

static const char *const state_names[STATES] = {
    [OBLIGATION(DUE)] = "due",
    [OBLIGATION(DRAFT)] = "draft",
    [OBLIGATION(SUBMITTED)] = "submitted",
    [OBLIGATION(IN_REVIEW)] = "in review",
    [OBLIGATION(MORE_NEEDED)] = "more needed",
    [OBLIGATION(ACCEPTED)] = "accepted",
    [OBLIGATION(REFUSED)] = "refused",
    [OBLIGATION(SUSPENSION_PROPOSED)] = "suspension proposed",
    [OBLIGATION(SUSPENDED)] = "suspended",
    [OBLIGATION(REINSTATED)] = "reinstated",
};

static bool take_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct step *step = ctx;
    (void)record;
    step->keys[step->count++] = key;
    return step->count < STEP_ROWS;
}

static void count_reminders(const obligation_row *row, struct census *census)
{
    census->reminded += row->n_reminders > 0 ? 1 : 0;
    for (size_t i = 0; i < row->n_reminders; i++) {
        Hayat__Store__V1__ReminderOutcome outcome = row->reminders[i]->outcome;
        census->sent++;
        census->delivered +=
            outcome == HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_DELIVERED ? 1 : 0;
        census->accepted += outcome == HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_ACCEPTED
                                ? 1
                                : 0;
        census->failed += outcome == HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_FAILED
                              ? 1
                              : 0;
    }
}

static status count_row(struct txn *txn, const struct key *key, struct census *census)
{
    struct owner owner;
    obligation_row *row;
    memcpy(owner.bytes, key->bytes, OWNER_BYTES);
    if ((int32_t)get_be32(key->bytes + OWNER_BYTES) != census->year) {
        return STATUS_OK;
    }
    status found = obligation_store_get(txn, owner, census->year,
                                        get_be32(key->bytes + OWNER_BYTES + 4), &row);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    census->total++;
    census->states[row->state < STATES ? row->state : 0]++;
    count_reminders(row, census);
    return STATUS_OK;
}

static status count_step(struct txn *txn, struct key *place, struct census *census, bool *ret_done)
{
    struct step step = {.count = 0};
    struct scan scan = {.table = TABLE_obligation, .after = *place, .keys_only = true};
    TRY(table_scan(txn, &scan, take_key, &step));
    for (size_t i = 0; i < step.count; i++) {
        struct arena_mark mark = arena_mark(txn_arena(txn));
        TRY(count_row(txn, &step.keys[i], census));
        arena_rewind(txn_arena(txn), mark);
    }
    *ret_done = step.count < STEP_ROWS;
    *place = step.count > 0 ? step.keys[step.count - 1] : *place;
    return table_count(txn, TABLE_pension, &census->pensions);
}

static status count_all(struct db *db, struct census *census)
{
    struct key place = key_empty();
    for (bool done = false; !done;) {
        struct arena arena;
        struct txn *txn;
        arena_init(&arena, ARENA_CAP_BYTES);
        status s = txn_begin_read(db, &arena, &txn);
        if (ok(s)) {
            s = count_step(txn, &place, census, &done);
            txn_end_read(txn);
        }
        arena_fini(&arena);
        TRY(s);
    }
    return STATUS_OK;
}

static void print_census(const struct census *census)
{
    (void)printf("campaign %d: %" PRIu64 " obligations of %" PRIu64 " pensions\n", census->year,
                 census->total, census->pensions);
    for (size_t i = OBLIGATION(DUE); i < STATES; i++) {
        (void)printf("  %-20s %10" PRIu64 "\n", state_names[i], census->states[i]);
    }
    (void)printf("reminded %" PRIu64 "; reminders sent %" PRIu64 ", delivered %" PRIu64
                 ", handed over %" PRIu64 ", failed %" PRIu64 "\n",
                 census->reminded, census->sent, census->delivered, census->accepted,
                 census->failed);
}

enum exit_code command_campaign_show(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {.state = NULL};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    const struct command_usage usage = {options, "YEAR", 1, 1};
    DEFER(command_line_fini) struct command_line line;
    struct census census = {0};
    struct store_session session;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &usage)) {
        return EXIT_USAGE;
    }
    census.year = (int32_t)strtol(line.arguments[0], NULL, 10);
    if (!store_paths_find(&where, &paths) || !store_session_open(&paths, true, &session)) {
        return EXIT_FAILED;
    }
    status s = count_all(session.db, &census);
    store_session_close(&session);
    if (!ok(s)) {
        return complain_status(paths.db, s);
    }
    print_census(&census);
    return EXIT_FINE;
}
