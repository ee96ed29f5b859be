/*
 * retention: when a record goes, as storage/tables.def says it of each table.
 *
 * Periods are named here and valued in the reference set "retention", in versions by their first day: the program has no
 * value of its own, and without a set on file nothing is erased for its age.
 */
#ifndef HAYAT_STORAGE_RETENTION_H
#define HAYAT_STORAGE_RETENTION_H

#include <stdint.h>

/* The names of storage/retention_periods.def. */
enum retention_period {
#define PERIOD(name, limit, unit, sureness, basis) PERIOD_##name,
#include "storage/retention_periods.def"
#undef PERIOD
    PERIOD_COUNT
};

enum retention_kind {
    RETENTION_FOREVER,
    RETENTION_OWN,        /* who wrote it ends it */
    RETENTION_INSURED,    /* goes with its member */
    RETENTION_WITH,       /* goes with a record of another table */
    RETENTION_AFTER,      /* a period after an event told by the record itself */
    RETENTION_AFTER_CASE, /* ... by its life certificate */
};

struct retention_rule {
    enum retention_kind kind;
    const char *text;             /* OWN: when; FOREVER, INSURED: in words */
    uint32_t with;                /* WITH: the table's id */
    enum retention_period period; /* AFTER, AFTER_CASE */
    const char *event; /* ... and the name of a field, milliseconds since 1970 UTC; 0: not yet */
};

enum retention_unit { RETENTION_DAYS = 1, RETENTION_MONTHS = 2 }; /* stored */

/* What hayatctl retention defaults prints. */
struct retention_default {
    const char *name;
    uint32_t limit;
    enum retention_unit unit;
    const char *sureness; /* "CONFIRMED", "OURS" */
    const char *basis;
};

extern const struct retention_default retention_defaults[PERIOD_COUNT];

#endif
