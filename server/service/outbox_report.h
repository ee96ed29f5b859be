/*
 * outbox_report: what a telephone network says of a text message after its gateway took it, and what that makes of the proof.
 *
 *                        NOT_ARRIVED              ARRIVED
 *   gateway has it ──────────────────▶ failed ──────────────▶ arrived
 *         └───────────────────────────────────────────────────────▲
 *
 * Only forward, so the end is the same in whatever order reports come, and however often.
 *
 * Threads  re-entrant; in a WRITE transaction.
 * Reasons  ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_OUTBOX_REPORT_H
#define HAYAT_SERVICE_OUTBOX_REPORT_H

#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "service/rpc.h"

enum report_fate {
    REPORT_TAKEN,    /* the proof is better for it */
    REPORT_GONE,     /* nothing is awaited, or nothing better is known by it */
    REPORT_NOT_HELD, /* another caller's message */
    REPORT_EARLY,    /* its message is not acknowledged yet */
};

bool outbox_is_report(const Hayat__Backoffice__V1__OutboxResult *result);

/* RESULT is one, on the row of that number. */
status outbox_report(struct rpc *rpc, const Hayat__Backoffice__V1__OutboxResult *result,
                     uint64_t sequence, enum report_fate *ret_fate);

#endif
