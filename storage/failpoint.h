/*
 * failpoint: named places where a test makes the program fail or die.
 *
 * Compiled in only with -DHAYAT_FAILPOINTS (presets dev, asan, tsan); otherwise every use is
 * nothing.  The environment variable HAYAT_FAILPOINT="name=action[@n]" arms one: action is kill
 * (SIGKILL to itself) or error (the place reports failure); n means the n-th passage, 1 by default.
 *   FAILPOINT("commit.before")  true when the place shall fail
 */
#ifndef HAYAT_STORAGE_FAILPOINT_H
#define HAYAT_STORAGE_FAILPOINT_H

#include <stdbool.h>

#ifdef HAYAT_FAILPOINTS
bool failpoint_hit(const char *name);
/* Arms SPEC instead of what the environment said; NULL disarms.  Before other threads pass fail
   points. */
void failpoint_arm(const char *spec);
#define FAILPOINT(name) failpoint_hit(name)
#else
#define FAILPOINT(name) false
#endif

#endif
