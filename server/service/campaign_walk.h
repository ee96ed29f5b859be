/*
 * campaign_walk: what a day brings to one member with a pension: obligations are made, reminders sent and their evidence noted, a suspension proposed.
 *
 * A walk over all members may be done again at any time, and be broken off anywhere: what was done is stored with what it was done to, and doing it again
 * changes nothing.
 *
 * Threads  in the writer's transaction; LIMIT_WALK_MEMBERS of them share one.
 * Reasons  what stores and flows say.
 */
#ifndef HAYAT_SERVICE_CAMPAIGN_WALK_H
#define HAYAT_SERVICE_CAMPAIGN_WALK_H

#include "service/life_certificate_rules.h"
#include "storage/db.h"
#include "storage/seal.h"

struct walk_counts {
    uint64_t members, reminders, proposed;
};

/* TODAY is a civil day.  Adds to *COUNTS. */
status campaign_walk_member(struct txn *txn, struct owner owner, int64_t today,
                            struct walk_counts *counts);

#endif
