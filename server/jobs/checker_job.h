/*
 * checker_job: runs the checker and the cleaner beside the server, each one program at a time.
 *
 * While the program cannot be run, documents stay PENDING, are filed all the same and wait for their check: on_down is told, so that
 * somebody looks.
 * Threads  two of its own: agents who wait for a copy do not stand behind a day's uploads.
 */
#ifndef HAYAT_JOBS_CHECKER_JOB_H
#define HAYAT_JOBS_CHECKER_JOB_H

#include "jobs/checker.h"

struct checker_job;

struct checker_job_options {
    struct checker_options checker;
    void (*on_down)(bool down); /* told when it changes; NULL: nobody */
};

status checker_job_start(const struct checker_job_options *options, struct checker_job **ret_job);
/* NULL is nothing. */
void checker_job_stop(struct checker_job *job);

#endif
