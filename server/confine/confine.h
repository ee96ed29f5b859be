/*
 * confine: what a helper program gives up before it reads its first byte (SEC-E6).
 *
 * confine_limits   at the start: memory, processor time and priority, files, core dumps, file sizes.
 * confine_calls    once everything it needs is open: no file can be reached (Landlock, where the kernel has it), and what is
 *                  left of the kernel is to compute (with threads), take memory, read and write the descriptors it has, and
 *                  end.  Any other system call kills the process.
 * Builds with a sanitizer keep their memory and system calls: the sanitizer needs them.
 * Reasons  HELPER_FAILED: the kernel refuses; the program must not go on.
 */
#ifndef HAYAT_SERVER_CONFINE_CONFINE_H
#define HAYAT_SERVER_CONFINE_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct confine_limits {
    uint64_t memory_bytes;
    uint64_t cpu_seconds;
};

enum confine_calls {
    CONFINE_PARSER, /* nothing but the above */
    CONFINE_RENDERER, /* ... and to ask for a file's existence, as Pango does of fonts, and to seek in open ones */
};

/* False in a build with a sanitizer. */
bool confine_applies(void);
status confine_limits(const struct confine_limits *limits);
status confine_calls(enum confine_calls calls);

#endif
