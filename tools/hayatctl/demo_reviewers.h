/*
 * demo_reviewers: invented agents of the fund who decide what members filed, each with a certificate and a connection of their own.
 *
 * They take what is due first, look at every document, ask for the page that was left out, and say yes to the rest.  A suspension needs
 * two of them.
 * Threads  a few of its own; counts may be read by any.
 * Errors   FILE_UNREADABLE · ARENA_FULL · CONNECTION_FAILED.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_REVIEWERS_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_REVIEWERS_H

#include <stdatomic.h>

#include "tools/hayatctl/demo_site.h"

struct demo_review_counts {
    _Atomic uint64_t accepted, more_needed; /* certificates */
    _Atomic uint64_t votes;                 /* to suspend */
    _Atomic uint64_t evidence_bytes;
    _Atomic uint64_t lost_races; /* another had it first */
    _Atomic uint64_t failures;   /* anything else */
    _Atomic uint64_t idle_looks; /* the list was empty */
};

struct demo_reviewers;

status demo_reviewers_start(const struct demo_site *site, struct demo_review_counts *counts,
                            struct demo_reviewers **ret);
/* NULL is nothing. */
void demo_reviewers_stop(struct demo_reviewers *reviewers);

/* Hands in on paper, at the counter of agent 0: called by one thread at a time. */
status demo_reviewers_file_paper(struct demo_reviewers *reviewers, const char *registration_number);

#endif
