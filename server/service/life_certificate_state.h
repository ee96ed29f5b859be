/*
 * life_certificate_state: the states of a certificate and of the obligation it answers, and the only steps between them.
 *
 * A certificate                          submit: by the member, or by an agent for papers; decide: by a named agent
 *
 *   (new) ──▶ DRAFT ──submit──▶ SUBMITTED ──documents checked──▶ IN_REVIEW ──decide──▶ ACCEPTED
 *     │                          ▲      │                          │   │
 *     │ on paper                 │submit│registry confirms         │   └──decide──▶ REFUSED
 *     └──────────────────────────┤      ▼                          │
 *                                │   ACCEPTED ◀──registry── MORE_NEEDED
 *                                └────────────submit────────────────┘ (decide: more is needed)
 *
 *   The registry may confirm without any certificate, (new) ──▶ ACCEPTED, and whatever is IN_REVIEW.  ACCEPTED and REFUSED are ends.
 *
 * An obligation, one for each pension and year, is what its year's certificates make of it (obligation_state_of), the one furthest on
 * counting: ACCEPTED before IN_REVIEW before SUBMITTED before MORE_NEEDED before DRAFT before REFUSED before DUE; and over that, when
 * nothing came, its suspension:
 *
 *   DUE, REFUSED ──grace over, two reminders delivered, nothing open──▶ SUSPENSION_PROPOSED ──two persons' yes──▶ SUSPENDED
 *                                                                      │  ▲                                        │
 *        a person's no: as before ◀───────────────────────────────────┤  └─ again, when the conditions hold anew   │ proof, however
 *        a draft, a filing, papers, the registry: theirs ◀────────────┤                                            ▼ late
 *        the conditions hold no more: as before ◀─────────────────────┘
 *                                                                                                               REINSTATED
 *
 * RULE LC-6: no suspension by silence.  The fund's own silence: nothing but SUSPENSION_PROPOSED leads to SUSPENDED, and obligation_may_propose
 * alone leads there.  The member's: what they have begun, an upload, a draft, a filing under review or one of which more is needed, stops it.
 * RULE LC-13: reminders of before a no, to a suspension or to what was filed, count for none: the member's time begins anew.
 *
 * Pure functions of values.
 */
#ifndef HAYAT_SERVICE_LIFE_CERTIFICATE_STATE_H
#define HAYAT_SERVICE_LIFE_CERTIFICATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hayat/store/v1/campaign.pb-c.h"
#include "hayat/v1/life_certificate.pb-c.h"

typedef Hayat__V1__LifeCertificateState certificate_state;
typedef Hayat__V1__ObligationState obligation_state;
typedef Hayat__Store__V1__ObligationSuspension obligation_suspension;

#define CERTIFICATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define OBLIGATION(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name
#define SUSPENSION(name) HAYAT__STORE__V1__OBLIGATION_SUSPENSION__OBLIGATION_SUSPENSION_##name

/* --- certificates --- */

/* UNSPECIFIED is a certificate that is not there yet. */
bool certificate_may(certificate_state from, certificate_state to);
/* Uploads and submissions are taken. */
bool certificate_is_open(certificate_state state);
/* Filed, and neither refused nor found wanting: nothing for the member to do. */
bool certificate_is_filed(certificate_state state);
/* It was submitted at least once: there is a receipt. */
bool certificate_was_filed(certificate_state state);

/* --- obligations --- */

/* Which of two certificates' states counts for the obligation: the greater. */
int certificate_rank(certificate_state state);
/* BEST: of the certificates of its year the one with the greatest rank; UNSPECIFIED: there is none. */
obligation_state obligation_state_of(certificate_state best, obligation_suspension suspension);
/* UNSPECIFIED is an obligation that is made in state TO. */
bool obligation_may(obligation_state from, obligation_state to);
/* What the member has begun, or the fund has before it: no suspension over it. */
bool obligation_is_open(obligation_state state);

/* --- suspensions --- */

/* What is known when a suspension is to be proposed, or decided on. */
struct suspension_facts {
    certificate_state best;
    obligation_suspension suspension;
    bool unbound;             /* nobody has to prove anything: they left (RULE LC-19) */
    bool upload_open;         /* of any certificate of the member */
    int64_t today, grace_end; /* civil days */
    /* Since the obligation was made, or they are back: no clock set forward prolongs it (SEC-G4); and what the grace's end was away then,
       0 or less when it was over. */
    int64_t steady_waited_ms, steady_needed_ms;
    uint32_t reminders;         /* with evidence that they arrived, also before they were away */
    int64_t reminder_waited_ms; /* since the evidence of the last that is needed, in steady time */
    bool two_ways;   /* they went by two channels, or a network reported one of them to be there */
    bool unreminded; /* they are back since the obligation was made; no reminder of since arrived */
    bool held_back;  /* a proposal was taken back less than LIMIT_SUSPENSION_AGAIN_MS ago */
};

/* RULE LC-7: due day and grace are over, by the calendar and by steady time; two reminders of since anybody said no are known to have
   arrived, one of them since they were away, if they were; the last that is needed LIMIT_SUSPENSION_WAIT_MS ago, and not by one carrier's word alone;
   nothing is open or accepted; they are insured. */
bool suspension_conditions(const struct suspension_facts *facts);
/* The first of them that is not met. */
enum suspension_lack {
    LACK_OF_NOTHING,
    LACK_OF_SILENCE,   /* something is open or proven, or nobody is obliged */
    LACK_OF_TIME,      /* grace, or what the second reminder leaves, is not over */
    LACK_OF_REMINDERS, /* fewer than two are known to have arrived, or none since they are back */
    LACK_OF_A_WAY,     /* they went by one carrier's word alone */
};
enum suspension_lack suspension_lacks(const struct suspension_facts *facts);
/* ... but for an upload that is open: nobody may say yes, and the question need not be asked anew. */
bool suspension_conditions_but_upload(const struct suspension_facts *facts);
/* ... and it is neither proposed nor made yet, nor was taken back just now. */
bool obligation_may_propose(const struct suspension_facts *facts);

#endif
