/*
 * retention: which records have had their time, by storage/tables.def, the reference set "retention" and what still needs them.
 *
 *   event ──period──> over ──nothing needs it──> GOES
 *     │                 └──a case, task or suspension is open──> WAITS
 *     └── not yet, or no value on file: STAYS
 *
 * A document whose key was destroyed already (an old copy of the store was restored), or that is ERASED and in no batch (the batch was
 * damaged), GOES at once, whatever its case.
 *
 * Memory   outputs are values; what is read lives in the transaction's arena.
 * Threads  a transaction belongs to one thread.
 * Reasons  STORE_CORRUPT · ARENA_FULL · STORE_FAILED.
 */
#ifndef HAYAT_SERVICE_RETENTION_H
#define HAYAT_SERVICE_RETENTION_H

#include "service/retention_rules.h"
#include "storage/walk.h"

/* What is on file, and the clock (retention_now_ms). */
struct retention_terms {
    char version[49]; /* "" when there is no set */
    struct retention_value values[PERIOD_COUNT];
    int64_t now_ms;
};
status retention_terms_load(struct txn *txn, struct retention_terms *ret_terms);

enum retention_verdict { RETENTION_STAYS, RETENTION_WAITS, RETENTION_GOES };

struct retention_judgement {
    enum retention_verdict verdict;
    enum retention_period period;
    int64_t event_ms; /* 0: not yet */
    int64_t end_ms;   /* INT64_MAX: no end in sight */
    bool granted;     /* a member's own row: persons granted it, its age alone would not do */
    uint64_t with;    /* rows that go with a member's own; set by retention_survey alone */
};

/* Of a table that is judged: whose rule is AFTER or AFTER_CASE, or the members'. */
status retention_judge(struct txn *txn, const struct retention_terms *terms,
                       const struct walk_row *row, struct retention_judgement *ret);
/* Whether records of TABLE are judged at all. */
bool retention_is_judged(const struct table_info *table);

#endif
