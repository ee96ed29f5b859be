/*
 * obligation_record: stored obligations: made for each pension and year, and kept at what the year's certificates and the suspension
 * make of them (life_certificate_state.h).
 *
 * Memory   outputs live in the transaction's arena.
 * Threads  in the acting transaction; writes in the writer's.
 * Reasons  CERTIFICATE_STATE (a step that the drawing does not have: a bug) · STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_SERVICE_OBLIGATION_RECORD_H
#define HAYAT_SERVICE_OBLIGATION_RECORD_H

#include "service/life_certificate_rules.h"
#include "service/life_certificate_state.h"
#include "storage/life_certificate_store.h"
#include "storage/obligation_store.h"
#include "storage/pension_store.h"

/* RULE LC-19: whether OWNER has to prove anything on that civil day: who is on file, insured, and not being erased as a whole.  Who comes back
   has to again. */
status obligation_binds(struct txn *txn, struct owner owner, int64_t today, bool *ret_binds);

/* When OWNER was obliged again to what ROW says, having been told as gone since it was made, in steady time; 0: they never were. */
status obligation_returned(struct txn *txn, struct owner owner, const obligation_row *row,
                           int64_t *ret_steady_ms);

/* A new one in state DUE, not filed yet. */
status obligation_record_new(struct txn *txn, uint32_t pension_seq,
                             const Hayat__Store__V1__StoredPension *pension,
                             const struct campaign *campaign, obligation_row **ret_row);

/* Of the certificates of YEAR the one that counts, the newest of those furthest on; NULL when there is none. */
const struct life_certificate_row *obligation_counting(const struct life_certificate_list *list,
                                                       int32_t year);

/* Sets ROW's suspension, then its certificate and state by LIST, and files it when anything changed. */
status obligation_record_set(struct txn *txn, struct owner owner, obligation_row *row,
                             const struct life_certificate_list *list,
                             obligation_suspension suspension);

/* What reminded so far counts for nothing any more: somebody said no since, and the member's time begins anew.  Not filed yet. */
void obligation_record_spend(struct txn *txn, obligation_row *row);

/* Makes what is missing of YEAR's, one for each pension, from CAMPAIGN. */
status obligation_record_make(struct txn *txn, struct owner owner, const struct campaign *campaign,
                              const struct life_certificate_list *list);

#endif
