/*
 * audited: what every call that a test makes must leave in the audit chain, by its route's policy (SEC-F1).
 *
 * Entries that a flow adds for the steps it takes have events without a slash and are not counted here.
 * A call that goes well leaves exactly one entry when the policy says CHANGE; one for each subject, and what alarms it raised,
 * when it says READ; none when it says NONE; a replay leaves none.  A refusal leaves none, unless its writes are kept: then
 * at most the same.  As every method has a test, every method is held to it.  MANUAL methods that say CHANGE leave at
 * least one when they go well.
 * Memory   nothing outlives a call but h->audited.
 */
#ifndef HAYAT_TESTS_AUDITED_H
#define HAYAT_TESTS_AUDITED_H

#include "rpc/pipeline.h"
#include "storage/db.h"

enum { AUDITED_SEEN_MAX = 4096 };

struct audited {
    uint64_t before;
    uint64_t seen[AUDITED_SEEN_MAX]; /* calls that went well: hashes of caller, path and request */
    size_t count;
};

/* How many entries there are; fails the test when the store does. */
uint64_t audited_entries(struct db *db);
void audited_before(struct audited *audited, struct db *db);
/* After the last step, before pipeline_end. */
void audited_after(struct audited *audited, struct db *db, const struct call *call, bytes request);

#endif
