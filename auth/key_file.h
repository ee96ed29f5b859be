/*
 * key_file: reads and writes files that hold keys, and trusts no file that others may touch.
 *
 * Reading  FILE_UNREADABLE when it is missing or longer than the buffer; FILE_PERMISSIONS unless it is a regular file of
 *          the running user (or root) without any bit for group or others; the group may read when it is root's, and so is the file.
 * Writing  mode 0600, as a whole: temporary file beside it, fsync, rename (or link, to never replace), fsync of the
 *          directory.  After a power cut there is the old file or the new one.  FILE_UNWRITABLE.
 * Threads  one writer per path.
 */
#ifndef HAYAT_AUTH_KEY_FILE_H
#define HAYAT_AUTH_KEY_FILE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/status.h"

/* Held until it is closed: who rewrites the keyring at PATH holds the lock of its directory, so that two changes never cross.  The
   file itself is another one after each change, and a master key may be a copy that only one process has. */
status key_file_lock(const char *path, int *ret_fd);

bool key_file_exists(const char *path);
/* At most SIZE bytes into OUT. */
status key_file_read(const char *path, uint8_t *out, size_t size, size_t *ret_len);
/* REPLACE false: an existing file stays and FILE_UNWRITABLE is told. */
status key_file_write(const char *path, bytes content, bool replace);

/* As key_file_write with REPLACE, for a file whose old bytes must not stay on the disk: what was in place keeps a second name
   (".old") until key_file_wipe_superseded overwrites and unlinks it. */
status key_file_supersede(const char *path, bytes content);
/* Overwrites what key_file_supersede left; nothing to do is OK. */
status key_file_wipe_superseded(const char *path);

#endif
