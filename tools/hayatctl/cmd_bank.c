/*
 * hayatctl bank: the changes of account that took effect, for the core system that pays; works beside a running server.
 *
 * Each run writes the changes after the last run's into DIR/bank-changes-FIRST-LAST.csv, its signature beside it first, and LAST into
 * DIR/position; each is there whole or not at all.  Whatever run is cut short, the next one begins after the last change that is in a file or in the position: every change is
 * written exactly once.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/key_file.h"
#include "base/codec.h"
#include "base/defer.h"
#include "storage/bank_store.h"
#include "tools/hayatctl/bank_signature.h"
#include "tools/hayatctl/csv_out.h"
#include "tools/hayatctl/store_session.h"

enum {
    ROWS_PER_FILE = 10000,
    ARENA_CAP_BYTES = 64 * 1024 * 1024,
    PATH_BYTES = PATH_MAX + 64,
    POSITION_BYTES = 32
};

struct bank_export {
    const char *directory;
    const struct seal_keys *keys;
    uint64_t after, last, rows; /* positions: of the run before, of this one */
    FILE *out;
};

static bool path_of(const struct bank_export *export, const char *name, char out[PATH_BYTES])
{
    int len = snprintf(out, PATH_BYTES, "%s/%s", export->directory, name);
    return len > 0 && len < PATH_BYTES;
}

/* --- where the run before ended --- */

static uint64_t read_position(const struct bank_export *export)
{
    char path[PATH_BYTES];
    uint8_t text[POSITION_BYTES + 1] = {0};
    size_t len;
    if (!path_of(export, "position", path) ||
        !ok(key_file_read(path, text, POSITION_BYTES, &len))) {
        return 0;
    }
    return strtoull((const char *)text, NULL, 10);
}

/* A run that was cut off between its file and its position. */
static bool find_last_file(struct bank_export *export)
{
    DIR *directory = opendir(export->directory);
    if (directory == NULL) {
        return false;
    }
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        uint64_t first, last;
        int end = 0;
        // NOLINTNEXTLINE(cert-err34-c): what overflows is no name of ours
        if (sscanf(entry->d_name, "bank-changes-%" SCNu64 "-%" SCNu64 ".csv%n", &first, &last,
                   &end) == 2 &&
            end > 0 && entry->d_name[end] == '\0' && last > export->after) {
            export->after = last;
        }
    }
    (void)closedir(directory);
    return true;
}

/* --- the rows --- */

static bool write_row(void *ctx, uint64_t sequence, const bank_export_row *row)
{
    struct bank_export *export = ctx;
    csv_int(export->out, (int64_t)sequence);
    csv_comma(export->out);
    csv_text(export->out, row->registration_number);
    csv_comma(export->out);
    csv_text(export->out, row->rib);
    csv_comma(export->out);
    csv_text(export->out, row->holder_name);
    csv_comma(export->out);
    csv_int(export->out, row->active_ms);
    csv_end(export->out);
    export->last = sequence;
    return ++export->rows < ROWS_PER_FILE;
}

static status read_rows(struct bank_export *export, struct db *db)
{
    DEFER(arena_fini) struct arena arena;
    struct txn *txn;
    arena_init(&arena, ARENA_CAP_BYTES);
    TRY(txn_begin_read(db, &arena, &txn));
    status s = bank_store_exports(txn, export->after, write_row, export);
    txn_end_read(txn);
    return s;
}

static status file_rows(const struct bank_export *export, const char *text, size_t len)
{
    char name[96], path[PATH_BYTES], position[POSITION_BYTES];
    (void)snprintf(name, sizeof name, "bank-changes-%012" PRIu64 "-%012" PRIu64 ".csv",
                   export->after + 1, export->last);
    if (!path_of(export, name, path)) {
        return FAIL(FILE_UNWRITABLE);
    }
    TRY(bank_signature_write(export->keys, path, bytes_of(text, len)));
    TRY(key_file_write(path, bytes_of(text, len), false));
    (void)printf("%s\n", path);
    (void)snprintf(position, sizeof position, "%" PRIu64 "\n", export->last);
    return path_of(export, "position", path) ? key_file_write(path, bytes_str(position), true)
                                             : FAIL(FILE_UNWRITABLE);
}

