/* erasure_review: tasks about a member's wish to be erased, as service/task_kind.h asks for them. */
#ifndef HAYAT_SERVICE_ERASURE_REVIEW_H
#define HAYAT_SERVICE_ERASURE_REVIEW_H

#include "service/task_kind.h"

extern const struct task_kind_ops erasure_review_kind;

#endif
