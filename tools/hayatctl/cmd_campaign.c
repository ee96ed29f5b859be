/*
 * hayatctl campaign: how far a year's campaign is, for operators; works beside a running server.
 *
 *   show     counts and names nobody: obligations by state, reminders by outcome, who is silent and about whom nobody is asked
 *   unasked  lists these, for whoever looks at them instead of the machine: CSV, a page at a time
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/defer.h"
#include "service/calendar_rules.h"
#include "service/life_certificate_state.h"
#include "tools/hayatctl/campaign_rows.h"
#include "tools/hayatctl/csv_out.h"
#include "tools/hayatctl/store_session.h"
#include "tools/hayatctl/unasked.h"

enum { ARENA_CAP_BYTES = 64 * 1024, STATES = 11, PAGE_ROWS = 1000, PAGE_ROWS_MAX = 100000 };

struct census {
    int32_t year;
    int64_t today;
    uint64_t unasked[UNASKED_WHYS];
    uint64_t states[STATES], total, reminded, sent, delivered, accepted, failed;
    uint64_t pensions, damaged;
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

static status count_row(void *ctx, const struct campaign_row *row, bool *ret_more)
{
    struct census *census = ctx;
    struct unasked unasked;
    (void)ret_more;
    TRY(unasked_judge(row->txn, row->owner, row->obligation, census->today, &unasked));
    census->total++;
    census->states[row->obligation->state < STATES ? row->obligation->state : 0]++;
    count_reminders(row->obligation, census);
    census->unasked[unasked.why]++;
    return STATUS_OK;
}

static status count_pensions(struct db *db, struct census *census)
{
    DEFER(arena_fini) struct arena arena;
    struct txn *txn;
    arena_init(&arena, ARENA_CAP_BYTES);
    TRY(txn_begin_read(db, &arena, &txn));
    status s = table_count(txn, TABLE_pension, &census->pensions);
    txn_end_read(txn);
    return s;
}

static status count_all(struct db *db, struct census *census)
{
    struct campaign_walk walk = {.year = census->year, .seen = count_row, .ctx = census};
    TRY(campaign_rows_each(db, &walk));
    census->damaged = walk.damaged;
    return count_pensions(db, census);
}

/* Whom the machine never asks about, and nobody would hear of. */
static void print_unasked(const struct census *census)
{
    for (enum unasked_why why = UNASKED_NOT + 1; why < UNASKED_WHYS; why++) {
        (void)printf("  %-20s %10" PRIu64 "  silent, and not proposed: %s\n", unasked_name(why),
                     census->unasked[why], unasked_text(why));
    }
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
    print_unasked(census);
    print_damaged(stdout, census->damaged);
}

static int64_t today(void)
{
    return clock_wall_ms(&clock_system) / MS_PER_DAY;
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
    census.today = today();
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

/* --- unasked --- */

struct listing {
    int64_t today;
    struct key after; /* of the last row listed */
    int listed, limit;
    bool more; /* there is at least one that was not */
};

static void print_row(const struct campaign_row *row, const struct unasked *unasked)
{
    csv_text(stdout, unasked->registration_number);
    csv_comma(stdout);
    csv_text(stdout, row->obligation->pension_number);
    csv_comma(stdout);
    csv_text(stdout, state_names[row->obligation->state == OBLIGATION(REFUSED) ? OBLIGATION(REFUSED)
                                                                               : OBLIGATION(DUE)]);
    csv_comma(stdout);
    csv_text(stdout, unasked_name(unasked->why));
    csv_comma(stdout);
    csv_int(stdout, unasked->arrived);
    csv_comma(stdout);
    csv_text(stdout, unasked->ways);
    csv_end(stdout);
}

static status list_row(void *ctx, const struct campaign_row *row, bool *ret_more)
{
    struct listing *listing = ctx;
    struct unasked unasked;
    TRY(unasked_judge(row->txn, row->owner, row->obligation, listing->today, &unasked));
    if (unasked.why == UNASKED_NOT) {
        return STATUS_OK;
    }
    listing->more = listing->listed == listing->limit;
    *ret_more = !listing->more;
    if (!listing->more) {
        print_row(row, &unasked);
        listing->after = row->key;
        listing->listed++;
    }
    return STATUS_OK;
}

/* Keys are keyed hashes (SEC-D2): a place in the list tells nothing. */
static void print_end(const struct listing *listing)
{
    char place[2 * LIMIT_KEY_BYTES + 1];
    (void)fprintf(stderr, "%d listed\n", listing->listed);
    if (listing->more) {
        hex_encode(key_view(&listing->after), place);
        (void)fprintf(stderr, "there are more: --after %s\n", place);
    }
}

static bool read_place(const char *text, struct key *ret_place)
{
    *ret_place = key_empty();
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0) {
        return true;
    }
    ret_place->len = OWNER_BYTES + 2 * sizeof(uint32_t);
    return len == 2 * (size_t)ret_place->len &&
           hex_decode(bytes_str(text), ret_place->bytes, ret_place->len);
}

static enum exit_code list(const struct store_paths *paths, int32_t year, struct listing *listing)
{
    struct store_session session;
    if (!store_session_open(paths, true, &session)) {
        return EXIT_FAILED;
    }
    (void)printf("registration_number,pension_number,state,reason,arrived,ways\n");
    struct campaign_walk walk = {
        .year = year, .after = listing->after, .seen = list_row, .ctx = listing};
    status s = campaign_rows_each(session.db, &walk);
    store_session_close(&session);
    listing->more = listing->more || (!ok(s) && listing->listed > 0);
    print_end(listing);
    if (!ok(s)) {
        return complain_status(paths->db, s);
    }
    print_damaged(stderr, walk.damaged);
    return EXIT_FINE;
}

enum exit_code command_campaign_unasked(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {.state = NULL};
    DEFER(defer_free) char *after = NULL;
    struct listing listing = {.limit = PAGE_ROWS, .today = today()};
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"limit", 'n', POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &listing.limit, 0, "rows at most",
         "ROWS"},
        {"after", 0, POPT_ARG_STRING, &after, 0, "go on where the page before ended", "PLACE"},
        POPT_AUTOHELP POPT_TABLEEND};
    const struct command_usage usage = {options, "YEAR", 1, 1};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &usage) || !store_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    if (listing.limit < 1 || listing.limit > PAGE_ROWS_MAX || !read_place(after, &listing.after)) {
        complain("--limit is 1 to %d, --after what the page before ended with", PAGE_ROWS_MAX);
        return EXIT_USAGE;
    }
    return list(&paths, (int32_t)strtol(line.arguments[0], NULL, 10), &listing);
}
