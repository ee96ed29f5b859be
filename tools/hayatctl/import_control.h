/*
 * import_control: what the source says its files hold, beside what was taken.
 *
 * File     control_totals.csv, with the columns file, rows, billed_centimes, reimbursed_centimes; file is a kind
 *          ("claims"), the amounts are those of claims and empty elsewhere.
 * Errors   FILE_UNREADABLE · IMPORT_REFUSED (no such table).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_IMPORT_CONTROL_H
#define HAYAT_TOOLS_HAYATCTL_IMPORT_CONTROL_H

#include "tools/hayatctl/import.h"

struct control_total {
    bool told;
    uint64_t rows;
    bool has_amounts;
    int64_t billed_centimes, reimbursed_centimes;
};

struct control_totals {
    struct control_total of[FEED_KIND_COUNT];
};

status control_totals_read(const char *path, struct control_totals *ret_totals);

/* Rows and amounts of one kind as they were taken. */
struct taken_total {
    uint64_t rows; /* read: accepted, unchanged and refused */
    uint64_t refused;
    int64_t billed_centimes, reimbursed_centimes;
};

/* True when the file had what its source says, and all of it was taken; prints a line in any case. */
bool control_total_agrees(const struct control_totals *control, enum feed_kind kind,
                          const struct taken_total *taken);

#endif
