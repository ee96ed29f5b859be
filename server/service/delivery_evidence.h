/*
 * delivery_evidence: what is known of one message to a member, and what that proves.
 *
 *   carrier            what it says                                            grade      counts as told
 *   post, spool        the letter is in the printer's directory and index      PROVEN     yes
 *   SMS, Kannel        the gateway took it                                     ACCEPTED   yes; no when it was asked to report
 *                      the network says that the telephone has it              PROVEN     yes
 *                      the network says that it will not get there             ENDED      no
 *   SMS, spool         the file is there for the gateway                       ACCEPTED   yes
 *   e-mail, SMTP       the mail server took it for the recipient               ACCEPTED   no: a refusal may still come back
 *   push               the push service took it                                ACCEPTED   no: it says nothing by itself
 *
 * "Counts as told" is what a suspension may rest on; that a person has read it, no carrier can prove.
 *
 * Memory   texts live in the transaction's arena.
 * Threads  re-entrant.
 * Reasons  ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_DELIVERY_EVIDENCE_H
#define HAYAT_SERVICE_DELIVERY_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "storage/db.h"
#include "storage/outbox_store.h"

enum delivery_grade {
    DELIVERY_UNKNOWN,  /* no such message to this member, or it is older than it is kept */
    DELIVERY_WAITING,  /* not carried yet */
    DELIVERY_ENDED,    /* given up, or of no use any more: nobody was told */
    DELIVERY_ACCEPTED, /* its carrier has it */
    DELIVERY_PROVEN,   /* its carrier says that it is where it was to go */
};

struct delivery_evidence {
    enum delivery_grade grade;
    bool counts;  /* as told */
    bool awaited; /* ACCEPTED, and the network's word is still to come */
    enum outbox_queue queue;
    int64_t create_ms, settle_ms; /* settle_ms: since when this is known; 0 while it waits */
    const char *channel,
        *evidence; /* what carried it and what that said: "kannel", "http 202, kannel 0"; "" while it waits */
};

/* By the number that notice_send_provably told. */
status delivery_evidence(struct txn *txn, struct owner owner, uint64_t sequence,
                         struct delivery_evidence *ret_evidence);

#endif
