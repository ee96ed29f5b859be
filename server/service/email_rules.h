/*
 * email_rules: which e-mail addresses are taken.
 *
 * Narrower than RFC 5321: one address as people have them, in ASCII (a domain in other letters by its xn-- form), without quotes or
 * comments, so that nothing in it can end a header or an SMTP command.
 *
 * Pure functions of values.
 */
#ifndef HAYAT_SERVICE_EMAIL_RULES_H
#define HAYAT_SERVICE_EMAIL_RULES_H

#include "base/bytes.h"
#include "base/limits.h"

/* What is wrong with it, in English, a constant; NULL when nothing is. */
const char *email_fault(bytes address);

/* As it is compared and counted: the domain in small letters.  ADDRESS is at most LIMIT_EMAIL_BYTES and faultless. */
void email_fold(bytes address, char out[LIMIT_EMAIL_BYTES + 1]);

#endif
