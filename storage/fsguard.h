/*
 * fsguard: which file systems may hold the store.
 *
 * LMDB needs a local file system whose mmap, pwrite and fdatasync agree with each other: network
 * and stacked file systems lose or reorder writes.  The list says who is allowed, not who is
 * refused (SEC-D4).
 * Errors  STORE_FILE_SYSTEM (not on the list) · FILE_UNREADABLE (no such path).
 */
#ifndef HAYAT_STORAGE_FSGUARD_H
#define HAYAT_STORAGE_FSGUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* The judgement alone: MAGIC is f_type of statfs(2). */
status fsguard_judge(uint64_t magic, bool allow_test_file_systems);
status fsguard_check(const char *path, bool allow_test_file_systems);

#endif
