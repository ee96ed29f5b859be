/*
 * home_view: the first screen of a member as it is stored: made by whoever writes what it shows, in the same transaction,
 * and spliced by GetHome (ADR 19).
 *
 * What depends on the day is stored for parts of time: rights stay the same between days that the rules name
 * (coverage_same_until).  What depends on the caller's language or on the hour is never stored.
 *
 * Rules    a view says what the records say: home_view_check compares (hayatctl db check).  A reader that finds no view, a
 *          day in none of its parts, or other figures in force than it was made with, reckons from the records.
 * Memory   outputs live in the transaction's arena.
 * Reasons  the stores'.
 */
#ifndef HAYAT_SERVICE_HOME_VIEW_H
#define HAYAT_SERVICE_HOME_VIEW_H

#include <stdbool.h>

#include "service/coverage_rules.h"
#include "storage/home_store.h"

/* What changed. */
enum home_part {
    HOME_PEOPLE = 1, /* the card, the dependants, whether there is a pension */
    HOME_RIGHTS = 2,
    HOME_CLAIMS = 4,
    HOME_AUTHORIZATIONS = 8,
    HOME_ALL = 15,
};

/* For the members written in one transaction: figures are read once. */
struct home_maker {
    struct txn *txn;
    bool has_figures;
    int64_t day; /* the first one of new parts */
    struct coverage_figures figures;
};

/* Makes the PARTS of OWNER's view anew.  Without a view: makes it whole, but for a change of people alone, which the rights
   that follow complete. */
status home_view_refresh(struct home_maker *maker, struct owner owner, uint32_t parts);

/* The coverages of DAY; false when the view does not know them. */
bool home_view_coverages(const home_row *view, const struct coverage_figures *figures, int64_t day,
                         bytes *ret_run);

/* STORE_CORRUPT when OWNER's view says something else than the records. */
status home_view_check(struct txn *txn, struct owner owner);

#endif
