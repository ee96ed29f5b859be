/* hayatctl retention: which records have had their time, and taking them (docs/retention.md). */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/codec.h"
#include "base/defer.h"
#include "base/limits.h"
#include "service/calendar_rules.h"
#include "service/retention_pass.h"
#include "storage/erasure_keys.h"
#include "tools/hayatctl/store_session.h"

/* --- defaults --- */

enum exit_code command_retention_defaults(int argc, const char **argv)
{
    const struct poptOption options[] = {POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0})) {
        return EXIT_USAGE;
    }
    struct date today = date_from_days(clock_wall_ms(&clock_system) / MS_PER_DAY);
    (void)printf("version,valid_from_date,source,period,limit,unit\n");
    for (size_t i = 0; i < PERIOD_COUNT; i++) {
        const struct retention_default *period = &retention_defaults[i];
        (void)printf("RETENTION-1,%04d-%02d-%02d,\"proposed values; the fund decides\",%s,%u,%s\n",
                     today.year, today.month, today.day, period->name, period->limit,
                     period->unit == RETENTION_DAYS ? "DAYS" : "MONTHS");
    }
    return EXIT_FINE;
}

/* --- counting by period --- */

struct tally {
    uint64_t kept, waiting, due;
    int64_t oldest_ms; /* event of the oldest one that is due; 0: none */
};

struct survey {
    struct tally tallies[PERIOD_COUNT];
    uint64_t due, damaged;
    bool lists;
};

static void print_day(int64_t wall_ms)
{
    struct date day = date_from_days(wall_ms / MS_PER_DAY);
    (void)printf("%04d-%02d-%02d", day.year, day.month, day.day);
}

/* Keys are keyed hashes and random ids (SEC-D2): safe to print. */
static void print_row(const struct walk_row *row, const struct retention_judgement *judgement)
{
    char key[2 * LIMIT_KEY_BYTES + 1];
    hex_encode(key_view(&row->key), key);
    (void)printf("%-18s %-16s ", table_info(row->table)->name,
                 retention_defaults[judgement->period].name);
    if (judgement->event_ms == 0) {
        (void)printf("%-10s", "open"); /* when its member went */
    } else {
        print_day(judgement->event_ms);
    }
    (void)printf(" %s", key);
    if (judgement->with > 0) {
        (void)printf(" and %" PRIu64 " more of theirs", judgement->with);
    }
    (void)printf("\n");
}

static bool count_one(void *ctx, const struct walk_row *row,
                      const struct retention_judgement *judgement)
{
    struct survey *survey = ctx;
    struct tally *tally = &survey->tallies[judgement->period];
    bool due = judgement->verdict == RETENTION_GOES;
    tally->kept += judgement->verdict == RETENTION_STAYS ? 1 : 0;
    tally->waiting += judgement->verdict == RETENTION_WAITS ? 1 : 0;
    tally->due += due ? 1 : 0;
    survey->due += due ? 1 + judgement->with : 0;
    if (due && judgement->event_ms != 0 &&
        (tally->oldest_ms == 0 || judgement->event_ms < tally->oldest_ms)) {
        tally->oldest_ms = judgement->event_ms;
    }
    if (due && survey->lists) {
        print_row(row, judgement);
    }
    return true;
}

/* --- show --- */

struct standing {
    struct retention_terms terms;
    uint64_t passes;
    int64_t last_end_ms;
    uint64_t looked_at;
    uint64_t erasures; /* members who are going */
    bool runs;
    bool lost; /* where the pass stands is damaged */
};

static status read_standing(struct db *db, struct standing *standing)
{
    DEFER(arena_fini) struct arena arena;
    struct txn *txn;
    retention_row *row;
    arena_init(&arena, LIMIT_RETENTION_ARENA_BYTES);
    TRY(txn_begin_read(db, &arena, &txn));
    status s = retention_terms_load(txn, &standing->terms);
    if (ok(s)) {
        s = table_count(txn, TABLE_member_erasure, &standing->erasures);
    }
    status found = retention_row_get(txn, &row);
    standing->lost = found.why == REASON_STORE_CORRUPT;
    if (ok(found)) {
        standing->passes = row->pass;
        standing->runs = row->end_ms == 0;
        standing->last_end_ms = standing->runs ? row->last_end_ms : row->end_ms;
        standing->looked_at = row->looked_at;
    }
    txn_end_read(txn);
    return ok(s) && found.why != REASON_NOT_FOUND && !standing->lost ? found : s;
}

static void print_standing(const struct standing *standing, size_t erasure_keys)
{
    if (standing->terms.version[0] == '\0') {
        (void)printf("no reference set \"retention\" on file: nothing is erased for its age\n");
    } else {
        (void)printf("periods by %s\n", standing->terms.version);
    }
    (void)printf("clock      ");
    print_day(standing->terms.now_ms);
    if (standing->lost) {
        (void)printf("\npass       unknown, its row is damaged: the next step begins a new one\n");
    } else {
        (void)printf("\npass       %" PRIu64 "%s, %" PRIu64 " records looked at\n",
                     standing->passes, standing->runs ? ", running" : "", standing->looked_at);
    }
    if (standing->last_end_ms != 0) {
        (void)printf("last ended ");
        print_day(standing->last_end_ms);
        (void)printf("\n");
    }
    (void)printf("erasures   %" PRIu64 " members under way\n", standing->erasures);
    (void)printf("erasure keys %zu\n\n", erasure_keys);
}

