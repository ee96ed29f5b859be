/* hayatctl audit: the chain of who read or changed what (SEC-F1); works beside a running server. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/defer.h"
#include "storage/audit_head_store.h"
#include "storage/audit_verify.h"
#include "tools/hayatctl/audit_heads.h"
#include "tools/hayatctl/store_session.h"

enum { EXPORT_ARENA_BYTES = 4 * 1024 * 1024, EXPORT_ROWS_PER_READ = 512, OPTIONS_MAX = 12 };

/* What every command of this file opens. */
struct audit_command {
    struct store_options where;
    struct store_session session;
    struct audit_signer signer;
    char *heads;
    struct poptOption options[OPTIONS_MAX]; /* popt looks at them to the end */
    bool open;
};

static void close_command(struct audit_command *command)
{
    if (command->open) {
        audit_signer_fini(&command->signer);
        store_session_close(&command->session);
    }
    free(command->heads);
    store_options_fini(&command->where);
}

static enum exit_code open_command(struct audit_command *command, struct command_line *line,
                                   int argc, const char **argv, const char *argument)
{
    const struct poptOption options[] = {
        STORE_OPTION_ROWS(command->where),
        {"heads", 0, POPT_ARG_STRING, &command->heads, 0, "the file of exported heads", "FILE"},
        POPT_AUTOHELP POPT_TABLEEND};
    _Static_assert(sizeof options <= sizeof command->options, "all fit");
    memcpy(command->options, options, sizeof options);
    const struct command_usage usage = {command->options, argument, argument[0] == '\0' ? 0 : 1,
                                        argument[0] == '\0' ? 0 : 1};
    struct store_paths paths;
    if (!command_line_init(line, argc, argv, &usage) ||
        !store_paths_find(&command->where, &paths)) {
        return EXIT_USAGE;
    }
    command->open = store_session_open(&paths, true, &command->session);
    if (!command->open) {
        return EXIT_FAILED;
    }
    audit_signer_init(&command->signer, command->session.keys);
    return EXIT_FINE;
}

/* --- verify --- */

static enum exit_code verify(struct audit_command *command)
{
    DEFER(audit_heads_free) struct audit_heads_file file = {0};
    struct audit_report report;
    if (command->heads != NULL && !audit_heads_read(command->heads, &file)) {
        return EXIT_FAILED;
    }
    const struct audit_heads outside = {file.heads, file.count};
    status s = audit_verify(command->session.db, command->signer.public_key, &outside, &report);
    if (report.fault != AUDIT_WHOLE) {
        (void)printf("CHANGED at entry %" PRIu64 ": %s\n", report.at,
                     audit_fault_text(report.fault));
        return EXIT_REFUSED;
    }
    if (!ok(s)) {
        return complain_status("the audit chain", s);
    }
    (void)printf("whole: %" PRIu64 " entries, %" PRIu64 " signed heads\n", report.entries,
                 report.heads);
    return EXIT_FINE;
}

enum exit_code command_audit_verify(int argc, const char **argv)
{
    DEFER(close_command) struct audit_command command = {.open = false};
    DEFER(command_line_fini) struct command_line line;
    enum exit_code code = open_command(&command, &line, argc, argv, "");
    return code == EXIT_FINE ? verify(&command) : code;
}

/* --- head, export-key --- */

struct tips {
    struct audit_tip tip;
    struct audit_head head;
    bool has_head;
    uint64_t exported;
};

