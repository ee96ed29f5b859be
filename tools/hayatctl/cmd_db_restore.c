/* hayatctl db restore: a copy that db copy made becomes the store; the one that was there is kept beside (SEC-D8). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/keyring.h"
#include "base/arena.h"
#include "base/defer.h"
#include "base/descriptor.h"
#include "storage/replace.h"
#include "tools/hayatctl/copy_file.h"
#include "tools/hayatctl/copy_place.h"
#include "tools/hayatctl/full_check.h"
#include "tools/hayatctl/store_session.h"

struct restoring {
    struct store_paths paths;
    const char *from;
    bool quiet;
    struct copy_manifest manifest;
    struct replace replace;
    char stamp[COPY_NAME_BYTES];
};

static bool read_manifest(struct restoring *restoring)
{
    char path[PATH_MAX];
    if (!copy_place_join(path, restoring->from, "manifest")) {
        return false;
    }
    DEFER(defer_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        complain("%s: %s: a copy has a manifest", path, strerror(errno));
        return false;
    }
    struct arena arena;
    bytes text;
    arena_init(&arena, LIMIT_CHECK_ARENA_BYTES);
    bool valid = ok(descriptor_read_all(fd, &arena, LIMIT_MANIFEST_BYTES, &text)) &&
                 copy_manifest_parse(text, &restoring->manifest);
    arena_fini(&arena);
    if (!valid) {
        complain("%s: is not a copy's manifest, or is damaged", path);
    }
    return valid;
}

/* Files of another user than hayatd's would keep it from starting. */
static bool is_ours(const char *directory)
{
    struct stat st;
    if (stat(directory, &st) != 0) {
        if (errno == ENOENT) {
            return true; /* it is made */
        }
        complain("%s: %s", directory, strerror(errno));
        return false;
    }
    if (st.st_uid != geteuid()) {
        complain("%s: belongs to another user, who must run this (hayat-admin, where hayatd is a "
                 "service)",
                 directory);
        return false;
    }
    return true;
}

static bool keys_are_there(const struct restoring *restoring)
{
    struct seal_keys *keys = NULL;
    enum key_domain domain;
    uint32_t epoch;
    status s = keyring_open(restoring->paths.master, restoring->paths.keyring, false, &keys);
    if (!ok(s)) {
        complain_keys(&restoring->paths, s);
        return false;
    }
    bool there = copy_manifest_opens_with(&restoring->manifest, keys, &domain, &epoch);
    if (!there) {
        complain("%s: has no epoch %" PRIu32
                 " of %s, which the copy needs: is it the keyring of this store, and was no key "
                 "retired since?",
                 restoring->paths.keyring, epoch, seal_domain_name(domain));
    }
    keyring_close(keys);
    return there;
}

/* The copy stays as it is: what becomes the store is another file. */
static enum exit_code stage(struct restoring *restoring)
{
    char from[PATH_MAX], to[PATH_MAX];
    uint8_t sha256[COPY_DIGEST_BYTES];
    const struct copy_manifest *manifest = &restoring->manifest;
    DEFER(copy_file_fini) struct copy_file file = {.fd = -1};
    if (!copy_place_join(from, restoring->from, "data.mdb") ||
        !copy_place_join(to, restoring->replace.staging, "data.mdb") ||
        !copy_place_has_room(restoring->replace.staging, "", manifest->bytes) ||
        !copy_file_create(to, manifest->bytes, restoring->quiet, &file) ||
        !copy_file_read(from, copy_file_take, &file) || !copy_file_finish(&file, sha256)) {
        return EXIT_FAILED;
    }
    if (file.bytes != manifest->bytes || memcmp(sha256, manifest->sha256, sizeof sha256) != 0) {
        complain("%s: is not what its manifest says (SHA-256): the copy is damaged; the store is "
                 "as it was",
                 from);
        return EXIT_REFUSED;
    }
    return EXIT_FINE;
}

