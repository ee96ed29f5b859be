#include "jobs/audit_export.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "jobs/audit_syslog.h"
#include "jobs/ticker.h"
#include "storage/audit_head_store.h"

enum { ROUND_MS = 1000, BATCH_HEADS = 64, ARENA_BYTES = 1024 * 1024 };

struct audit_export {
    struct audit_export_options options;
    struct audit_signer signer;
    struct ticker *ticker;
    int64_t retry_ms;         /* 0: the last round went well */
    int64_t failing_since_us; /* monotonic; 0: not failing */
    bool late;
};

/* --- the targets --- */

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0) {
            return false;
        }
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* A line that a crash cut short ends here, so that the next one stands alone. */
static bool end_last_line(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char last = '\n';
    if (size > 0 && pread(fd, &last, 1, size - 1) != 1) {
        return false;
    }
    return size >= 0 && (last == '\n' || write_all(fd, "\n", 1));
}

static status append_to_file(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    bool good = end_last_line(fd) && write_all(fd, text, len) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    return good ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status write_targets(const struct audit_export *export, const char *lines, size_t len)
{
    if (export->options.file != NULL) {
        TRY(append_to_file(export->options.file, lines, len));
    }
    if (export->options.syslog) {
        audit_syslog(lines, len);
    }
    return STATUS_OK;
}

/* --- one round: sign what is due, then write what was not yet --- */

struct round {
    struct audit_export *export;
    struct arena *arena;
    bool now, more;
    uint64_t last; /* exported */
    char *lines;
    size_t len;
};

static status sign_heads(void *ctx, struct txn *txn)
{
    struct round *round = ctx;
    const struct audit_signing signing = {&round->export->signer, round->export->options.period_ms,
                                          round->now};
    return audit_heads_sign(txn, &signing, &round->more);
}

static status format_heads(struct round *round, struct txn *txn)
{
    TRY(audit_export_get(txn, &round->last));
    round->len = 0;
    for (size_t i = 0; i < BATCH_HEADS; i++) {
        struct audit_head head;
        status s = audit_head_from(txn, round->last + 1, &head);
        if (s.why == REASON_NOT_FOUND) {
            return STATUS_OK;
        }
        TRY(s);
        round->len += audit_head_format(&head, round->export->signer.key_id,
                                        round->lines + round->len);
        round->last = head.sequence;
    }
    round->more = true;
    return STATUS_OK;
}

static status read_heads(struct round *round)
{
    struct txn *txn;
    TRY(txn_begin_read(round->export->options.app->db, round->arena, &txn));
    status s = format_heads(round, txn);
    txn_end_read(txn);
    return s;
}

static status remember(void *ctx, struct txn *txn)
{
    const struct round *round = ctx;
    return audit_export_put(txn, round->last);
}

static status run_round(struct round *round)
{
    struct writer *writer = round->export->options.app->writer;
    round->lines = arena_alloc(round->arena, (size_t)BATCH_HEADS * AUDIT_LINE_MAX);
    if (round->lines == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(writer_run(writer, round->arena, sign_heads, round));
    TRY(read_heads(round));
    if (round->len == 0) {
        return STATUS_OK;
    }
    TRY(write_targets(round->export, round->lines, round->len));
    return writer_run(writer, round->arena, remember, round);
}

static status one_round(struct audit_export *export, bool now, bool *ret_more)
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct round round = {.export = export, .arena = &arena, .now = now};
    status s = run_round(&round);
    arena_fini(&arena);
    *ret_more = round.more;
    return s;
}

/* --- again and again --- */

static void set_late(struct audit_export *export, bool late)
{
    if (late != export->late && export->options.on_late != NULL) {
        export->options.on_late(late);
    }
    export->late = late;
}

static void note_failure(struct audit_export *export, status s)
{
    int64_t now_us = clock_mono_us(export->options.app->clock);
    if (export->failing_since_us == 0) {
        export->failing_since_us = now_us;
        export->retry_ms = ROUND_MS / 2;
    }
    export->retry_ms = export->retry_ms * 2 > LIMIT_AUDIT_RETRY_MS ? LIMIT_AUDIT_RETRY_MS
                                                                   : export->retry_ms * 2;
    bool late = now_us - export->failing_since_us > (int64_t)LIMIT_AUDIT_LATE_MS * 1000;
    set_late(export, late);
    log_event(late ? LOG_ERROR : LOG_WARN, "audit_export_failed",
              LOG_WORD("reason", reason_name(s.why)),
              LOG_NUMBER("since_ms", (now_us - export->failing_since_us) / 1000));
}

static void note_success(struct audit_export *export)
{
    if (export->failing_since_us != 0) {
        log_event(LOG_INFO, "audit_export_recovered");
    }
    export->failing_since_us = 0;
    export->retry_ms = 0;
    set_late(export, false);
}

status audit_export_round(struct audit_export *export, bool now)
{
    status s = STATUS_OK;
    for (bool more = true; ok(s) && more;) {
        s = one_round(export, now, &more);
    }
    if (ok(s)) {
        note_success(export);
    } else {
        note_failure(export, s);
    }
    return s;
}

static int64_t run_due(void *ctx)
{
    struct audit_export *export = ctx;
    return ok(audit_export_round(export, false)) ? ROUND_MS : export->retry_ms;
}

status audit_export_start(const struct audit_export_options *options,
                          struct audit_export **ret_export)
{
    struct audit_export *export = calloc(1, sizeof *export);
    if (export == NULL) {
        return FAIL(INTERNAL);
    }
    export->options = *options;
    audit_signer_init(&export->signer, options->app->keys);
    const struct ticker_plan plan = {"hayat-audit", run_due, export, ROUND_MS};
    status s = options->by_hand ? STATUS_OK : ticker_start(&plan, &export->ticker);
    if (!ok(s)) {
        free(export);
        return s;
    }
    *ret_export = export;
    return STATUS_OK;
}

void audit_export_stop(struct audit_export *export)
{
    if (export == NULL) {
        return;
    }
    ticker_stop(export->ticker);
    (void)ok(
        audit_export_round(export, true)); /* what fails now is exported after the next start */
    audit_signer_fini(&export->signer);
    free(export);
}
