/*
 * limits_enrolment: the bounds of enrolment and of what is counted in the store; part of limits.h.
 */
#ifndef HAYAT_BASE_LIMITS_ENROLMENT_H
#define HAYAT_BASE_LIMITS_ENROLMENT_H

/* A table, one line each. */
/* clang-format off */

/* --- throttles and enrolment --- */
#define LIMIT_THROTTLES 8388608                /* counters kept at one time, 2 GB: past it a new one is refused */
#define LIMIT_ENROLMENTS 2097152               /* pending ones at one time, 1 GB: anybody may start one ... */
#define LIMIT_ENROLMENTS_SENT 1048576          /* ... and by post and SMS: the other half is the agency's, whose ones live a day */
#define LIMIT_CODE_MS (21LL * 24 * 3600 * 1000)        /* a code by post or agency, SEC-B1 */
#define LIMIT_CODE_ABROAD_MS (30LL * 24 * 3600 * 1000) /* ... and when the post goes abroad */
#define LIMIT_CODE_SMS_MS (10LL * 60 * 1000)
#define LIMIT_CODE_TRIES 5
#define LIMIT_ENROLMENT_MS (30LL * 24 * 3600 * 1000)   /* a pending one by post: as long as the longest code */
#define LIMIT_ENROLMENT_SMS_MS (3600LL * 1000)         /* ... and by SMS: time to ask for another code */
#define LIMIT_ENROLMENT_AGENCY_MS (24LL * 3600 * 1000) /* ... and at the agency: the code is at hand, or another one is started */
#define LIMIT_STARTS_PER_KEY 10                        /* enrolments of one device's key in a day */
#define LIMIT_LETTERS_PER_MEMBER 3                     /* in 30 days (SEC-B4) */
#define LIMIT_SMS_PER_MEMBER_DAY 3
#define LIMIT_SMS_PER_MEMBER_MONTH 10                  /* in 30 days */
#define LIMIT_THROTTLE_SLICES 16               /* a window is counted in so many parts */

/* clang-format on */
#endif
