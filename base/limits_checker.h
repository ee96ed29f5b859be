/*
 * limits_checker: the bounds of what looks at members' files, and of what is asked of it.
 */
#ifndef HAYAT_BASE_LIMITS_CHECKER_H
#define HAYAT_BASE_LIMITS_CHECKER_H

/* A table, one line each. */
/* clang-format off */

/* --- the checker --- */
#define LIMIT_CHECK_CPU_SECONDS 5             /* of one file: an image of 24 MP as HEIC takes 2.5 */
#define LIMIT_CHECK_DEADLINE_MS 15000         /* ... by the clock: a machine that is busy makes no file hostile */
#define LIMIT_CHECK_MEMORY_BYTES (768ULL * 1024 * 1024) /* address space of one run; two run at once */
#define LIMIT_CHECK_PIXELS 120000000          /* the largest telephone takes 108 million */
#define LIMIT_CHECK_PAGES 20                  /* of one document: a form has four */
#define LIMIT_CHECK_OBJECTS 50000             /* of one PDF: a scan has ten for each page */
#define LIMIT_CHECK_INFLATED_BYTES (256ULL * 1024 * 1024) /* all streams of a PDF unpacked: 20 pages of plain grey */
#define LIMIT_CHECK_SCANS 100                 /* of a progressive JPEG: cameras write ten */
#define LIMIT_FILM_MIN_SECONDS 4              /* of a liveness video: five steps cannot be done in less */
#define LIMIT_FILM_MAX_SECONDS 120            /* a challenge takes half a minute; checklist.def and document_checks.def tell members so */
#define LIMIT_FILM_TRACKS 4                   /* picture and sound, and one of each to spare */
#define LIMIT_VERDICT_BYTES 4096              /* what the checker says: 20 pages of 20 bytes */
#define LIMIT_VERDICT_ARENA_BYTES 65536       /* ... unpacked */
#define LIMIT_CLEAN_BYTES (64 * 1024 * 1024)  /* a copy: HEIC as JPEG is up to three times as large */

/* --- its queue --- */
#define LIMIT_CHECK_DUE 4                     /* rows taken in one transaction: who comes meanwhile waits for no more than these */
#define LIMIT_CHECK_TRIES 2                   /* a file the program died over so often goes to a person */
#define LIMIT_CHECK_RETRY_MS 10000            /* between the two */
#define LIMIT_SCAN_TRIES 10                   /* a scanner that is silent so often: a person decides ... */
#define LIMIT_SCAN_RETRY_MS 5000              /* ... each wait twice as long: 85 minutes in all */
#define LIMIT_SCAN_TIMEOUT_MS 10000           /* of one scan: 20 MiB take a second; a server that stops waits for it */
#define LIMIT_CLEAN_LIFE_MS (3600LL * 1000)   /* a copy is made again after this: nothing stays twice */

#endif
