#include "service/task_kind.h"

#include <assert.h>

#include "base/array.h"
#include "service/bank_review.h"
#include "service/certificate_review.h"
#include "service/erasure_review.h"
#include "service/suspension_review.h"

static const struct task_kind_ops *const kinds[] = {
    &bank_review_kind,
    &certificate_review_kind,
    &suspension_review_kind,
    &erasure_review_kind,
};

const struct task_kind_ops *task_kind_of(task_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i]->kind == kind) {
            return kinds[i];
        }
    }
    return NULL;
}

struct owner task_owner(const task_row *task)
{
    struct owner owner;
    assert(task->owner.len == OWNER_BYTES); /* task_store looks */
    memcpy(owner.bytes, task->owner.data, OWNER_BYTES);
    return owner;
}

const Hayat__Store__V1__StoredVote *task_last_vote(const task_row *task)
{
    assert(task->n_votes > 0);
    return task->votes[task->n_votes - 1];
}