static enum exit_code open_all(const struct restoring *restoring)
{
    struct store_paths paths = restoring->paths;
    struct store_session session;
    (void)snprintf(paths.db, sizeof paths.db, "%s", restoring->replace.staging);
    if (!store_session_open(&paths, true, &session)) {
        return EXIT_FAILED;
    }
    struct db_check_report report;
    status s = full_check_told(session.db, restoring->manifest.bytes, restoring->quiet, &report);
    store_session_close(&session);
    if (report.bad_total > restoring->manifest.bad) {
        complain("%s: %" PRIu64 " of %" PRIu64 " records do not open with these keys, %" PRIu64
                 " when it was made; the store is as it was",
                 restoring->from, report.bad_total, report.cells_total, restoring->manifest.bad);
        return EXIT_REFUSED;
    }
    return ok(s) || report.bad_total > 0 ? EXIT_FINE : complain_status(restoring->from, s);
}

static enum exit_code complain_store(const struct restoring *restoring, status s)
{
    if (s.why != REASON_STORE_LOCKED) {
        return complain_status(restoring->paths.db, s);
    }
    complain("%s: in use: stop hayatd, and whatever else has the store open", restoring->paths.db);
    return EXIT_FAILED;
}

static enum exit_code put_in_place(struct restoring *restoring)
{
    char aside[PATH_MAX];
    status s = replace_commit(&restoring->replace, restoring->stamp, aside);
    if (!ok(s)) {
        return complain_store(restoring, s);
    }
    (void)printf("%s: the copy of %s, %" PRIu64 " records\n", restoring->paths.db,
                 restoring->manifest.time, restoring->manifest.records);
    if (restoring->manifest.bad > 0) {
        complain("%" PRIu64 " of them are bad, as they were in the store: \"hayatctl db check\"",
                 restoring->manifest.bad);
    }
    if (aside[0] != '\0') {
        (void)printf("%s: the store that was there\n", aside);
    }
    return EXIT_FINE;
}

static enum exit_code begin(struct restoring *restoring)
{
    status s = replace_begin(restoring->paths.db, restoring->stamp, &restoring->replace);
    if (!ok(s)) {
        return complain_store(restoring, s);
    }
    if (restoring->replace.found[0] != '\0') {
        (void)printf("%s: the store that was there before a restore that was cut short\n",
                     restoring->replace.found);
        (void)fflush(stdout); /* said once, whatever becomes of this run */
    }
    return EXIT_FINE;
}

static enum exit_code restore(struct restoring *restoring)
{
    int64_t now_ms = clock_wall_ms(&clock_system);
    if (!copy_name_of(now_ms, restoring->stamp) || !read_manifest(restoring) ||
        !is_ours(restoring->paths.db) || !keys_are_there(restoring)) {
        return EXIT_FAILED;
    }
    enum exit_code code = begin(restoring);
    if (code != EXIT_FINE) {
        return code;
    }
    (void)copy_name_of(now_ms + 1,
                       restoring->stamp); /* the name before may be taken by what was found */
    code = stage(restoring);
    if (code == EXIT_FINE) {
        code = open_all(restoring);
    }
    if (code == EXIT_FINE) {
        code = put_in_place(restoring);
    }
    replace_end(&restoring->replace);
    return code;
}

enum exit_code command_db_restore(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    DEFER(defer_free) char *from = NULL;
    int quiet = 0;
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(where),
        {"from", 0, POPT_ARG_STRING, &from, 0, "the copy: a directory that \"db copy\" made",
         "DIR"},
        {"quiet", 'q', POPT_ARG_NONE, &quiet, 0, "no progress", NULL},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct restoring restoring = {.quiet = false};
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !store_paths_find(&where, &restoring.paths)) {
        return EXIT_USAGE;
    }
    if (from == NULL) {
        complain("--from DIR is missing");
        return EXIT_USAGE;
    }
    restoring.from = from;
    restoring.quiet = quiet != 0;
    return restore(&restoring);
}