static void print_value(struct retention_value value)
{
    if (value.limit == 0) {
        (void)printf("%-11s", "-");
    } else {
        (void)printf("%4u %-6s", value.limit, value.unit == RETENTION_DAYS ? "days" : "months");
    }
}

static void print_tallies(const struct survey *survey, const struct retention_terms *terms)
{
    (void)printf("%-16s %-11s %10s %10s %10s  %s\n", "period", "value", "kept", "waiting", "due",
                 "oldest");
    for (size_t i = 0; i < PERIOD_COUNT; i++) {
        const struct tally *tally = &survey->tallies[i];
        (void)printf("%-16s ", retention_defaults[i].name);
        print_value(terms->values[i]);
        (void)printf(" %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "  ", tally->kept, tally->waiting,
                     tally->due);
        if (tally->oldest_ms != 0) {
            print_day(tally->oldest_ms);
        }
        (void)printf("\n");
    }
}

static enum exit_code show(const struct store_session *session, const char *db)
{
    struct standing standing = {.passes = 0};
    struct survey survey = {.due = 0};
    status s = read_standing(session->db, &standing);
    if (ok(s)) {
        s = retention_survey(session->db, count_one, &survey, &survey.damaged);
    }
    if (!ok(s)) {
        return complain_status(db, s);
    }
    print_standing(&standing, erasure_node_count(session->keys->erasure));
    print_tallies(&survey, &standing.terms);
    print_damaged(stdout, survey.damaged);
    return EXIT_FINE;
}

enum exit_code command_retention_show(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    struct store_session session;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    if (!store_session_open(&paths, true, &session)) {
        return EXIT_FAILED;
    }
    enum exit_code code = show(&session, paths.db);
    store_session_close(&session);
    return code;
}

/* --- run --- */

static enum exit_code dry_run(const struct store_session *session, const char *db)
{
    struct survey survey = {.lists = true};
    status s = retention_survey(session->db, count_one, &survey, &survey.damaged);
    if (!ok(s)) {
        return complain_status(db, s);
    }
    (void)printf("%" PRIu64 " records would go; nothing was changed\n", survey.due);
    print_damaged(stdout, survey.damaged);
    return EXIT_FINE;
}

static void print_gone(const retention_row *row)
{
    uint64_t all = 0;
    for (size_t i = 0; i < row->n_gone; i++) {
        (void)printf("%-18s %10" PRIu64 "\n", table_info(row->gone[i]->table)->name,
                     row->gone[i]->count);
        all += row->gone[i]->count;
    }
    (void)printf("%" PRIu64 " records went, %" PRIu64 " were looked at\n", all, row->looked_at);
    print_damaged(stdout, row->damaged);
    if (row->left_held > 0) {
        (void)printf("%" PRIu64 " members who left wait for the next passes, %" PRIu64
                     " erasures were begun: look at the period and at who left\n",
                     row->left_held, row->left_begun);
    }
}

static status report(struct db *db)
{
    DEFER(arena_fini) struct arena arena;
    struct txn *txn;
    retention_row *row;
    arena_init(&arena, LIMIT_RETENTION_ARENA_BYTES);
    TRY(txn_begin_read(db, &arena, &txn));
    status s = retention_row_get(txn, &row);
    if (ok(s)) {
        print_gone(row);
    }
    txn_end_read(txn);
    return s;
}

/* One whole pass; what a pass of hayatd's began is ended, with what it counted. */
static enum exit_code run(const struct store_session *session, const struct store_paths *paths)
{
    struct retention_stuck stuck = {.count = 0};
    const struct retention_work work = {.db = session->db,
                                        .writer = session->writer,
                                        .keys = session->keys,
                                        .keyring_path = paths->keyring,
                                        .event = "hayatctl retention run",
                                        .stuck = &stuck};
    enum retention_step step = RETENTION_MORE;
    status s = STATUS_OK;
    while (ok(s) && step == RETENTION_MORE) {
        s = retention_pass_step(&work, &step);
    }
    if (ok(s)) {
        s = report(session->db);
    }
    return ok(s) ? EXIT_FINE : complain_status(paths->db, s);
}

enum exit_code command_retention_run(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    int dry = 0;
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"dry-run", 'n', POPT_ARG_NONE, &dry, 0, "list what would go and change nothing", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    struct store_session session;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    if (!store_session_open(&paths, dry != 0, &session)) {
        return EXIT_FAILED;
    }
    enum exit_code code = dry != 0 ? dry_run(&session, paths.db) : run(&session, &paths);
    store_session_close(&session);
    return code;
}
