/*
 * memory_limit: how much memory this process may use: the machine's, or what its control groups leave it (version 2 or 1: systemd's
 * MemoryMax, a container's limit).
 *
 * Threads  any; reads files, so not for calls.
 */
#ifndef HAYAT_BASE_MEMORY_LIMIT_H
#define HAYAT_BASE_MEMORY_LIMIT_H

#include <stdint.h>

uint64_t memory_limit_bytes(void);

/* The same of a file as /proc/self/cgroup, of control groups under ROOT, and a machine with PHYSICAL bytes.  What cannot be read does not limit. */
uint64_t memory_limit_of(const char *cgroup_file, const char *root, uint64_t physical);

#endif