static status read_tips(struct txn *txn, struct tips *tips)
{
    TRY(audit_store_tip(txn, &tips->tip));
    TRY(audit_export_get(txn, &tips->exported));
    status s = audit_head_last(txn, &tips->head);
    tips->has_head = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static enum exit_code print_tips(const struct audit_command *command, const struct tips *tips)
{
    char line[AUDIT_LINE_MAX];
    (void)printf("entries %" PRIu64 "\nexported %" PRIu64 "\n", tips->tip.sequence, tips->exported);
    if (tips->has_head) {
        (void)audit_head_format(&tips->head, command->signer.key_id, line);
        (void)fputs(line, stdout);
    }
    return EXIT_FINE;
}

static enum exit_code show_head(struct audit_command *command)
{
    DEFER(arena_fini) struct arena arena;
    struct tips tips = {.exported = 0};
    struct txn *txn;
    arena_init(&arena, EXPORT_ARENA_BYTES);
    status s = txn_begin_read(command->session.db, &arena, &txn);
    if (ok(s)) {
        s = read_tips(txn, &tips);
        txn_end_read(txn);
    }
    return ok(s) ? print_tips(command, &tips) : complain_status("the audit chain", s);
}

enum exit_code command_audit_head(int argc, const char **argv)
{
    DEFER(close_command) struct audit_command command = {.open = false};
    DEFER(command_line_fini) struct command_line line;
    enum exit_code code = open_command(&command, &line, argc, argv, "");
    return code == EXIT_FINE ? show_head(&command) : code;
}

enum exit_code command_audit_export_key(int argc, const char **argv)
{
    DEFER(close_command) struct audit_command command = {.open = false};
    DEFER(command_line_fini) struct command_line line;
    enum exit_code code = open_command(&command, &line, argc, argv, "");
    if (code == EXIT_FINE) {
        char key[2 * AUDIT_PUBLIC_KEY_BYTES + 1];
        hex_encode(bytes_of(command.signer.public_key, AUDIT_PUBLIC_KEY_BYTES), key);
        (void)printf("key_id %s\npublic_key %s\n", command.signer.key_id, key);
    }
    return code;
}

/* --- export --- */

struct chain_export {
    struct db *db;
    FILE *file;
    struct arena arena;
    struct audit_tip at, last; /* last: the tip when the export began */
};

static status write_row(struct chain_export *out, struct txn *txn)
{
    char hex[2 * AUDIT_ENTRY_MAX + 1];
    audit_row *row;
    TRY(audit_store_get(txn, out->at.sequence + 1, &row));
    if (row->entry.len > AUDIT_ENTRY_MAX) {
        return FAIL(STORE_CORRUPT);
    }
    hex_encode(bytes_of(row->entry.data, row->entry.len), hex);
    out->at.sequence++;
    return fprintf(out->file, "entry %s\n", hex) > 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status write_rows(struct chain_export *out, struct txn *txn)
{
    for (int n = 0; n < EXPORT_ROWS_PER_READ && out->at.sequence < out->last.sequence; n++) {
        TRY(write_row(out, txn));
    }
    return STATUS_OK;
}

static status begin_export(struct chain_export *out, struct txn *txn)
{
    return audit_store_tip(txn, &out->last);
}

static status in_read(struct chain_export *out, status (*body)(struct chain_export *, struct txn *))
{
    struct txn *txn;
    arena_reset(&out->arena, EXPORT_ARENA_BYTES);
    TRY(txn_begin_read(out->db, &out->arena, &txn));
    status s = body(out, txn);
    txn_end_read(txn);
    return s;
}

static status write_last_head(struct chain_export *out, const struct audit_signer *signer)
{
    char line[AUDIT_LINE_MAX];
    struct audit_head head = {.sequence = out->last.sequence,
                              .time_ms = clock_wall_ms(&clock_system),
                              .hash = out->last.head};
    audit_head_sign(signer, &head);
    (void)audit_head_format(&head, signer->key_id, line);
    return fputs(line, out->file) >= 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status run_export(struct chain_export *out, const struct audit_signer *signer)
{
    TRY(in_read(out, begin_export));
    if (fputs("hayat-audit-export v1\n", out->file) < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    while (out->at.sequence < out->last.sequence) {
        TRY(in_read(out, write_rows));
    }
    return write_last_head(out, signer);
}

static enum exit_code export_to(struct audit_command *command, const char *path)
{
    struct chain_export out = {.db = command->session.db, .file = fopen(path, "wxe")};
    if (out.file == NULL) {
        complain("%s cannot be made, or is there already", path);
        return EXIT_FAILED;
    }
    arena_init(&out.arena, EXPORT_ARENA_BYTES);
    status s = run_export(&out, &command->signer);
    arena_fini(&out.arena);
    if (fflush(out.file) != 0 || fsync(fileno(out.file)) != 0 || fclose(out.file) != 0) {
        s = FAIL(FILE_UNWRITABLE);
    }
    if (!ok(s)) {
        return complain_status(path, s);
    }
    (void)printf("%s: %" PRIu64 " entries\n", path, out.last.sequence);
    return EXIT_FINE;
}

enum exit_code command_audit_export(int argc, const char **argv)
{
    DEFER(close_command) struct audit_command command = {.open = false};
    DEFER(command_line_fini) struct command_line line;
    enum exit_code code = open_command(&command, &line, argc, argv, "FILE");
    return code == EXIT_FINE ? export_to(&command, line.arguments[0]) : code;
}
