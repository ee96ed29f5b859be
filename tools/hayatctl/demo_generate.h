/*
 * demo_generate: writes the invented fund: CSV files in the feed's layouts, photos, and demo.json
 * that names the demonstration's main person.
 *
 * Files    one .csv for each kind of the feed, control_totals.csv, photos/NNN.png, demo.json. Each is written beside its name and renamed when complete;
 *          demo.json comes last.
 * Memory   one member at a time, whatever the fund's size.
 * Errors   FILE_UNWRITABLE, with the path in failed_path.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_GENERATE_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_GENERATE_H

#include "base/status.h"
#include "service/feed_rows.h"
#include "tools/hayatctl/demo_member.h"
#include "tools/hayatctl/progress.h"

struct demo_result {
    uint64_t rows[FEED_KIND_COUNT];
    uint64_t abroad;
    char hero[10]; /* registration number */
    char failed_path[256];
};

status demo_generate(const struct demo_fund *fund, const char *directory, struct progress *progress,
                     struct demo_result *ret);

#endif
