/*
 * limits_claims: the bounds of lists of claims, watches and the first screen; part of limits.h.
 */
#ifndef HAYAT_BASE_LIMITS_CLAIMS_H
#define HAYAT_BASE_LIMITS_CLAIMS_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_SUMMARIES_LOOKED_AT 1024    /* by one list call: a filter that matches little gives short pages */
#define LIMIT_HOME_BYTES 8000             /* the first screen, under 8 KB: one round trip on a slow line */
#define LIMIT_HOME_CLAIMS 3               /* last claims, and pending prior authorisations, on it */
#define LIMIT_HOME_LOOKED_AT 64           /* summaries of each kind that are looked at for it: two stored pages */
#define LIMIT_HOME_DUE 4                  /* claims or prior authorisations that wait for the member, of each kind */
#define LIMIT_WATCH_BATCH 20              /* summaries in one message of a watch */
#define LIMIT_WATCHES 12288               /* streams of members that wait for changes, of everybody: 25 KiB each while they wait */
#define LIMIT_IDLE_POLLS 30               /* polls after which a watch looks into the store all the same */
#define LIMIT_WATCH_POLL_MS 1000          /* how late a watcher hears of a change */

/* --- health records --- */
#define LIMIT_SUMMARIES_PER_MEMBER 4096   /* claims of a family over ten years: one a day, and more */
#define LIMIT_SUMMARY_VIEW_BYTES 1024     /* one summary as a list shows it */
#define LIMIT_CLAIM_LINES 100             /* of one claim or prior authorisation */
#define LIMIT_CLAIM_PAYMENTS 16           /* of one claim: paid, reversed, paid again */
#define LIMIT_RIGHTS_PERIODS 128          /* of a family, and as many exemptions */
#define LIMIT_STATE_CHANGES 48            /* of one claim; the oldest are forgotten */
#define LIMIT_REFERENCE_ROWS 1000         /* of one version of one reference set: its cell stays under 64 KiB */
#define LIMIT_REFERENCE_VERSIONS 32       /* of one kind that are looked at, newest first */
#define LIMIT_FEED_WRITES 8192            /* of one batch of 500 rows of the feed: cards' views are written with their member */
#define LIMIT_CHANGE_SLOTS 65536          /* members told apart by the change feed: 512 KiB */

#endif
