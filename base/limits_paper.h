/*
 * limits_paper: the bounds of documents the fund makes and of the programs that render them; part of limits.h.
 */
#ifndef HAYAT_BASE_LIMITS_PAPER_H
#define HAYAT_BASE_LIMITS_PAPER_H

/* A table, one line each. */
/* clang-format off */

/* --- paper --- */
#define LIMIT_PAPER_WORKERS 2                 /* helper programs that render at once, 60 MB each ... */
#define LIMIT_PAPER_QUEUE 16                  /* ... and calls that wait for one; past it OVERLOADED with RetryInfo */
#define LIMIT_STATEMENT_CLAIMS 1000           /* in one statement: years of a family's */
#define LIMIT_STATEMENT_LINES 4000            /* ... and their lines: 250 pages */
#define LIMIT_STATEMENT_BYTES (16 * 1024 * 1024)       /* one rendered: as FHIR, 3 KB a line */
#define LIMIT_STATEMENT_INPUT_BYTES (16 * 1024 * 1024) /* what the helper is told: claims of 4 KB */
#define LIMIT_STATEMENT_ARENA_BYTES (96 * 1024 * 1024) /* claims unpacked and packed, and the document */
#define LIMIT_STATEMENT_CLAIMS_PER_STEP 16    /* read in one transaction (SEC-D7) */
#define LIMIT_STATEMENT_LIFE_MS (30LL * 24 * 3600 * 1000)
#define LIMIT_STATEMENT_MAKING_MS (3600LL * 1000) /* one that was never finished is dropped after this */
#define LIMIT_STATEMENTS_PER_MEMBER 20        /* kept at one time: they can be made again */
#define LIMIT_HELPER_DEADLINE_MS 12000        /* of LIMIT_UNARY_DEADLINE_MS: 4000 lines take 5 s */
#define LIMIT_HELPER_MEMORY_BYTES (512ULL * 1024 * 1024)
#define LIMIT_HELPER_CPU_SECONDS 12

#endif
