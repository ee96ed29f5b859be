/*
 * certificate: who stands behind a client certificate (SEC-A7): named agents, core systems, providers.
 *
 * The engine shows the SHA-256 of the public key of a certificate that TLS has verified against [server] client_ca; the
 * store says who that is and what they may.  Nothing of the certificate's text is believed: a name in it is for people.
 * A check reads two rows, so it is done again in the transaction that acts (SEC-A5): a revocation counts for the next
 * call on a connection that stays open.
 *
 * Threads  re-entrant.
 * Reasons  CERTIFICATE_UNKNOWN (no such key, revoked, expired: no difference is told) and what storage/table.h says.
 */
#ifndef HAYAT_AUTH_CERTIFICATE_H
#define HAYAT_AUTH_CERTIFICATE_H

#include "auth/certificate_read.h"
#include "auth/principal.h"
#include "base/bytes.h"
#include "base/status.h"
#include "hayat/store/v1/agents.pb-c.h"
#include "storage/table.h"

/* Fills an AGENT, CORE_SYSTEM or PROVIDER principal. */
status certificate_check(struct txn *txn, const uint8_t key_hash[CERTIFICATE_KEY_BYTES],
                         struct principal *principal);

/* Who gets a certificate. */
struct certificate_holder {
    Hayat__Store__V1__CallerType type;
    const char *name;         /* of the person, or of the system */
    const char *staff_number; /* agents only, else NULL */
    const char *email;        /* agents only, else NULL */
    uint32_t scopes;
    struct certificate_facts facts;
};

/* A new caller ("agt", "sys" or "prv" to id_format).  INVALID_FIELD when a part is missing, the staff number is none or the scopes
   are not the type's; CERTIFICATE_TAKEN when the key is somebody's already; CERTIFICATE_NAMES_ANOTHER when it was made for another
   staff number; ROLES_APART when one person would have an operator's or an auditor's role and one at the counter or a reviewer's, in all
   entries of theirs together: who lets people in, or watches them, must not be one of those who decide (SEC-F4). */
status certificate_add(struct txn *txn, const struct certificate_holder *holder, struct id *ret_id);
/* From the commit on, another key (and end) speaks for the caller, the old one for nobody.  NOT_FOUND when there is no
   such caller or it was revoked; CERTIFICATE_TAKEN and CERTIFICATE_NAMES_ANOTHER as before. */
status certificate_renew(struct txn *txn, struct id id, const struct certificate_facts *facts);
/* Revoking what is revoked is OK.  NOT_FOUND. */
status certificate_revoke(struct txn *txn, struct id id);

/* "agt", "sys" or "prv". */
const char *certificate_id_prefix(Hayat__Store__V1__CallerType type);

#endif
