/*
 * erasure_file: the keys of storage/erasure_keys.h on disk, beside the keyring, and the erasing itself (SEC-D3).
 *
 * Path     the keyring's with ".erasure" added.
 * Format   "hayat erasure v1", a newline, nonce (24), XChaCha20-Poly1305 of the nodes under the key of DOMAIN_ERASURE; the
 *          associated data is the first line.
 * Erasing  the file is written anew without the erased leaves: temporary file, fsync, a second name (".old") for what is in
 *          place, rename, fsync of the directory; then the old bytes are overwritten with zeroes under their second name,
 *          fsync, unlink.  A crash leaves the old file or the new one; a ".old" that was left is overwritten by the next
 *          erasure, and by erasure_file_tidy.  Overwriting reaches the disk's blocks only on a file system that writes in
 *          place; elsewhere the file is still sealed, and docs/adr/0017-erasure.md says what follows.
 * Threads  one at a time erases: whoever holds the store's writer.
 * Fail points  erasure.written (the new file is durable) · erasure.linked · erasure.renamed · erasure.synced · erasure.wiped.
 * Reasons  FILE_UNREADABLE · FILE_UNWRITABLE · FILE_PERMISSIONS · KEY_FILE_INVALID · ARENA_FULL.
 */
#ifndef HAYAT_AUTH_ERASURE_FILE_H
#define HAYAT_AUTH_ERASURE_FILE_H

#include <stdbool.h>

#include "base/status.h"
#include "storage/erasure_keys.h"

/* Writes a fresh tree.  REPLACE only beside a keyring that is being made, too: what lies beside another may be what its documents
   hang on, so it stays, and FILE_UNWRITABLE is told. */
status erasure_file_create(const char *keyring_path, const struct seal_keys *keys, bool replace);
/* The tree of the file. */
status erasure_file_open(const char *keyring_path, const struct seal_keys *keys,
                         struct erasure_keys **ret_erasure);

/* Destroys the keys of LEAVES (ascending), in the file and then in memory; what is erased already is nothing.  When it fails,
   some or none may be gone: do it again. */
status erasure_file_destroy(const char *keyring_path, const struct seal_keys *keys,
                            const uint32_t *leaves, size_t count);
/* Overwrites what an erasure that was cut short left behind. */
status erasure_file_tidy(const char *keyring_path);

#endif
