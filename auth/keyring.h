/*
 * keyring: the data keys, wrapped in a file under the master key (SEC-D3).
 *
 * Master   a file of 64 hex characters and a newline, given by the service manager.  It must be a regular file of the
 *          running user (or root) that neither group nor others may touch; anything else is FILE_PERMISSIONS.
 * Keyring  hayat.store.v1.Keyring: every data key by domain and epoch, random, sealed under a key derived from the
 *          master.  Rewritten as a whole: temporary file, fsync, rename, fsync of the directory.  It lives outside the
 *          store, so a key erased here is gone whatever LMDB's free pages still hold.
 * Erasure  beside the keyring lies the file of documents' erasure keys (auth/erasure_file.h); it is made and opened with it.
 *          A keyring that knows DOMAIN_ERASURE without that file does not open: its documents could not.
 * Memory   a struct seal_keys lives in sodium_malloc memory: guarded, locked, wiped by keyring_close, read-only once open.
 * Threads  opening belongs to one thread; the open keys are read-only and may be shared.
 * Errors   FILE_UNREADABLE · FILE_UNWRITABLE · FILE_PERMISSIONS · KEY_FILE_INVALID (format, wrong master, missing
 *          domain).
 */
#ifndef HAYAT_AUTH_KEYRING_H
#define HAYAT_AUTH_KEYRING_H

#include <limits.h>
#include <stdbool.h>

#include "base/random.h"
#include "base/status.h"
#include "storage/seal.h"

/* Writes a new master key, mode 0600; FILE_UNWRITABLE when PATH exists: a master key is never overwritten. */
status keyring_create_master(const char *path, struct random_source *random);

/* Makes the keyring file with fresh keys when it is missing and CREATE_IF_MISSING. */
status keyring_open(const char *master_path, const char *keyring_path, bool create_if_missing,
                    struct seal_keys **ret_keys);

enum keyring_file { KEYRING_MASTER, KEYRING_RING, KEYRING_ERASURE };

struct keyring_fault {
    enum keyring_file file;
    char path[PATH_MAX];
    status why; /* OK: all three open */
};

/* Once keyring_open has failed: which of the three files it was. */
void keyring_examine(const char *master_path, const char *keyring_path,
                     struct keyring_fault *ret_fault);
/* "master", "keyring" or "keyring.erasure"; a constant. */
const char *keyring_file_name(enum keyring_file file);
/* What is the matter with it: "is missing", "does not open with this master key, or is damaged"; a constant. */
const char *keyring_fault_text(const struct keyring_fault *fault);

/* NULL is allowed. */
void keyring_close(struct seal_keys *keys);

/* Adds the domains that came after the keyring was made (AUDIT, PEPPER, BANK, ERASURE); changes nothing when none is missing.  For whoever
   is about to write the store, before keyring_open. */
status keyring_upgrade(const char *master_path, const char *keyring_path);

/* Adds an epoch to DOMAIN and makes it the one that seals; KEY_FILE_INVALID for the domains that never rotate
   (see keyring_rotates) and when SEAL_EPOCHS_MAX is reached.  A running server takes it up by keyring_reload. */
status keyring_rotate(const char *master_path, const char *keyring_path, enum key_domain domain);
bool keyring_rotates(enum key_domain domain);

/* Takes the epochs that were added since into KEYS, which other threads go on using.  Retired ones stay until the end of the
   process: a reader may be in the middle of a cell. */
status keyring_reload(const char *master_path, const char *keyring_path, struct seal_keys *keys);

/* Destroys the key of a past epoch, for good: what is still sealed with it can never be read again, so look first
   (storage/reseal.h).  KEY_FILE_INVALID for the current epoch and for one that does not exist. */
status keyring_retire(const char *master_path, const char *keyring_path, enum key_domain domain,
                      uint32_t epoch);

/* Wraps the same keys under another master key. */
status keyring_rewrap(const char *old_master_path, const char *new_master_path,
                      const char *keyring_path);

/* Fresh keys, the erasure keys too, in sodium_malloc memory and no file at all: for tests. */
status keyring_generate(struct random_source *random, struct seal_keys **ret_keys);

#endif
