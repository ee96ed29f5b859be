/*
 * retention_pass: one walk through all that is judged, taking what goes; and the same walk that only looks.
 *
 * A pass works in small steps: a batch of documents that is being erased is brought to its end first (service/erasure.h), then
 * a member who is going (service/member_erasure.h), then
 * LIMIT_RETENTION_LOOKS records are looked at in a read transaction, and what goes goes in one of the writer's, with where the
 * pass stands (table retention).  It goes on from there after a restart.  A pass begins few erasures of members who left, and
 * leaves the others to the next ones; a member who cannot be erased is stepped over until it ends.  What is damaged, or rests on what is,
 * stays where it is, is counted and told (event=retention_damaged), and holds nothing else up.  So are the job's own two rows told; they
 * are replaced, for all they say can be found again: where the pass stands, by beginning another; the batch, by its documents' marks.
 *
 * Threads  one at a time: hayatd's job, or hayatctl with hayatd stopped.
 * Reasons  STORE_CORRUPT · STORE_FAILED · STORE_FULL · OVERLOADED · what auth/erasure_file.h says.  The step may be done again.
 */
#ifndef HAYAT_SERVICE_RETENTION_PASS_H
#define HAYAT_SERVICE_RETENTION_PASS_H

#include "base/limits.h"
#include "hayat/store/v1/retention.pb-c.h"
#include "service/retention.h"
#include "storage/writer.h"

/* Members whose erasure failed in this pass. */
struct retention_stuck {
    size_t count;
    struct owner owners[LIMIT_RETENTION_STUCK];
};

struct retention_work {
    struct db *db;
    struct writer *writer;
    const struct seal_keys *keys;
    const char *keyring_path;      /* the erasure file is beside it */
    const char *event;             /* of audit entries: "hayatd retention" */
    struct retention_stuck *stuck; /* of the caller, zero at first */
};

enum retention_step { RETENTION_MORE, RETENTION_PASS_ENDED };
status retention_pass_step(const struct retention_work *work, enum retention_step *ret_step);

/* A step of what waits for no pass: a member whose erasure was granted, documents whose keys are to be destroyed.  *RET_DID is
   false when there is nothing to do. */
status retention_errand_step(const struct retention_work *work, bool *ret_did);

typedef Hayat__Store__V1__StoredRetention retention_row;
/* Where the pass stands; NOT_FOUND before the first. */
status retention_row_get(struct txn *txn, retention_row **ret_row);

/* Called with each record that is judged; false stops.  Its memory is good during the call. */
typedef bool retention_seen(void *ctx, const struct walk_row *row,
                            const struct retention_judgement *judgement);
/* Looks at everything, in short read transactions, and changes nothing; beside a running server.  *RET_DAMAGED: records that could not be
   judged, since they or what they rest on are damaged. */
status retention_survey(struct db *db, retention_seen *seen, void *ctx, uint64_t *ret_damaged);
/* The first judged table after TABLE in the list's order (0: the first of all); NULL at the end. */
const struct table_info *retention_next_table(uint32_t table);

#endif
