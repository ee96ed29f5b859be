/* output_accesses: accesses on standard output, as JSON or in the member's language. */
#ifndef HAYAT_CLI_OUTPUT_ACCESSES_H
#define HAYAT_CLI_OUTPUT_ACCESSES_H

#include "hayat.h"
#include "service/access_verify.h"

/* PROVEN: how many of them, the oldest ones, or NULL when it was not asked. */
status output_accesses(struct hayat *hayat, struct access_list list, const size_t *proven);

#endif
