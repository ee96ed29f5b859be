/*
 * statement_collect: the claims a statement tells of, gathered from the store in short read transactions (SEC-D7).
 *
 * A statement tells of claims that are paid, whose payment day lies in the period; sorted by that day, then by file
 * number.  Totals are the sums of their lines.  A claim that changes while they are gathered is in it as it is read.
 *
 * Memory   the statement lives in the caller's arena.
 * Reasons  STATEMENT_TOO_LARGE (LIMIT_STATEMENT_CLAIMS, LIMIT_STATEMENT_LINES) and what storage/table.h says.
 */
#ifndef HAYAT_SERVICE_STATEMENT_COLLECT_H
#define HAYAT_SERVICE_STATEMENT_COLLECT_H

#include "base/id.h"
#include "base/limits.h"
#include "hayat/paper/v1/statement.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

/* What is asked for. */
struct statement_wish {
    struct owner owner;
    bool one_person; /* only the beneficiary SEQ */
    uint32_t seq;
    int64_t from_days, to_days; /* by payment; both days are in it */
};

struct statement_collection {
    struct statement_wish wish;
    Hayat__Paper__V1__Statement
        *statement; /* claims, persons, totals, period: the rest is the caller's */
    struct id ids[LIMIT_STATEMENT_CLAIMS];
    size_t id_count, next;
    size_t line_count;
    bool too_many;
};

/* Which claims there are, and who is insured: the first transaction. */
status statement_collect_begin(struct txn *txn, struct statement_collection *collection);
/* The next LIMIT_STATEMENT_CLAIMS_PER_STEP of them: a transaction each. */
status statement_collect_some(struct txn *txn, struct statement_collection *collection,
                              bool *ret_more);
/* Sorts and adds up, outside any transaction. */
void statement_collect_end(struct statement_collection *collection);

#endif
