/*
 * language: the caller's language out of the accept-language metadata (RFC 9110 12.5.4).
 */
#ifndef HAYAT_RPC_LANGUAGE_H
#define HAYAT_RPC_LANGUAGE_H

#include "base/bytes.h"
#include "base/status.h"

/* "fr-MA, ar;q=0.8" → the language of ours with the highest weight; French when none of them is there. */
enum language language_of(bytes accept_language);
/* "fr" */
const char *language_tag(enum language language);

#endif
