/*
 * import_batch: some members' rows on their way from the sorted stream into one commit; for import_sorted only.
 *
 * Life     begin → add (rows in order) … → submit → wait; then begin again.
 * Threads  the owner's, but between submit and wait the writer's thread has it.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_IMPORT_BATCH_H
#define HAYAT_TOOLS_HAYATCTL_IMPORT_BATCH_H

#include <pthread.h>

#include "service/feed_items.h"
#include "storage/writer.h"

/* A row: what is applied, and what the quarantine tells of it. */
struct batch_item {
    struct feed_item item; /* first */
    uint64_t line;
    bytes raw;
    uint8_t file; /* its place in the import's files */
};

/* The rows of one member. */
struct batch_group {
    struct owner owner;
    size_t first, count;
};

struct import_batch;
/* In the writer's transaction, after the rows: what else belongs to the commit. */
typedef status batch_commit(void *ctx, struct txn *txn, const struct import_batch *batch);

struct import_batch {
    struct write_job job; /* first */
    struct arena arena;
    struct feed_item **items;
    size_t count, room;
    struct batch_group *groups;
    size_t group_count, group_room;
    size_t payload_bytes;
    bool last;
    const struct receipt_issuer *issuer;
    batch_commit *commit;
    void *ctx;
    int64_t billed_centimes, reimbursed_centimes; /* of this batch */

    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool busy, done;
    status result;
};

void import_batch_init(struct import_batch *batch, batch_commit *commit, void *ctx);
void import_batch_fini(struct import_batch *batch);

void import_batch_begin(struct import_batch *batch);
/* A new, empty item at the end of the group of OWNER; NULL when the arena is dry. */
struct batch_item *import_batch_add(struct import_batch *batch, struct owner owner);
status import_batch_submit(struct import_batch *batch, struct writer *writer);
/* OK at once when nothing was submitted. */
status import_batch_wait(struct import_batch *batch);

#endif
