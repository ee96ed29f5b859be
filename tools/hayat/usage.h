/*
 * usage: what is wrong with the command line: which option or word, and the form it must have.
 *
 * A program has one command line, so what was found wrong with it is kept here until main tells it; the first finding stays.
 */
#ifndef HAYAT_CLI_USAGE_H
#define HAYAT_CLI_USAGE_H

#include <stdio.h>

#include "text.h"

void usage_note(const char *what, enum text expected);

/* WHAT is a constant, "--birth" or "CLM_ID"; EXPECTED is one of TEXT_USE_….  Here, so that compilers see that it never says OK. */
static inline status usage_wrong(const char *what, enum text expected)
{
    usage_note(what, expected);
    return FAIL(USAGE);
}

/* WHAT must be given: OK when VALUE is not NULL. */
static inline status usage_needs(const char *value, const char *what, enum text expected)
{
    return value != NULL ? STATUS_OK : usage_wrong(what, expected);
}

/* "--birth: a date like 1963-08-10", or "" when nothing was found wrong. */
void usage_tell(FILE *out, enum language language);

#endif
