/*
 * durable: files that are there whole or not at all, whenever the power goes: written beside, flushed, renamed, and the directory flushed.
 *
 * Memory   a file owns its descriptor until commit or abandon; the directory's descriptor is borrowed.
 * Threads  a file belongs to one thread; two threads must not write the same name.
 * Reasons  FILE_UNWRITABLE · FILE_UNREADABLE.
 */
#ifndef HAYAT_OUTBOUND_DURABLE_H
#define HAYAT_OUTBOUND_DURABLE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/status.h"

enum { DURABLE_NAME_MAX = 80 };

/* Makes it when it is missing (mode 0700); *ret_directory is a descriptor to close. */
status durable_directory(const char *path, int *ret_directory);

struct durable_file {
    int directory, file;
    char name[DURABLE_NAME_MAX], part[DURABLE_NAME_MAX + 8];
};

/* NAME has no slash; mode 0600. */
status durable_open(int directory, const char *name, struct durable_file *ret_file);
status durable_write(struct durable_file *file, bytes piece);
/* From now on NAME is there, for good. */
status durable_commit(struct durable_file *file);
void durable_abandon(struct durable_file *file);

/* All of it at once. */
status durable_put(int directory, const char *name, bytes content);
/* LINE ends with '\n'.  What a crash left of a line before is closed first. */
status durable_append(int directory, const char *name, bytes line);

bool durable_exists(int directory, const char *name);

#endif
