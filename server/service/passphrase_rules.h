/*
 * passphrase_rules: what a passphrase must be.  Pure; the length is the proto's.
 */
#ifndef HAYAT_SERVICE_PASSPHRASE_RULES_H
#define HAYAT_SERVICE_PASSPHRASE_RULES_H

#include "base/bytes.h"

/* NULL when it will do, else what is wrong, in English for a field violation.  NIST SP 800-63B 5.1.1.2: long, not repetitive, not the
   member's own number; no rules of composition. */
const char *passphrase_fault(bytes passphrase, bytes registration_number);

#endif
