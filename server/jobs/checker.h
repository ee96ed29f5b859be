/*
 * checker: has hayat-check look at the documents that are due, one at a time, and files what it says (SEC-E6).
 *
 *   due row ──▶ the program answers ──▶ passed ──▶ clamd, where there is one ──▶ verdict
 *                  │                                    └── silent: again later; LIMIT_SCAN_TRIES times: NOT_CHECKED, a person decides
 *                  └── it died: again later; LIMIT_CHECK_TRIES times: REFUSED as NOT_CHECKABLE, which blocks nothing: a person decides
 *
 * A row stays until its verdict is filed in the same transaction: a server that dies looks again.  A death counts against a document
 * only when the program passes a picture of our own right after: one that cannot run here says nothing about anybody's file.
 *
 * Threads  one at a time; it blocks while the program runs.
 */
#ifndef HAYAT_JOBS_CHECKER_H
#define HAYAT_JOBS_CHECKER_H

#include "service/app.h"
#include "storage/check_due_store.h"

struct checker_options {
    const struct app *app;
    const char *program; /* hayat-check */
    const char *clamd;   /* the path of its socket; NULL: nobody scans */
};

enum checker_round {
    CHECKER_IDLE,
    CHECKER_MORE,   /* more may be due right now */
    CHECKER_DOWN,   /* the program cannot be run: everything waits */
    CHECKER_FAILED, /* the store is in trouble: again in a while */
};

/* Looks at what is due now. */
enum checker_round checker_check(const struct checker_options *options);

/* Moves the row of a document that could not even be looked at, so that it does not hold up those behind it. */
status checker_put_off(const struct checker_options *options, const struct check_due *due);

/* True when the program passes a picture of our own. */
bool checker_is_fit(const struct checker_options *options);

#endif
