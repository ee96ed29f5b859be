/* hayatctl import: options and words around import_file. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "tools/hayatctl/import.h"
#include "tools/hayatctl/store_session.h"

enum { MOROCCO_OFFSET_MINUTES = 60 };

static void print_totals(const char *path, const struct import_totals *totals)
{
    assert(totals->rows == totals->accepted + totals->unchanged + totals->refused);
    if (totals->resumed_line > 0) {
        complain("%s: went on at line %" PRIu64, path, totals->resumed_line);
    }
    (void)printf("%s: %" PRIu64 " rows = %" PRIu64 " accepted + %" PRIu64 " unchanged + %" PRIu64
                 " refused\n",
                 path, totals->rows, totals->accepted, totals->unchanged, totals->refused);
    if (totals->refused > 0) {
        complain("%s: the refused rows are in %s.quarantine.csv", path, path);
    }
}

static enum exit_code import_one(const struct import_options *options, enum feed_kind kind,
                                 const char *path)
{
    struct import_totals totals;
    status s = import_file(options, kind, path, &totals);
    if (!ok(s)) {
        complain("%s: %s (%s) %s", path, reason_text(s.why, LANGUAGE_EN), reason_name(s.why),
                 totals.failure);
        return EXIT_FAILED;
    }
    print_totals(path, &totals);
    return totals.refused > 0 ? EXIT_REFUSED : EXIT_FINE;
}

/* The files of a fund's directory, in the order in which they refer to each other. */
static enum exit_code import_directory(const struct import_options *options, const char *directory)
{
    enum exit_code worst = EXIT_FINE;
    int found = 0;
    for (size_t i = 0; i < FEED_KIND_COUNT && worst != EXIT_FAILED; i++) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s.csv", directory,
                           feed_layout((enum feed_kind)i)->name);
        if (len < 0 || (size_t)len >= sizeof(path) || access(path, F_OK) != 0) {
            continue;
        }
        found++;
        enum exit_code code = import_one(options, (enum feed_kind)i, path);
        worst = code > worst ? code : worst;
    }
    if (found == 0) {
        complain("%s holds no file of a feed (members.csv and others)", directory);
        return EXIT_FAILED;
    }
    return worst;
}

/* KIND FILE... or DIR: false when the words are neither. */
struct import_plan {
    const char *directory; /* NULL: files of one kind */
    enum feed_kind kind;
    const char *const *files;
    size_t file_count;
};

static bool read_plan(const struct command_line *line, struct import_plan *plan)
{
    struct stat info;
    *plan = (struct import_plan){0};
    if (feed_kind_parse(line->arguments[0], &plan->kind)) {
        plan->files = line->arguments + 1;
        plan->file_count = line->count - 1;
        if (plan->file_count == 0) {
            complain("import %s takes the files to import", line->arguments[0]);
        }
        return plan->file_count > 0;
    }
    if (line->count == 1 && stat(line->arguments[0], &info) == 0 && S_ISDIR(info.st_mode)) {
        plan->directory = line->arguments[0];
        return true;
    }
    complain(
        "%s is neither a directory nor one of campaigns, members, beneficiaries, cards, pensions",
        line->arguments[0]);
    return false;
}

static enum exit_code run_plan(const struct import_options *options, const struct import_plan *plan)
{
    if (plan->directory != NULL) {
        return import_directory(options, plan->directory);
    }
    enum exit_code worst = EXIT_FINE;
    for (size_t i = 0; i < plan->file_count && worst != EXIT_FAILED; i++) {
        enum exit_code code = import_one(options, plan->kind, plan->files[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static enum exit_code run_session(const struct store_paths *paths, const struct feed_rules *rules,
                                  const struct import_plan *plan, bool quiet)
{
    struct store_session session;
    if (!store_session_open(paths, false, &session)) {
        return EXIT_FAILED;
    }
    const struct import_options options = {
        .db = session.db,
        .writer = session.writer,
        .rules = rules,
        .clock = &clock_system,
        .quiet = quiet,
    };
    enum exit_code code = run_plan(&options, plan);
    store_session_close(&session);
    return code;
}

static void free_patterns(char *(*patterns)[3])
{
    for (size_t i = 0; i < 3; i++) {
        free((*patterns)[i]);
    }
}

/* The rules with what the options replace. */
static bool make_rules(char *const patterns[3], struct feed_rules *rules)
{
    struct feed_patterns chosen = feed_patterns_default;
    chosen.registration = patterns[0] != NULL ? patterns[0] : chosen.registration;
    chosen.affiliation = patterns[1] != NULL ? patterns[1] : chosen.affiliation;
    chosen.cine = patterns[2] != NULL ? patterns[2] : chosen.cine;
    struct date today = date_from_wall_ms(clock_wall_ms(&clock_system), MOROCCO_OFFSET_MINUTES);
    if (!ok(feed_rules_init(rules, &chosen, today))) {
        complain("a pattern is no POSIX extended regular expression");
        return false;
    }
    return true;
}

enum exit_code command_import(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    DEFER(free_patterns) char *patterns[3] = {NULL};
    int quiet = 0;
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"registration-pattern", 0, POPT_ARG_STRING, &patterns[0], 0, "default ^[0-9]{9}$",
         "REGEX"},
        {"affiliation-pattern", 0, POPT_ARG_STRING, &patterns[1], 0,
         "default ^[0-9A-Z][0-9A-Z/-]{3,31}$", "REGEX"},
        {"cine-pattern", 0, POPT_ARG_STRING, &patterns[2], 0, "default ^[A-Z]{1,2}[0-9]{1,6}$",
         "REGEX"},
        {"quiet", 'q', POPT_ARG_NONE, &quiet, 0, "no progress", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct import_plan plan;
    struct store_paths paths;
    struct feed_rules rules;
    if (!command_line_init(
            &line, argc, argv,
            &(struct command_usage){options, "DIR | KIND FILE...", 1, COMMAND_ARGUMENTS_MAX}) ||
        !store_paths_find(&where, &paths) || !read_plan(&line, &plan) ||
        !make_rules(patterns, &rules)) {
        return EXIT_USAGE;
    }
    enum exit_code code = run_session(&paths, &rules, &plan, quiet != 0);
    feed_rules_fini(&rules);
    return code;
}