/* One file; *RET_MORE says that there may be another. */
static status write_file(struct bank_export *export, struct db *db, bool *ret_more)
{
    DEFER(defer_free) char *text = NULL;
    size_t len = 0;
    export->rows = 0;
    export->out = open_memstream(&text, &len);
    if (export->out == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)fputs("sequence,registration_number,rib,holder_name,active_ms\n", export->out);
    status s = read_rows(export, db);
    bool good = fclose(export->out) == 0;
    TRY(s);
    *ret_more = export->rows == ROWS_PER_FILE;
    if (export->rows == 0) {
        return STATUS_OK;
    }
    TRY(good ? file_rows(export, text, len) : FAIL(ARENA_FULL));
    export->after = export->last;
    return STATUS_OK;
}

static enum exit_code run(struct bank_export *export, struct db *db)
{
    export->after = read_position(export);
    if (!find_last_file(export)) {
        complain("%s: %s", export->directory, strerror(errno));
        return EXIT_FAILED;
    }
    for (bool more = true; more;) {
        status s = write_file(export, db, &more);
        if (!ok(s)) {
            return complain_status(export->directory, s);
        }
    }
    return EXIT_FINE;
}

enum exit_code command_bank_export(int argc, const char **argv)
{
    DEFER(store_options_fini) struct store_options where = {0};
    const struct poptOption options[] = {STORE_OPTION_ROWS(where), POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    struct store_session session;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "DIR", 1, 1}) ||
        !store_paths_find(&where, &paths)) {
        return EXIT_USAGE;
    }
    struct bank_export export = {.directory = line.arguments[0]};
    if (mkdir(export.directory, 0700) != 0 && errno != EEXIST) {
        complain("%s: %s", export.directory, strerror(errno));
        return EXIT_FAILED;
    }
    if (!store_session_open(&paths, true, &session)) {
        return EXIT_FAILED;
    }
    export.keys = session.keys;
    enum exit_code code = run(&export, session.db);
    store_session_close(&session);
    return code;
}

/* --- verify --- */

enum { FILE_MAX_BYTES = 16 * 1024 * 1024 }; /* ROWS_PER_FILE of the longest rows, and some */

static status read_file(const char *path, struct arena *arena, bytes *ret_content)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    uint8_t *content = arena_alloc(arena, FILE_MAX_BYTES);
    if (file == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    if (content == NULL) {
        return FAIL(ARENA_FULL);
    }
    size_t len = fread(content, 1, FILE_MAX_BYTES, file);
    *ret_content = bytes_of(content, len);
    return len < FILE_MAX_BYTES ? STATUS_OK : FAIL(EXPORT_INVALID);
}

static status verify(const uint8_t key[RECEIPT_PUBLIC_KEY_BYTES], const char *path)
{
    DEFER(arena_fini) struct arena arena;
    bytes content;
    arena_init(&arena, ARENA_CAP_BYTES);
    TRY(read_file(path, &arena, &content));
    return bank_signature_check(key, path, content);
}

enum exit_code command_bank_verify(int argc, const char **argv)
{
    DEFER(defer_free) char *key_hex = NULL;
    const struct poptOption options[] = {{"key-hex", 0, POPT_ARG_STRING, &key_hex, 0,
                                          "the public key that hayatctl receipt-key prints", "HEX"},
                                         POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    uint8_t key[RECEIPT_PUBLIC_KEY_BYTES];
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "FILE", 1, 1})) {
        return EXIT_USAGE;
    }
    if (key_hex == NULL || !hex_decode(bytes_str(key_hex), key, sizeof key)) {
        complain("--key-hex needs 64 hexadecimal digits");
        return EXIT_USAGE;
    }
    status s = verify(key, line.arguments[0]);
    return ok(s) ? EXIT_FINE : complain_status(line.arguments[0], s);
}
