/*
 * campaign_walk: what a day brings to one member with a pension: obligations are made, reminders sent and their evidence noted, a suspension proposed, or a
 * proposal taken back whose conditions hold no more.  Who is obliged to nothing (RULE LC-19) is sent nothing and proposed for nothing.
 *
 * A walk over all members may be done again at any time, and be broken off anywhere: what was done is stored with what it was done to, and doing it again
 * changes nothing.
 *
 * Threads  a member: in the writer's transaction, which LIMIT_WALK_MEMBERS of them share; a group: waits for the writer.
 * Reasons  what stores and flows say.
 */
#ifndef HAYAT_SERVICE_CAMPAIGN_WALK_H
#define HAYAT_SERVICE_CAMPAIGN_WALK_H

#include "service/life_certificate_rules.h"
#include "storage/db.h"
#include "storage/seal.h"
#include "storage/writer.h"

struct walk_counts {
    uint64_t members, reminders, proposed, withdrawn;
};

/* TODAY is a civil day.  Adds to *COUNTS. */
status campaign_walk_member(struct txn *txn, struct owner owner, int64_t today,
                            struct walk_counts *counts);

struct walk_group {
    struct writer *writer;
    const struct owner *owners;
    size_t count;
    int utc_offset_minutes;
};

/* All in one transaction; one by one when one of them spoils it for the others, so that a bad record keeps nobody else waiting.  What is said
   is the last failure: who could not be looked at is so in the next walk. */
status campaign_walk_group(const struct walk_group *group, struct walk_counts *counts);

#endif
