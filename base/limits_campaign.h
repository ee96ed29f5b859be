/*
 * limits_campaign: the bounds of the yearly campaigns of life certificates; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_CAMPAIGN_H
#define HAYAT_BASE_LIMITS_CAMPAIGN_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_PENSIONS 4                                      /* of one member that are looked at: own, survivor's, complementary */
#define LIMIT_OBLIGATIONS 64                                  /* of one member that are looked at, newest year first: four pensions, sixteen years */
#define LIMIT_OBLIGATION_STEPS 32                             /* what became of one; a year with several filings takes a dozen */
#define LIMIT_REMINDERS 24                                    /* of one obligation: a plan of a dozen, on two channels */
#define LIMIT_SUSPENSION_REVIEW_MS (14 * 24LL * 3600 * 1000)  /* persons should decide on a suspension within so long: nobody is in a hurry to stop paying */
#define LIMIT_SUSPENSION_REMINDERS 2                          /* known to have arrived before anybody may propose one */
#define LIMIT_SUSPENSION_WAIT_MS (14 * 24LL * 3600 * 1000)    /* after the second of them, in steady time */

#endif
