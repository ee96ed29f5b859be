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

#endif
