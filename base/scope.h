/*
 * scope: what a caller with a client certificate may be let in for: the roles of the fund's agents, the channels of its
 * core systems.  Policies name them (hayat.policy.v1.MethodPolicy.scopes), the store keeps them with the caller as a
 * mask: a bit is never used again for something else.
 */
#ifndef HAYAT_BASE_SCOPE_H
#define HAYAT_BASE_SCOPE_H

#include <stdint.h>

#include "base/bytes.h"

/* clang-format off */
#define SCOPES_OF_AGENTS(SCOPE) \
    SCOPE(0, AGENCY, "agency")           /* at the counter: sees the person, checks papers */ \
    SCOPE(1, CALL_CENTRE, "call_centre") /* on the telephone: least of all (SEC-A6) */ \
    SCOPE(2, REVIEWER, "reviewer")       /* decides on filings */ \
    SCOPE(3, AUDITOR, "auditor")         /* reads the audit chain */ \
    SCOPE(4, OPERATOR, "operator")       /* adds and revokes agents and systems */
#define SCOPES_OF_SYSTEMS(SCOPE) \
    SCOPE(8, FEED, "feed")               /* brings records, but for those of the next three */ \
    SCOPE(15, FEED_BANK, "feed_bank")         /* ... the accounts members are paid on */ \
    SCOPE(16, FEED_REGISTRY, "feed_registry") /* ... who lives, by the civil registry */ \
    SCOPE(17, FEED_RULES, "feed_rules")       /* ... how long things are kept */ \
    SCOPE(9, OUTBOX, "outbox")           /* takes what is to be delivered, of every queue */ \
    SCOPE(10, OUTBOX_CORE, "outbox_core")     /* ... of one: events for the core system */ \
    SCOPE(11, OUTBOX_POST, "outbox_post")     /* ... letters */ \
    SCOPE(12, OUTBOX_SMS, "outbox_sms")       /* ... text messages */ \
    SCOPE(13, OUTBOX_EMAIL, "outbox_email")   /* ... e-mails */ \
    SCOPE(14, OUTBOX_PUSH, "outbox_push")     /* ... wake-ups of apps */
/* clang-format on */

enum scope {
#define SCOPE(bit, NAME, name) SCOPE_##NAME = 1 << (bit),
    SCOPES_OF_AGENTS(SCOPE) SCOPES_OF_SYSTEMS(SCOPE)
#undef SCOPE
};

#define SCOPE(bit, NAME, name) | SCOPE_##NAME
enum {
    SCOPE_MASK_AGENTS = 0 SCOPES_OF_AGENTS(SCOPE),
    SCOPE_MASK_SYSTEMS = 0 SCOPES_OF_SYSTEMS(SCOPE),
};
#undef SCOPE

/* The scope of that name, 0 when there is none. */
uint32_t scope_of_name(bytes name);
/* The names of MASK, in order, separated by commas; OUT holds SCOPE_TEXT_MAX bytes. */
enum { SCOPE_TEXT_MAX = 256 };
void scope_format(uint32_t mask, char *out);
/* "agency,reviewer" as a mask; 0 when a name is unknown or there is none. */
uint32_t scope_parse(bytes text);

#endif
