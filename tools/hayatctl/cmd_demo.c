/* hayatctl demo generate: options and words around demo_generate. */
#include <inttypes.h>
#include <stdio.h>

#include "base/defer.h"
#include "tools/hayatctl/command.h"
#include "tools/hayatctl/demo_generate.h"

enum { MOROCCO_OFFSET_MINUTES = 60, MEMBERS_DEFAULT = 10000, PHOTO_MEMBERS_DEFAULT = 20000 };

struct wishes {
    const char *today; /* NULL: the clock's */
    long long members, seed;
    int claims_per_member, photo_members;
};

static bool read_fund(const struct wishes *wishes, struct demo_fund *ret)
{
    const char *today = wishes->today;
    long long members = wishes->members, seed = wishes->seed;
    if (wishes->claims_per_member < 0 || wishes->claims_per_member > DEMO_CLAIMS_MAX) {
        complain("--claims-per-member must be 0 to %d, not %d", DEMO_CLAIMS_MAX,
                 wishes->claims_per_member);
        return false;
    }
    if (wishes->photo_members < 0) {
        complain("--photo-members must not be negative");
        return false;
    }
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
    *ret = (struct demo_fund){
        .seed = (uint64_t)seed,
        .members = (uint32_t)members,
        .today = date,
        .claims_per_member = (uint32_t)wishes->claims_per_member,
        .photo_members = (uint32_t)wishes->photo_members,
    };
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
    progress_finish(&progress, result.rows[FEED_MEMBERS], "");
    (void)printf("%s: %" PRIu64 " members, %" PRIu64 " beneficiaries, %" PRIu64
                 " pensions, %" PRIu64 " members abroad, %" PRIu64 " claims; main person %s\n",
                 out, result.rows[FEED_MEMBERS], result.rows[FEED_BENEFICIARIES],
                 result.rows[FEED_PENSIONS], result.abroad, result.rows[FEED_CLAIMS], result.hero);
    return EXIT_FINE;
}

enum exit_code command_demo_generate(int argc, const char **argv)
{
    DEFER(defer_free) char *out = NULL;
    DEFER(defer_free) char *today = NULL;
    long long members = MEMBERS_DEFAULT, seed = 1;
    int quiet = 0, claims = 0, photos = PHOTO_MEMBERS_DEFAULT;
    const struct poptOption options[] = {
        {"out", 'o', POPT_ARG_STRING, &out, 0, "where to write (made when missing)", "DIR"},
        {"members", 'n', POPT_ARG_LONGLONG | POPT_ARGFLAG_SHOW_DEFAULT, &members, 0,
         "how many members", "N"},
        {"seed", 's', POPT_ARG_LONGLONG | POPT_ARGFLAG_SHOW_DEFAULT, &seed, 0,
         "same seed, same fund", "S"},
        {"claims-per-member", 0, POPT_ARG_INT, &claims, 0,
         "claims of each member (default: three in five have 2 to 10)", "N"},
        {"photo-members", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &photos, 0,
         "so many members' cards have photos; 0: all", "N"},
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
    if (!read_fund(&(struct wishes){today, members, seed, claims, photos}, &fund)) {
        return EXIT_USAGE;
    }
    return generate(&fund, out, quiet != 0);
}
