/* hayatctl demo generate: options and words around demo_generate. */
#include <inttypes.h>
#include <stdio.h>

#include "base/defer.h"
#include "tools/hayatctl/command.h"
#include "tools/hayatctl/demo_generate.h"

enum { MOROCCO_OFFSET_MINUTES = 60, MEMBERS_DEFAULT = 10000 };

static bool read_fund(const char *today, long long members, long long seed, struct demo_fund *ret)
{
    if (members < 1 || members > DEMO_MEMBERS_MAX) {
        complain("--members must be 1 to %d, not %lld", DEMO_MEMBERS_MAX, members);
        return false;
    }
    if (seed < 0) {
        complain("--seed must not be negative");
        return false;
    }
    struct date date = date_from_wall_ms(clock_wall_ms(&clock_system), MOROCCO_OFFSET_MINUTES);
    if (today != NULL && !date_parse(today, &date)) {
        complain("--today must be a date like 2026-05-09, not \"%s\"", today);
        return false;
    }
    if (date.year < 2023 || date.year > 2100) {
        complain("--today must be between 2023 (the cards are of November 2022) and 2100");
        return false;
    }
    *ret = (struct demo_fund){.seed = (uint64_t)seed, .members = (uint32_t)members, .today = date};
    return true;
}

static enum exit_code generate(const struct demo_fund *fund, const char *out, bool quiet)
{
    struct progress progress;
    progress_init(&progress, &clock_system, "demo fund", quiet);
    struct demo_result result;
    status s = demo_generate(fund, out, &progress, &result);
    if (!ok(s)) {
        return complain_status(result.failed_path, s);
    }
    progress_end(&progress, result.rows[DEMO_FILE_MEMBERS], "");
    (void)printf("%s: %" PRIu64 " members, %" PRIu64 " beneficiaries, %" PRIu64
                 " pensions, %" PRIu64 " members abroad, %" PRIu64 " claims; main person %s\n",
                 out, result.rows[DEMO_FILE_MEMBERS], result.rows[DEMO_FILE_BENEFICIARIES],
                 result.rows[DEMO_FILE_PENSIONS], result.abroad, result.rows[DEMO_FILE_CLAIMS],
                 result.hero);
    return EXIT_FINE;
}

enum exit_code command_demo_generate(int argc, const char **argv)
{
    DEFER(defer_free) char *out = NULL;
    DEFER(defer_free) char *today = NULL;
    long long members = MEMBERS_DEFAULT, seed = 1;
    int quiet = 0;
    const struct poptOption options[] = {
        {"out", 'o', POPT_ARG_STRING, &out, 0, "where to write (made when missing)", "DIR"},
        {"members", 'n', POPT_ARG_LONGLONG | POPT_ARGFLAG_SHOW_DEFAULT, &members, 0,
         "how many members", "N"},
        {"seed", 's', POPT_ARG_LONGLONG | POPT_ARGFLAG_SHOW_DEFAULT, &seed, 0,
         "same seed, same fund", "S"},
        {"today", 0, POPT_ARG_STRING, &today, 0, "the day the fund is dated at (default: today)",
         "YYYY-MM-DD"},
        {"quiet", 'q', POPT_ARG_NONE, &quiet, 0, "no progress", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct demo_fund fund;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0})) {
        return EXIT_USAGE;
    }
    if (out == NULL) {
        complain("--out DIR is missing");
        return EXIT_USAGE;
    }
    if (!read_fund(today, members, seed, &fund)) {
        return EXIT_USAGE;
    }
    return generate(&fund, out, quiet != 0);
}
