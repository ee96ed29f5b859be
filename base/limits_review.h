/*
 * limits_review: the bounds of what waits for a person, and of deciding on life certificates; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_REVIEW_H
#define HAYAT_BASE_LIMITS_REVIEW_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_CERTIFICATE_REVIEW_MS (7 * 24LL * 3600 * 1000)      /* a certificate that came in time is decided on within so long ... */
#define LIMIT_CERTIFICATE_REVIEW_LATE_MS (2 * 24LL * 3600 * 1000) /* ... a late one sooner: transfers may hang on it */
#define LIMIT_FINDINGS 40                                         /* of one decision: 10 documents, 4 each */
#define LIMIT_TASK_LEASE_MS (30 * 60 * 1000)                      /* an agent has a claimed task so long, in steady time ... */
#define LIMIT_TASK_HOLD_MS (2 * 3600LL * 1000)                    /* ... and renewed, or claimed again, so long in all: a file of ten documents read twice */
#define LIMIT_TASK_REST_MS (30 * 60 * 1000)                       /* ... then it is others' for so long */
#define LIMIT_TASK_CLAIMS 10                                      /* tasks an agent has at one time: a pile on a desk, not the queue */
#define LIMIT_TASK_PARTIES 32                                     /* agents whom a task names since they took part in what it is about: a member's papers, and each who gave them a code at a counter; of more, the counter's records are asked */
#define LIMIT_TASKS_LOOKED_AT 400                                 /* tasks one ListTasks looks at; with a filter its page may be short */

/* clang-format on */

#endif
