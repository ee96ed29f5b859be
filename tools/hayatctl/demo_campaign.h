/*
 * demo_campaign: a year's life certificates of pensioners abroad, lived through in minutes by a real server: each has a fate that was thrown
 * for them, files (or does not) on its day, over lines that break; the clock is moved from day to day; agents decide meanwhile.
 *
 * What must be true at the end is in demo_campaign_wrong.
 * Threads  a few of its own while it runs.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_CAMPAIGN_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_CAMPAIGN_H

#include "tools/hayatctl/demo_network.h"
#include "tools/hayatctl/demo_pensioner.h"
#include "tools/hayatctl/demo_reviewers.h"

enum demo_fate {
    FATE_EARLY,      /* files in the first weeks */
    FATE_RUSH,       /* in the last three days */
    FATE_GRACE,      /* after the due day, within grace */
    FATE_PAGE,       /* leaves a page out, is asked for it, sends it */
    FATE_BROKEN,     /* sends a broken file, which the machine refuses, and another */
    FATE_VIDEO,      /* films themselves */
    FATE_PAPER,      /* hands papers in at an agency */
    FATE_DRAFT,      /* begins and never submits */
    FATE_NEVER,      /* does nothing: is suspended */
    FATE_REINSTATED, /* does nothing, is suspended, files then */
    FATE_COUNT
};

extern const char *const demo_fate_texts[FATE_COUNT];

struct demo_person_run {
    enum demo_fate fate;
    int64_t day; /* of the next act, as days since 1970; 0: no more */
    int acts;
    bool failed;
    struct demo_pensioner pensioner;
};

struct demo_campaign {
    struct demo_site site;
    struct demo_pension_desk desk;
    struct demo_network *network;
    struct demo_network_counts network_counts;
    struct demo_reviewers *reviewers;
    struct demo_review_counts reviews;
    struct demo_person_run *people; /* site.fund.members of them */
    int threads;
    uint64_t filings, calls, broken_calls;
    bool quiet;
    bool stuck;                /* what was filed was not decided in time */
    struct demo_memory memory; /* of the server */
    int64_t make_ms, run_ms;
};

/* SITE's directory, fund and agents are set. */
status demo_campaign_run(struct demo_campaign *campaign, uint32_t cut_percent, size_t form_bytes);
void demo_campaign_fini(struct demo_campaign *campaign);

/* Whether this person's end is not what their fate must lead to: NULL, or what is wrong. */
const char *demo_campaign_wrong(const struct demo_person_run *person);

#endif
