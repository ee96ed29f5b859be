/*
 * inspect: the two things hayat-check does with a file, whatever its kind.
 *
 *   inspect   right type? ──▶ opens to its end? ──▶ holds nothing that runs? ──▶ is nothing else as well? ──▶ how well can it be read?
 *   clean     inspect passed ──▶ the same without metadata ──▶ inspect passed of that too
 *
 * Memory   outputs live in the arena.
 * Reasons  HELPER_FAILED: there is nothing safe to give.
 */
#ifndef HAYAT_SERVER_CHECKER_INSPECT_H
#define HAYAT_SERVER_CHECKER_INSPECT_H

#include "base/arena.h"
#include "checker/finding.h"
#include "checker/kind.h"

/* Opens what the libraries read files for; once, before the process gives them up.  Nothing but what DECLARED wants: every file that is
   sent starts a process. */
status inspect_prepare(enum kind declared);
void inspect_file(bytes file, enum kind declared, struct arena *arena, struct finding *ret_finding);
status inspect_clean(bytes file, enum kind declared, struct arena *arena, bytes *ret_clean);

#endif
