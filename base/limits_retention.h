/*
 * limits_retention: bounds of retention and erasure, each with its unit and its reason.  Included by base/limits.h.
 */
#ifndef HAYAT_BASE_LIMITS_RETENTION_H
#define HAYAT_BASE_LIMITS_RETENTION_H

/* clang-format off */

#define LIMIT_ERASURE_NODES 1000000        /* keys left after erasures: 37 MB of file, written anew by each batch */
#define LIMIT_ERASURE_NODES_DEAD 800000    /* ... beyond them cancelled uploads keep their keys: the rest is for what must be erased */
#define LIMIT_ERASURE_BATCH 64             /* documents erased together: one file, a row that names them all */
#define LIMIT_ERASURE_LEAVES 256           /* keys destroyed together of what was dropped for other reasons; their rows fit LIMIT_WRITE_SET */
#define LIMIT_RETENTION_LOOKS 128          /* records opened in one read transaction (SEC-D7): 1 ms ... */
#define LIMIT_RETENTION_ROUNDS 32          /* such read transactions for one commit that notes where the pass stands */
#define LIMIT_RETENTION_ARENA_BYTES (16 * 1024 * 1024) /* ... and their memory */
#define LIMIT_RETENTION_RECORDS 32         /* records that go in one transaction: with their audit entries under LIMIT_WRITE_SET */
#define LIMIT_RETENTION_PAUSE_MS 100       /* between two steps: 30,000 records a second are looked at beside the members' writes */
#define LIMIT_RETENTION_FIRST_MS 30000     /* from the start to the first step: the start belongs to the members */
#define LIMIT_RETENTION_IDLE_MS (6LL * 3600 * 1000)  /* from the end of one pass to the next */
#define LIMIT_RETENTION_RETRY_MS 60000     /* after a step that failed */
#define LIMIT_RETENTION_LATE_MS (48LL * 3600 * 1000) /* a pass that takes longer, or does not end: the operator must know */

#define LIMIT_ERASURE_REVIEW_MS (10 * 24LL * 3600 * 1000) /* persons should decide on a wish to be erased within so long: article 8 of law 09-08, as we read it */
#define LIMIT_ERASURE_WISHES 5        /* of one member that were decided on in LIMIT_ERASURE_WISHES_MS: each took two persons; refused it may be asked again */
#define LIMIT_ERASURE_WISHES_MS (30 * 24LL * 3600 * 1000)
#define LIMIT_ERASURE_WITHDRAWALS 5   /* ... and that were taken back in LIMIT_ERASURE_WITHDRAWALS_MS: each is told by letter and text message, and opens a task */
#define LIMIT_ERASURE_WITHDRAWALS_MS (24LL * 3600 * 1000) /* a day, no longer: taking back asks for no confirmation, so a stolen token alone can fill it */
#define LIMIT_LEFT_SETTLES_MS (30 * 24LL * 3600 * 1000) /* from the day they left, or that it was told, to the erasure that two persons granted: a wrong row is put right meanwhile */
#define LIMIT_INSURED_MONTHS_LEAST 12      /* a shorter period "insured" is a mistake or worse: rights alone last longer than a year */
#define LIMIT_INSURED_DAYS_LEAST 365       /* ... the same in days */
#define LIMIT_LEAVERS_PER_PASS 100         /* members who left whose erasure one pass begins; more are begun when they are ... */
#define LIMIT_LEAVERS_SHARE 1000           /* ... not more than one of so many members: four passes a day keep up with those who leave, and a wrong file or period is noticed */
#define LIMIT_RETENTION_STUCK 64           /* members whose erasure fails that one pass steps over: more is no single broken row */
#define LIMIT_ERRAND_LOOK_MS 60000         /* between two looks for an erasure that was granted, while no pass runs */

#define LIMIT_EXPORT_PIECE_BYTES 49152     /* of an export: a piece ends after the record that goes past it; the largest record fits LIMIT_SEND_BYTES */

/* clang-format on */

#endif
