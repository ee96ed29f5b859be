/*
 * demo_generate: writes the invented fund: CSV files in the feed's layouts, photos, and demo.json
 * that names the demonstration's main person.
 *
 * Files    members, beneficiaries, cards, pensions, campaigns, claims, claim_lines (.csv),
 *          photos/NNN.png, demo.json. Each is written beside its name and renamed when complete;
 *          demo.json comes last.
 * Memory   one member at a time, whatever the fund's size.
 * Errors   FILE_UNWRITABLE, with the path in failed_path.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_GENERATE_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_GENERATE_H

#include "base/status.h"
#include "tools/hayatctl/demo_member.h"
#include "tools/hayatctl/progress.h"

enum demo_file {
    DEMO_FILE_MEMBERS,
    DEMO_FILE_BENEFICIARIES,
    DEMO_FILE_CARDS,
    DEMO_FILE_PENSIONS,
    DEMO_FILE_CAMPAIGNS,
    DEMO_FILE_CLAIMS,
    DEMO_FILE_CLAIM_LINES,
    DEMO_FILE_COUNT,
};

struct demo_result {
    uint64_t rows[DEMO_FILE_COUNT];
    uint64_t abroad;
    char hero[10]; /* registration number */
    char failed_path[256];
};

status demo_generate(const struct demo_fund *fund, const char *directory, struct progress *progress,
                     struct demo_result *ret);

#endif
