/*
 * audit_export: signs the audit chain's heads when they are due and takes them out of the machine's reach: to a file that is
 * only ever appended to, and to syslog (SEC-F1).
 *
 * At least once: a head may be written twice after a crash, never skipped.  A target that fails is tried again after 1 s, then
 * longer, up to LIMIT_AUDIT_RETRY_MS; members' writes go on.  When the oldest head that is due out waits longer than
 * LIMIT_AUDIT_LATE_MS, on_late is told and the log says so as an error.
 *
 * Threads  one of its own; start and stop from any other.
 */
#ifndef HAYAT_JOBS_AUDIT_EXPORT_H
#define HAYAT_JOBS_AUDIT_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "service/app.h"

struct audit_export;

struct audit_export_options {
    struct app *app;
    const char *file;           /* NULL: none; borrowed */
    bool syslog;                /* facility authpriv, level notice */
    int64_t period_ms;          /* between heads, at most LIMIT_AUDIT_HEAD_MS */
    void (*on_late)(bool late); /* told when it changes, on the export's thread; NULL: nobody */
    bool by_hand;               /* no thread: rounds are the caller's; for tests */
};

status audit_export_start(const struct audit_export_options *options,
                          struct audit_export **ret_export);
/* Signs and exports what there is, once, then ends; before the writer is stopped.  NULL is nothing. */
void audit_export_stop(struct audit_export *export);

/* One round: NOW signs the tip however young.  The status is the target's, or the store's. */
status audit_export_round(struct audit_export *export, bool now);

#endif
