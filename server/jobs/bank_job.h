/*
 * bank_job: takes changes of account on when their time has come, and asks the bank whose account it is (SEC-C3).
 *
 * One question at a time, each at most LIMIT_BANK_CALL_MS; a question is counted and its next time filed before it is asked, so that a
 * server that dies asks again, under the same request_id.  Slow, silent, unreadable and refused are all no answer.  Three of these in a
 * row open the breaker: until it closes nobody is asked, and the counted times go by.  Without a bank every change goes to a person.
 *
 * Threads  one of its own; the breaker's state is read by any.
 */
#ifndef HAYAT_JOBS_BANK_JOB_H
#define HAYAT_JOBS_BANK_JOB_H

#include <stdbool.h>

#include "base/status.h"
#include "service/app.h"

struct bank_job;

struct bank_job_options {
    const struct app *app;
    const char *target; /* "bank.example:443"; NULL: there is none */
    const char *ca, *cert, *key,
        *server_name; /* PEM files for mutual TLS; NULL ca: no TLS, on loopback in tests */
    void (*on_breaker)(bool open); /* told when it opens and closes; NULL: nobody */
};

status bank_job_start(const struct bank_job_options *options, struct bank_job **ret_job);
/* NULL is nothing. */
void bank_job_stop(struct bank_job *job);

#endif
