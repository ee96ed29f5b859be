/*
 * feed_apply: one valid row of the fund's feed into the store.
 *
 * Rules    a row that says what is stored changes nothing (UNCHANGED): taking a file twice is
 *          harmless.  A row older than what is stored is refused (STALE), so that yesterday's file
 *          cannot undo today's.  Dependants, cards and pensions need their member, cards their
 *          beneficiary.  Ids are given once and stay; a changed address bumps address_version
 *          (SEC-B1); a card's row without a photo leaves the photo as it is.  A member's row with a day they left begins the
 *          period after which all of theirs goes; one without it, before that, undoes it.
 * Threads  runs in the writer's transaction.
 * Errors   statuses are the store's; what is wrong with a refused row is in session->error.
 */
#ifndef HAYAT_SERVICE_FEED_APPLY_H
#define HAYAT_SERVICE_FEED_APPLY_H

#include "service/feed_rows.h"
#include "service/home_view.h"
#include "storage/table.h"

struct receipt_issuer; /* service/receipt.h */

enum feed_outcome { FEED_ACCEPTED, FEED_UNCHANGED, FEED_REFUSED };

struct feed_photo {
    const char *media_type; /* "image/png"; NULL when the row has no photo */
    bytes data;
};

/* What is remembered from row to row of one transaction. */
struct feed_session {
    struct txn *txn;
    const struct receipt_issuer *issuer; /* signs what the registry confirms */
    bool owner_known;                    /* this owner's member exists */
    struct owner owner;
    uint32_t views;          /* cards' views made so far: work and writes beyond the rows' own */
    struct feed_error error; /* of the last row that was REFUSED */
    int64_t billed_centimes, reimbursed_centimes; /* of the claims that were taken, or had been */
    struct home_maker home;                       /* first screens ... */
    struct owner home_owner;                      /* ... the one still to be made ... */
    uint32_t home_parts;                          /* ... and what of it; 0: none */
};

/* Rows of every kind but parts of claims and prior authorisations, which go through service/feed_items.h. */
status feed_row_apply(struct feed_session *session, const struct feed_row *row,
                      const struct feed_photo *photo, enum feed_outcome *ret_outcome);

/* What the first screen shows of OWNER changed: its PARTS are made anew when the rows of another come, or at the end. */
status feed_touch_home(struct feed_session *session, struct owner owner, uint32_t parts);
/* After a session's last row, in its transaction. */
status feed_session_end(struct feed_session *session);

/* Whether the member is there; rows of one member mostly come together, so the last answer is kept. */
status feed_member_known(struct feed_session *session, struct owner owner, bool *ret_known);
/* Whether both would be stored as the same bytes. */
status feed_same_record(struct txn *txn, const ProtobufCMessage *a, const ProtobufCMessage *b,
                        bool *ret_same);

#endif
