/*
 * check_summaries: whether a member's summaries say what the records say (storage/summary_pages.h, invariants 1 to 4); for
 * storage/check.c only.
 *
 * Memory   outputs of the transaction's arena, which is rewound between records.
 * Errors   STORE_CORRUPT (they do not) · NOT_FOUND (a summary without its record) · the table's.
 */
#ifndef HAYAT_STORAGE_CHECK_SUMMARIES_H
#define HAYAT_STORAGE_CHECK_SUMMARIES_H

#include "storage/table.h"

/* TABLE is that of pages or that of records; other tables have no summaries. */
bool check_has_summaries(enum table_id table);
/* All of OWNER's summaries against the records, from the pages' side, or their number from the records' side. */
status check_summaries(struct txn *txn, enum table_id table, struct owner owner);

#endif
