/*
 * life_certificate_flow: the only functions that change the state of a certificate or of an obligation (life_certificate_state.h).
 *
 * Each runs in the acting write transaction and leaves there all that belongs to its step: the record, the obligations of the year, the
 * task of a reviewer opened or withdrawn, the row for the core system, the member's notice and one entry of the audit chain.  The call that
 * acts has an entry of its own by its policy; the events here name the step.
 *
 * Memory   outputs and what is added to records live in the transaction's arena.
 * Threads  in the writer's transaction.
 * Reasons  CERTIFICATE_STATE (not from that state) · INTERNAL (a promise without its receipt: a bug) · FINDINGS_MISSING · NOT_FOUND · STORE_CORRUPT · ARENA_FULL · OVERLOADED · OUTBOX_FULL.
 */
#ifndef HAYAT_SERVICE_LIFE_CERTIFICATE_FLOW_H
#define HAYAT_SERVICE_LIFE_CERTIFICATE_FLOW_H

#include "base/id.h"
#include "service/certificate_decision.h"
#include "service/life_certificate_rules.h"
#include "service/life_certificate_state.h"
#include "storage/life_certificate_store.h"
#include "storage/obligation_store.h"

typedef Hayat__Store__V1__StoredLifeCertificate certificate_row;

/* --- events of the audit chain; the object is "lc" or, for suspensions, "obl" --- */

#define EVENT_CERTIFICATE_SUBMITTED "certificate.submitted"
#define EVENT_CERTIFICATE_IN_REVIEW "certificate.in_review"
#define EVENT_CERTIFICATE_MORE_NEEDED "certificate.more_needed"
#define EVENT_CERTIFICATE_ACCEPTED "certificate.accepted"
#define EVENT_CERTIFICATE_REFUSED "certificate.refused"
#define EVENT_CERTIFICATE_REGISTRY "certificate.registry"
#define EVENT_SUSPENSION_PROPOSED "suspension.proposed"
#define EVENT_SUSPENSION_WITHDRAWN "suspension.withdrawn"
#define EVENT_SUSPENSION_REFUSED "suspension.refused"
#define EVENT_SUSPENSION_MADE "suspension.made"
#define EVENT_SUSPENSION_LIFTED "suspension.lifted"

/* --- kinds of the core system's rows --- */

#define OUTBOX_CERTIFICATE_SUBMITTED "life_certificate.submitted" /* payload: SignedReceipt */
#define OUTBOX_CERTIFICATE_ACCEPTED "life_certificate.accepted"   /* these: LifeCertificateEvent */
#define OUTBOX_CERTIFICATE_REFUSED "life_certificate.refused"
#define OUTBOX_PENSION_SUSPENDED "pension.suspended"
#define OUTBOX_PENSION_REINSTATED "pension.reinstated"

/* --- certificates --- */

/* A new draft, filled but for its state; files it. */
status certificate_drafted(struct txn *txn, struct owner owner, certificate_row *certificate);

/* A new one on paper, a draft, or one of which more was needed, with its documents, submit_ms, in_time and receipt in place: SUBMITTED, and
   IN_REVIEW at once when every document is checked.  Files it. */
status certificate_submitted(struct txn *txn, struct owner owner, certificate_row *certificate);

/* A document of it got its verdict: when none is awaited any more, a person's task is opened.  OK when it is in another state. */
status certificate_checked(struct txn *txn, struct owner owner, struct id id);

/* By a person: IN_REVIEW to the outcome, with the receipt of it in place when it is for good.  The task is closed by who calls.  FINDINGS_MISSING: a refusal, or a wish for more, that says
   nothing is wrong and nothing missing. */
status certificate_decided(struct txn *txn, struct owner owner, certificate_row *certificate,
                           const struct certificate_decision *said);

struct receipt_issuer; /* service/receipt.h */

struct registry_confirmation {
    int32_t year;
    int64_t day;           /* of the confirmation */
    const char *reference; /* the registry's own */
    const struct receipt_issuer *issuer;
};

/* Accepts what is filed or wanted more of, of that year; a new certificate, of the route CIVIL_REGISTRY, when nothing is; CERTIFICATE_LIMIT, and nothing is
   changed, when the member has as many as there may be.  Signs the receipt of that. */
status certificate_confirmed_by_registry(struct txn *txn, struct owner owner,
                                         const struct registry_confirmation *confirmation);

/* --- suspensions --- */

/* Proposes to two persons, when the conditions hold on that civil day; *ret_proposed says so. */
status suspension_propose(struct txn *txn, struct owner owner, obligation_row *obligation,
                          int64_t today, bool *ret_proposed);

/* Takes a proposal back whose conditions hold no more, so that no task waits that nobody can say yes to; when they hold anew it is proposed
   anew.  *ret_withdrawn says so. */
status suspension_look_again(struct txn *txn, struct owner owner, obligation_row *obligation,
                             int64_t today, bool *ret_withdrawn);

/* Whether the conditions hold, proposed or not. */
status suspension_holds(struct txn *txn, struct owner owner, const obligation_row *obligation,
                        int64_t today, bool *ret_holds);

/* What keeps one from being proposed that is neither proposed nor made. */
struct suspension_standing {
    enum suspension_lack lack;
    uint32_t arrived;  /* reminders that count */
    bool upload_alone; /* nothing else lacks but that an upload is over */
};
status suspension_stands(struct txn *txn, struct owner owner, const obligation_row *obligation,
                         int64_t today, struct suspension_standing *ret_standing);

struct suspension_decision {
    bool approved;        /* by both */
    struct id decided_by; /* the last of them */
    int64_t today;        /* civil day */
};

/* The task about it has ended.  SUSPENSION_NOT_ALLOWED: the conditions hold no more, looked at again in this transaction. */
status suspension_decided(struct txn *txn, struct owner owner, struct id id,
                          const struct suspension_decision *decision);

#endif
