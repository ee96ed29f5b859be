/*
 * limits_campaign: the bounds of the yearly campaigns of life certificates; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_CAMPAIGN_H
#define HAYAT_BASE_LIMITS_CAMPAIGN_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_LIVENESS_MS (15 * 60 * 1000LL)                  /* from a challenge to its video's declaration, in steady time: to read it with help, record it twice and find a line; too short to have a film made to order by hand */
#define LIMIT_LIVENESS_CHALLENGES 20                          /* of one filing of a certificate: whoever waits for one that fits a film of before needs thousands of millions */
#define LIMIT_LIVENESS_CHALLENGES_A_DAY 40                    /* ... and of one member, whatever filings they begin and devices they have: two filings' worth, more than anybody films in a day */
#define LIMIT_PENSIONS 4                                      /* of one member that are looked at: own, survivor's, complementary */
#define LIMIT_OBLIGATIONS 64                                  /* of one member that are looked at, newest year first: four pensions, sixteen years */
#define LIMIT_OBLIGATION_STEPS 32                             /* what became of one; a year with several filings takes a dozen; of more the first half is kept, and the newest */
#define LIMIT_REMINDER_RULES 12                               /* of one country: one a month */
#define LIMIT_REMINDERS 64                                    /* of one obligation, each in the inbox and on two channels: a plan of a dozen, and two more after each of several refusals */
#define LIMIT_REMINDER_AGAIN_MS (14 * 24LL * 3600 * 1000)     /* between those after a refusal: time to have a form stamped and to send it */
#define LIMIT_SUSPENSION_REVIEW_MS (14 * 24LL * 3600 * 1000)  /* persons should decide on a suspension within so long: nobody is in a hurry to stop paying */
#define LIMIT_SUSPENSION_REMINDERS 2                          /* known to have arrived before anybody may propose one */
#define LIMIT_SUSPENSION_WAIT_MS (14 * 24LL * 3600 * 1000)    /* after the second of them, in steady time */
#define LIMIT_SUSPENSION_AGAIN_MS (7 * 24LL * 3600 * 1000)    /* from the day a proposal was taken back to the next, in steady time: an upload's life, so that who declares one and cancels it moves two persons once a week at most */
#define LIMIT_SUSPENSION_WITHDRAWALS 3                        /* of one obligation; after so many a proposal stays while an upload is open, votes and all: a month in which nothing came of it is enough */
#define LIMIT_WALK_MEMBERS 8                                  /* members looked at in one write transaction of the campaign's job: about 40 writes each at most */
#define LIMIT_WALK_KEYS 512                                   /* pensions whose keys are read in one read transaction of it */
#define LIMIT_WALK_PERIOD_MS (3600LL * 1000)                  /* every member with a pension is looked at so often, and when a day begins */

#endif
