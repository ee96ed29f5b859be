/* hayatctl db copy: a whole copy of the store, beside a running hayatd, that was opened before it has its name (SEC-D8). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/defer.h"
#include "storage/fsguard.h"
#include "storage/hot_copy.h"
#include "storage/resident.h"
#include "tools/hayatctl/copy_file.h"
#include "tools/hayatctl/copy_place.h"
#include "tools/hayatctl/full_check.h"
#include "tools/hayatctl/store_session.h"

struct copying {
    struct store_paths paths;
    const char *out;
    size_t keep;
    bool quiet;
    struct copy_place place;
    struct copy_manifest manifest;
};

/* --- the bytes --- */

static bool write_data(struct copying *copying, struct db *db)
{
    char path[PATH_MAX];
    DEFER(copy_file_fini) struct copy_file file = {.fd = -1};
    if (!copy_place_join(path, copying->place.draft, "data.mdb") ||
        !copy_file_create(path, db_used_bytes(db), copying->quiet, &file)) {
        return false;
    }
    status s = hot_copy(db, copy_file_take, &file);
    if (!ok(s)) {
        if (s.why != REASON_CANCELLED) { /* else the file said why */
            (void)complain_status(copying->paths.db, s);
        }
        return false;
    }
    copying->manifest.bytes = file.bytes;
    return copy_file_finish(&file, copying->manifest.sha256);
}

static bool take_bytes(struct copying *copying)
{
    struct store_session session;
    if (!store_session_open(&copying->paths, true, &session)) {
        return false;
    }
    bool fine = copy_place_has_room(copying->out, copying->paths.db, db_used_bytes(session.db)) &&
                copy_place_begin(&copying->place, clock_wall_ms(&clock_system)) &&
                write_data(copying, session.db);
    store_session_close(&session);
    return fine;
}

/* --- the full open --- */

static status read_transaction(struct db *db, uint64_t *ret_transaction)
{
    struct arena arena;
    struct txn *txn = NULL;
    arena_init(&arena, LIMIT_CHECK_ARENA_BYTES);
    status s = txn_begin_read(db, &arena, &txn);
    if (ok(s)) {
        *ret_transaction = txn_snapshot(txn);
        txn_end_read(txn);
    }
    arena_fini(&arena);
    return s;
}

static enum exit_code judge(struct copying *copying, status s, const struct db_check_report *report)
{
    if (!ok(s) && report->bad_total == 0) {
        return complain_status(copying->place.draft, s);
    }
    copying->manifest.records = report->cells_total;
    copying->manifest.bad = report->bad_total;
    memcpy(copying->manifest.epochs, report->epochs, sizeof copying->manifest.epochs);
    return EXIT_FINE;
}

/* With keys read anew: a rotation meanwhile may have sealed records of the copy with a key that is younger than it. */
static enum exit_code open_all(struct copying *copying)
{
    struct store_paths paths = copying->paths;
    struct store_session session;
    (void)snprintf(paths.db, sizeof paths.db, "%s", copying->place.draft);
    if (!store_session_open(&paths, true, &session)) {
        return EXIT_FAILED;
    }
    struct db_check_report report;
    status s = full_check_told(session.db, copying->manifest.bytes, copying->quiet, &report);
    status read = read_transaction(session.db, &copying->manifest.transaction);
    store_session_close(&session);
    if (!ok(read)) {
        return complain_status(copying->place.draft, read);
    }
    return judge(copying, s, &report);
}

/* What the disk gives back is what was handed out. */
static bool same_on_disk(const struct copying *copying)
{
    char path[PATH_MAX];
    uint8_t sha256[COPY_DIGEST_BYTES];
    if (!copy_place_join(path, copying->place.draft, "data.mdb") ||
        !copy_file_digest(path, sha256)) {
        return false;
    }
    if (memcmp(sha256, copying->manifest.sha256, COPY_DIGEST_BYTES) != 0) {
        complain("%s: reads otherwise than it was written: look at the disk", path);
        return false;
    }
    return true;
}

/* --- together --- */

