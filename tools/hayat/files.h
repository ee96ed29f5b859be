/*
 * files: the little files of the command-line client: its directory, reading and replacing them.
 *
 * Memory   texts read are malloc'd, NUL-terminated and the caller's to free.
 * Reasons  FILE_UNREADABLE · FILE_UNWRITABLE · FILE_PERMISSIONS (somebody else could read a
 *          secret).
 */
#ifndef HAYAT_CLI_FILES_H
#define HAYAT_CLI_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"

enum { SMALL_FILE_MAX_BYTES = 64 * 1024 };

/* ${XDG_CONFIG_HOME:-~/.config}/hayat, made with mode 0700 when it is not there. */
status config_directory(char out[PATH_MAX]);

/* DIRECTORY/NAME; FILE_UNREADABLE when it does not fit. */
status path_join(const char *directory, const char *name, char out[PATH_MAX]);

/* A regular file of at most SMALL_FILE_MAX_BYTES. */
status file_read(const char *path, char **ret_text);
/* The same, and nobody but its owner, who runs this program, may read it. */
status file_read_private(const char *path, char **ret_text);
/* All or nothing, mode 0600, on disk when it returns. */
status file_replace(const char *path, bytes content);
/* On disk when it returns; a file that is not there is fine. */
status file_remove(const char *path);

#endif
