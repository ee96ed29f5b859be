/*
 * member_erasure: all that goes with a member goes, in small steps (SEC-D6, docs/adr/0022-erasing-a-member.md).
 *
 *   on file ──begin──> nobody signs in as them ──steps──> the member's own row, the last ──> gone
 *             one commit                         ≤ LIMIT_RETENTION_RECORDS rows each, one audit entry
 *
 *   1 What goes with a member is what storage/tables.def says: tables that are kept while insured, those that their writer ends,
 *     and what belongs to either.  A table that is added is in it without a line here.
 *   2 What has a period of its own stays until that ends; the audit chain stays.
 *     When they asked, and stay: what ends with the use of this service (RULE ERASURE-USE), devices, preferences, and of the
 *     documents those that prove nothing: statements made for them, videos of certificates that were decided on.
 *   3 Whoever dies in between finds the row of table member_erasure, and goes on.  The member's own row goes last: until then the
 *     feed can tell that they are insured again, and what is left stays.
 *
 * Threads  in the acting write transaction; one at a time.
 * Reasons  STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_SERVICE_MEMBER_ERASURE_H
#define HAYAT_SERVICE_MEMBER_ERASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "storage/member_erasure_store.h"
#include "storage/table.h"

/* The period after they left is over. */
status member_erasure_begin(struct txn *txn, struct owner owner);
/* They asked, and persons granted WISH (service/erasure_wish.h): what serves the use of this service alone goes.  At its end that is
   told in the inbox. */
status member_erasure_begin_use(struct txn *txn, struct owner owner, struct id wish);

struct member_erasure_step {
    bool ended;                 /* there is nothing more to take, or they are insured again */
    uint16_t gone[TABLE_SLOTS]; /* rows, by table */
};

/* EVENT is the audit entry's: "hayatd retention". */
status member_erasure_step(struct txn *txn, struct owner owner, const char *event,
                           struct member_erasure_step *ret_step);

/* Whether rows of TABLE go with their member ... */
bool member_erasure_takes(const struct table_info *table);
/* ... or by their wish, while they are insured. */
bool member_erasure_serves_use(const struct table_info *table);
/* How many rows do, of this one; but for what ends before a step takes it: sessions, passphrase, first screen. */
status member_erasure_count(struct txn *txn, struct owner owner, uint64_t *ret_count);

#endif
