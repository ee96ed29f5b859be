/* hayatctl db: looks at the store; works beside a running server. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/defer.h"
#include "tools/hayatctl/full_check.h"
#include "tools/hayatctl/store_session.h"

enum { TICK_STEPS = 64 };

struct check_progress {
    uint64_t steps;
    bool terminal, slow;
    int64_t step_us; /* when the step began */
};

/* A step's turn, and then the others'. */
static void give_way(struct check_progress *progress)
{
    int64_t took_us = clock_mono_us(&clock_system) - progress->step_us;
    int64_t wait_us = took_us * (LIMIT_CHECK_SLOW_SHARE - 1);
    if (wait_us > LIMIT_CHECK_SLOW_MS * 1000) {
        wait_us = LIMIT_CHECK_SLOW_MS * 1000;
    }
    const struct timespec time = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
    (void)nanosleep(&time, NULL);
    progress->step_us = clock_mono_us(&clock_system);
}

static bool show_progress(void *ctx, const struct db_check_report *report)
{
    struct check_progress *progress = ctx;
    if (progress->terminal && progress->steps++ % TICK_STEPS == 0) {
        (void)fprintf(stderr, "\r\033[K%" PRIu64 " records opened, %" PRIu64 " bad",
                      report->cells_total, report->bad_total);
        (void)fflush(stderr);
    }
    if (progress->slow) {
        give_way(progress);
    }
    return true;
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

/* Keys are keyed hashes (SEC-D2): safe to print. */
static void bad_key(const struct check_bad *bad, char out[2 * LIMIT_KEY_BYTES + 1])
{
    hex_encode(key_view(&bad->key), out);
}

static enum exit_code print_json(const struct db_check_report *report, bool with_bad)
{
    DEFER(free_json) json_t *root = json_object();
    json_t *tables = json_object();
    for (size_t i = 0; i < table_info_count; i++) {
        uint64_t cells = report->cells[table_infos[i].id];
        (void)json_object_set_new(tables, table_infos[i].name, json_integer((json_int_t)cells));
    }
    (void)json_object_set_new(root, "tables", tables);
    (void)json_object_set_new(root, "records", json_integer((json_int_t)report->cells_total));
    (void)json_object_set_new(root, "bytes", json_integer((json_int_t)report->bytes_total));
    if (with_bad) {
        json_t *list = json_array();
        for (uint32_t i = 0; i < report->bad_listed; i++) {
            char key[2 * LIMIT_KEY_BYTES + 1];
            bad_key(&report->bad[i], key);
            (void)json_array_append_new(
                list, json_pack("{s:s, s:s, s:s}", "table", table_info(report->bad[i].table)->name,
                                "reason", reason_name(report->bad[i].why), "key", key));
        }
        (void)json_object_set_new(root, "bad_total", json_integer((json_int_t)report->bad_total));
        (void)json_object_set_new(root, "bad", list);
    }
    int failed = json_dumpf(root, stdout, JSON_INDENT(2));
    (void)putchar('\n');
    return failed != 0 ? EXIT_FAILED : EXIT_FINE;
}

static void print_tables(const struct db_check_report *report)
{
    for (size_t i = 0; i < table_info_count; i++) {
        (void)printf("%-18s %12" PRIu64 "\n", table_infos[i].name,
                     report->cells[table_infos[i].id]);
    }
    (void)printf("%-18s %12" PRIu64 "  %" PRIu64 " bytes\n", "all", report->cells_total,
                 report->bytes_total);
}

static void print_bad(const struct db_check_report *report)
{
    for (uint32_t i = 0; i < report->bad_listed; i++) {
        char key[2 * LIMIT_KEY_BYTES + 1];
        bad_key(&report->bad[i], key);
        (void)printf("bad: %s %s %s\n", table_info(report->bad[i].table)->name,
                     key[0] != '\0' ? key : "a page is broken, what follows in it was not seen",
                     reason_name(report->bad[i].why));
    }
    if (report->bad_total > report->bad_listed) {
        (void)printf("bad: %" PRIu64 " more\n", report->bad_total - report->bad_listed);
    }
}

/* After an old copy was put back: retention drops them. */
static void print_erased(const struct db_check_report *report)
{
    if (report->erased > 0) {
        (void)printf("%" PRIu64 " chunks of erased documents, which nothing opens any more\n",
                     report->erased);
    }
}

static enum exit_code report_check(const struct db_check_report *report, bool json, bool check)
{
    enum exit_code code = EXIT_FINE;
    if (json) {
        code = print_json(report, check);
    } else {
        print_tables(report);
        if (check) {
            print_bad(report);
            (void)printf("%" PRIu64 " records opened, %" PRIu64 " bad\n", report->cells_total,
                         report->bad_total);
            print_erased(report);
        }
    }
    return code == EXIT_FINE && check && report->bad_total > 0 ? EXIT_REFUSED : code;
}

struct look {
    bool json, check, slow;
};

static enum exit_code look_at(const struct store_paths *paths, const struct look *look)
{
    struct store_session session;
    if (!store_session_open(paths, true, &session)) {
        return EXIT_FAILED;
    }
    struct check_progress progress = {.terminal = isatty(STDERR_FILENO) == 1,
                                      .slow = look->slow,
                                      .step_us = clock_mono_us(&clock_system)};
    struct db_check_report report;
    status s = full_check(session.db, show_progress, &progress, &report);
    store_session_close(&session);
    if (progress.terminal) {
        (void)fputs("\r\033[K", stderr);
    }
    if (!ok(s) && report.bad_total == 0) {
        return complain_status(paths->db, s);
    }
    return report_check(&report, look->json, look->check);
}

static enum exit_code run(int argc, const char **argv, bool check)
{
    DEFER(store_options_fini) struct store_options where = {0};
    int json = 0, slow = 0;
    const struct poptOption slow_row = {
        "slow", 0, POPT_ARG_NONE, &slow, 0, "take a twentieth of the time, beside a server", NULL};
    const struct poptOption none = POPT_TABLEEND;
    const struct poptOption options[] = {STORE_OPTION_ROWS(where),
                                         {"json", 'j', POPT_ARG_NONE, &json, 0, "print JSON", NULL},
                                         POPT_AUTOHELP check ? slow_row : none,
                                         POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    return look_at(&paths, &(struct look){.json = json != 0, .check = check, .slow = slow != 0});
}

enum exit_code command_db_check(int argc, const char **argv)
{
    return run(argc, argv, true);
}

enum exit_code command_db_stat(int argc, const char **argv)
{
    return run(argc, argv, false);
}