static bool write_manifest(struct copying *copying)
{
    char path[PATH_MAX], lock[PATH_MAX], text[LIMIT_MANIFEST_BYTES];
    (void)snprintf(copying->manifest.time, sizeof copying->manifest.time, "%s",
                   copying->place.name);
    (void)snprintf(copying->manifest.version, sizeof copying->manifest.version, "%s",
                   HAYAT_VERSION);
    size_t len = copy_manifest_print(&copying->manifest, text);
    if (!copy_place_join(path, copying->place.draft, "manifest") ||
        !copy_place_join(lock, copying->place.draft, "lock.mdb")) {
        return false;
    }
    (void)unlink(lock); /* of the full open */
    return copy_file_write_text(path, bytes_of(text, len));
}

/* What the disk gave back is what was read, so bad ones are bad in the store: the rest of it deserves a copy all the more, and those from before must stay. */
static enum exit_code tell_made(const struct copying *copying)
{
    const struct copy_manifest *manifest = &copying->manifest;
    (void)printf("%s/%s: %" PRIu64 " records, %" PRIu64 " bytes, ", copying->out,
                 copying->place.name, manifest->records, manifest->bytes);
    if (manifest->bad == 0) {
        (void)printf("all opened\n");
        return EXIT_FINE;
    }
    (void)printf("%" PRIu64 " bad\n", manifest->bad);
    complain("%" PRIu64
             " records of the store are bad: \"hayatctl db check\" names them; no older copy "
             "was removed",
             manifest->bad);
    return EXIT_REFUSED;
}

static enum exit_code make(struct copying *copying)
{
    if (!take_bytes(copying)) {
        return EXIT_FAILED;
    }
    enum exit_code code = open_all(copying);
    if (code != EXIT_FINE) {
        return code;
    }
    if (!same_on_disk(copying) || !write_manifest(copying) || !copy_place_finish(&copying->place)) {
        return EXIT_FAILED;
    }
    return tell_made(copying);
}

/* Only now: whatever came between, the copies from before are there. */
static enum exit_code prune(const struct copying *copying)
{
    size_t gone = 0, too_old = 0;
    if (!copy_place_prune(&copying->place, copying->keep, clock_wall_ms(&clock_system), &gone,
                          &too_old)) {
        return EXIT_FAILED;
    }
    if (gone > 0) {
        (void)printf("%zu older removed\n", gone);
    }
    if (too_old > 0) {
        complain("%s: %zu copies are older than %d days: what was erased since can be read in them "
                 "(docs/retention.md)",
                 copying->out, too_old, LIMIT_COPY_DAYS);
    }
    return EXIT_FINE;
}

static enum exit_code copy(struct copying *copying)
{
    status s = fsguard_check(copying->out, copying->paths.allow_test_file_systems);
    if (!ok(s)) {
        return complain_status(copying->out, s);
    }
    if (!copy_place_open(copying->out, copying->paths.db, &copying->place)) {
        return EXIT_FAILED;
    }
    enum exit_code code = make(copying);
    if (code == EXIT_FINE) {
        code = prune(copying);
    }
    copy_place_close(&copying->place);
    return code;
}

enum exit_code command_db_copy(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    DEFER(defer_free) char *out = NULL;
    int keep = 0, quiet = 0;
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"out", 'o', POPT_ARG_STRING, &out, 0,
         "where copies are kept; each gets a directory of its own there, named by the time (UTC)",
         "DIR"},
        {"keep", 0, POPT_ARG_INT, &keep, 0,
         "afterwards remove the oldest copies there, but N; all stay without", "N"},
        {"quiet", 'q', POPT_ARG_NONE, &quiet, 0, "no progress", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct copying copying = {.quiet = false};
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &copying.paths)) {
        return EXIT_USAGE;
    }
    if (out == NULL || keep < 0) {
        complain(out == NULL ? "--out DIR is missing" : "--keep is a number of copies");
        return EXIT_USAGE;
    }
    copying.out = out;
    copying.keep = (size_t)keep;
    copying.quiet = quiet != 0;
    return copy(&copying);
}
