#include "tools/hayatctl/import_batch.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

enum {
    ARENA_BYTES = 384 * 1024 * 1024, /* a family of thousands of claims is one group */
    FIRST_ROOM = 4096,
};

void import_batch_init(struct import_batch *batch, batch_commit *commit, void *ctx)
{
    *batch = (struct import_batch){.commit = commit, .ctx = ctx};
    arena_init(&batch->arena, ARENA_BYTES);
    (void)pthread_mutex_init(&batch->lock, NULL);
    (void)pthread_cond_init(&batch->ended, NULL);
}

void import_batch_fini(struct import_batch *batch)
{
    arena_fini(&batch->arena);
    (void)pthread_cond_destroy(&batch->ended);
    (void)pthread_mutex_destroy(&batch->lock);
}

void import_batch_begin(struct import_batch *batch)
{
    assert(!batch->busy);
    arena_reset(&batch->arena, ARENA_BYTES);
    batch->items = NULL;
    batch->groups = NULL;
    batch->count = batch->room = batch->group_count = batch->group_room = 0;
    batch->payload_bytes = 0;
    batch->billed_centimes = batch->reimbursed_centimes = 0;
    batch->last = false;
}

/* A list with twice the room, or NULL. */
static void *grown(struct arena *arena, const void *list, size_t *room, size_t each)
{
    size_t more = *room == 0 ? (size_t)FIRST_ROOM : *room * 2;
    void *longer = arena_array(arena, more, each);
    if (longer != NULL && *room > 0) {
        memcpy(longer, list, *room * each);
    }
    *room = more;
    return longer;
}

static struct batch_group *group_of(struct import_batch *batch, struct owner owner)
{
    if (batch->group_count > 0) {
        struct batch_group *last = &batch->groups[batch->group_count - 1];
        if (memcmp(&last->owner, &owner, sizeof owner) == 0) {
            return last;
        }
    }
    if (batch->group_count == batch->group_room) {
        batch->groups = grown(&batch->arena, batch->groups, &batch->group_room,
                              sizeof *batch->groups);
        if (batch->groups == NULL) {
            return NULL;
        }
    }
    batch->groups[batch->group_count] = (struct batch_group){.owner = owner, .first = batch->count};
    return &batch->groups[batch->group_count++];
}

struct batch_item *import_batch_add(struct import_batch *batch, struct owner owner)
{
    struct batch_group *group = group_of(batch, owner);
    struct batch_item *item = arena_alloc(&batch->arena, sizeof *item);
    if (batch->count == batch->room) {
        batch->items = grown(&batch->arena, batch->items, &batch->room, sizeof(struct feed_item *));
    }
    if (group == NULL || item == NULL || batch->items == NULL) {
        return NULL;
    }
    batch->items[batch->count++] = &item->item;
    group->count++;
    return item;
}

static status run_batch(struct write_job *job, struct txn *txn)
{
    struct import_batch *batch = (struct import_batch *)(void *)job;
    struct feed_session session = {.txn = txn, .issuer = batch->issuer};
    for (size_t i = 0; i < batch->group_count; i++) {
        const struct batch_group *group = &batch->groups[i];
        TRY(feed_items_apply(&session, group->owner, batch->items + group->first, group->count));
    }
    TRY(feed_session_end(&session));
    batch->billed_centimes = session.billed_centimes;
    batch->reimbursed_centimes = session.reimbursed_centimes;
    return batch->commit(batch->ctx, txn, batch);
}

static void end_batch(struct write_job *job, status result)
{
    struct import_batch *batch = (struct import_batch *)(void *)job;
    (void)pthread_mutex_lock(&batch->lock);
    batch->done = true;
    batch->result = result;
    (void)pthread_cond_signal(&batch->ended);
    (void)pthread_mutex_unlock(&batch->lock);
}

status import_batch_submit(struct import_batch *batch, struct writer *writer)
{
    batch->job = (struct write_job){
        .run = run_batch,
        .done = end_batch,
        .arena = &batch->arena,
        .write_limit = LIMIT_WRITE_SET_BULK,
    };
    batch->done = false;
    TRY(writer_submit(writer, &batch->job));
    batch->busy = true;
    return STATUS_OK;
}

status import_batch_wait(struct import_batch *batch)
{
    if (!batch->busy) {
        return STATUS_OK;
    }
    (void)pthread_mutex_lock(&batch->lock);
    while (!batch->done) {
        (void)pthread_cond_wait(&batch->ended, &batch->lock);
    }
    (void)pthread_mutex_unlock(&batch->lock);
    batch->busy = false;
    return batch->result;
}
