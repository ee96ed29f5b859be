/* hayatctl import: options and words around import_file. */
#include <assert.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/defer.h"
#include "tools/hayatctl/import_control.h"
#include "tools/hayatctl/import_sorted.h"
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
                                 const char *path, struct import_totals *ret_totals)
{
    struct import_totals totals;
    status s = import_file(options, kind, path, &totals);
    *ret_totals = totals;
    if (!ok(s)) {
        complain("%s: %s (%s) %s", path, reason_text(s.why, LANGUAGE_EN), reason_name(s.why),
                 totals.failure);
        return EXIT_FAILED;
    }
    print_totals(path, &totals);
    return totals.refused > 0 ? EXIT_REFUSED : EXIT_FINE;
}

/* The files of a fund's directory. */
struct fund_files {
    char paths[FEED_KIND_COUNT][PATH_MAX]; /* "" when there is none */
    char control[PATH_MAX];
    size_t count;
};

static bool find_file(const char *directory, const char *name, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/%s.csv", directory, name);
    bool found = len > 0 && len < PATH_MAX && access(path, F_OK) == 0;
    if (!found) {
        path[0] = '\0';
    }
    return found;
}

static void find_files(const char *directory, struct fund_files *files)
{
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        files->count += find_file(directory, feed_layout((enum feed_kind)i)->name, files->paths[i]);
    }
    (void)find_file(directory, "control_totals", files->control);
}

/* --- a file of claims or prior authorisations: its companions are taken with it --- */

/* What makes a whole with what; a payment may come alone, and so is never required. */
static enum feed_kind companion_of(enum feed_kind kind)
{
    switch ((int)kind) {
    case FEED_CLAIMS:
        return FEED_CLAIM_LINES;
    case FEED_CLAIM_LINES:
        return FEED_CLAIMS;
    case FEED_PRIOR_AUTHORIZATIONS:
        return FEED_PRIOR_AUTHORIZATION_LINES;
    case FEED_PRIOR_AUTHORIZATION_LINES:
        return FEED_PRIOR_AUTHORIZATIONS;
    }
    return FEED_PAYMENTS;
}

/* PATH and the files beside it that it makes a whole with. */
static bool find_companions(enum feed_kind kind, const char *path, struct fund_files *files)
{
    char copy[PATH_MAX];
    enum feed_kind companion = companion_of(kind);
    if (snprintf(copy, sizeof copy, "%s", path) >= PATH_MAX) {
        return false;
    }
    const char *directory = dirname(copy);
    if (kind != FEED_PAYMENTS &&
        !find_file(directory, feed_layout(companion)->name, files->paths[companion])) {
        complain(
            "%s: its rows are taken together with those of %s.csv, which must lie beside it, in "
            "%s",
            path, feed_layout(companion)->name, directory);
        return false;
    }
    if (kind == FEED_CLAIMS || kind == FEED_CLAIM_LINES) {
        (void)find_file(directory, feed_layout(FEED_PAYMENTS)->name, files->paths[FEED_PAYMENTS]);
    }
    (void)snprintf(files->paths[kind], PATH_MAX, "%s", path);
    return true;
}

static struct taken_total taken_of(const struct import_totals *totals)
{
    return (struct taken_total){.rows = totals->rows, .refused = totals->refused};
}

/* What belongs to no member, file by file. */
static enum exit_code import_common(const struct import_options *options,
                                    const struct fund_files *files,
                                    struct taken_total taken[FEED_KIND_COUNT])
{
    enum exit_code worst = EXIT_FINE;
    for (size_t i = 0; i < FEED_KIND_COUNT && worst != EXIT_FAILED; i++) {
        if (files->paths[i][0] == '\0' || !feed_kind_is_common((enum feed_kind)i)) {
            continue;
        }
        struct import_totals totals;
        enum exit_code code = import_one(options, (enum feed_kind)i, files->paths[i], &totals);
        taken[i] = taken_of(&totals);
        worst = code > worst ? code : worst;
    }
    return worst;
}

/* What belongs to members, all files together. */
static enum exit_code import_owned(const struct sorted_options *options,
                                   const struct fund_files *files,
                                   struct taken_total taken[FEED_KIND_COUNT])
{
    DEFER(defer_free) struct sorted_file *sorted = calloc(FEED_KIND_COUNT, sizeof *sorted);
    size_t count = 0;
    if (sorted == NULL) {
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        if (files->paths[i][0] != '\0' && !feed_kind_is_common((enum feed_kind)i)) {
            sorted[count].kind = (enum feed_kind)i;
            sorted[count++].path = files->paths[i];
        }
    }
    status s = count > 0 ? import_sorted(options, sorted, count) : STATUS_OK;
    enum exit_code worst = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        const struct sorted_file *file = &sorted[i];
        if (file->totals.failure[0] != '\0') {
            complain("%s: %s", file->path, file->totals.failure);
        }
        if (!ok(s)) {
            continue;
        }
        print_totals(file->path, &file->totals);
        taken[file->kind] = taken_of(&file->totals);
        taken[file->kind].billed_centimes = file->billed_centimes;
        taken[file->kind].reimbursed_centimes = file->reimbursed_centimes;
        worst = file->totals.refused > 0 ? EXIT_REFUSED : worst;
    }
    return ok(s) ? worst : complain_status("import", s);
}

