/* paper_statement: an invented statement for the renderer's tests: a family's claims in both scripts. */
#ifndef HAYAT_TESTS_PAPER_STATEMENT_H
#define HAYAT_TESTS_PAPER_STATEMENT_H

#include "base/arena.h"
#include "hayat/paper/v1/statement.pb-c.h"

/* CLAIMS of them, the first being the domain's worked example; everything in the arena.  Totals are the lines' sums. */
Hayat__Paper__V1__Statement *paper_statement(struct arena *arena, size_t claims);

#endif