static enum exit_code reconcile(const struct fund_files *files,
                                const struct taken_total taken[FEED_KIND_COUNT])
{
    struct control_totals control;
    if (files->control[0] == '\0') {
        return EXIT_FINE;
    }
    status s = control_totals_read(files->control, &control);
    if (!ok(s)) {
        return complain_status(files->control, s);
    }
    enum exit_code code = EXIT_FINE;
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        bool told = files->paths[i][0] != '\0' || control.of[i].told;
        if (told && !control_total_agrees(&control, (enum feed_kind)i, &taken[i])) {
            code = EXIT_REFUSED;
        }
    }
    return code;
}

static enum exit_code worse(enum exit_code a, enum exit_code b)
{
    return a > b ? a : b;
}

static enum exit_code import_directory(const struct sorted_options *options, const char *directory)
{
    DEFER(defer_free) struct fund_files *files = calloc(1, sizeof *files);
    struct taken_total taken[FEED_KIND_COUNT] = {0};
    if (files == NULL) {
        return EXIT_FAILED;
    }
    find_files(directory, files);
    if (files->count == 0) {
        complain("%s holds no file of a feed (members.csv and others)", directory);
        return EXIT_FAILED;
    }
    enum exit_code worst = import_common(options->import, files, taken);
    if (worst != EXIT_FAILED) {
        worst = worse(worst, import_owned(options, files, taken));
    }
    return worst == EXIT_FAILED ? worst : worse(worst, reconcile(files, taken));
}

/* KIND FILE... or DIR: false when the words are neither. */
struct import_plan {
    const char *directory; /* NULL: files of one kind */
    enum feed_kind kind;
    const char *const *files;
    size_t file_count;
    const char *temporary; /* NULL: the store's directory */
    size_t memory_bytes;   /* 0: the default */
};

static bool kind_of_word(const char *word, enum feed_kind *ret_kind)
{
    if (strcmp(word, "authorizations") == 0) { /* as hayat calls them */
        word = feed_layout(FEED_PRIOR_AUTHORIZATIONS)->name;
    }
    return feed_kind_parse(word, ret_kind);
}

static bool read_plan(const struct command_line *line, struct import_plan *plan)
{
    struct stat info;
    *plan = (struct import_plan){0};
    if (kind_of_word(line->arguments[0], &plan->kind)) {
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
    complain("%s is neither a directory nor a kind of file (members, rights, tariffs and others)",
             line->arguments[0]);
    return false;
}

/* A file of parts of claims or prior authorisations, with what belongs to it. */
static enum exit_code import_unit(const struct sorted_options *options, enum feed_kind kind,
                                  const char *path)
{
    DEFER(defer_free) struct fund_files *files = calloc(1, sizeof *files);
    struct taken_total taken[FEED_KIND_COUNT] = {0};
    if (files == NULL || !find_companions(kind, path, files)) {
        return EXIT_FAILED;
    }
    return import_owned(options, files, taken);
}

static enum exit_code run_plan(const struct sorted_options *options, const struct import_plan *plan)
{
    if (plan->directory != NULL) {
        return import_directory(options, plan->directory);
    }
    struct import_totals totals;
    enum exit_code worst = EXIT_FINE;
    for (size_t i = 0; i < plan->file_count && worst != EXIT_FAILED; i++) {
        enum exit_code code = feed_kind_is_part(plan->kind)
                                  ? import_unit(options, plan->kind, plan->files[i])
                                  : import_one(options->import, plan->kind, plan->files[i],
                                               &totals);
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
    struct receipt_signer signer;
    receipt_signer_init(&signer, session.keys);
    const struct receipt_issuer issuer = {&signer, paths->fund_name_fr, paths->fund_name_ar};
    const struct import_options options = {
        .db = session.db,
        .writer = session.writer,
        .rules = rules,
        .issuer = &issuer,
        .clock = &clock_system,
        .quiet = quiet,
    };
    const struct sorted_options sorted = {
        .import = &options,
        .keys = session.keys,
        .directory = plan->temporary != NULL ? plan->temporary : paths->db,
        .memory_bytes = plan->memory_bytes,
    };
    enum exit_code code = run_plan(&sorted, plan);
    receipt_signer_fini(&signer);
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
    DEFER(defer_free) char *temporary = NULL;
    int quiet = 0, memory_mib = 0;
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"temp", 0, POPT_ARG_STRING, &temporary, 0,
         "where the rows are sorted (default: the store's directory)", "DIR"},
        {"memory", 0, POPT_ARG_INT, &memory_mib, 0, "for sorting, in MiB (default: 384)", "N"},
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
    plan.temporary = temporary;
    plan.memory_bytes = memory_mib > 0 ? (size_t)memory_mib * 1024 * 1024 : 0;
    enum exit_code code = run_session(&paths, &rules, &plan, quiet != 0);
    feed_rules_fini(&rules);
    return code;
}
