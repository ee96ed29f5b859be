/*
 * copy_file: writes a copy's data.mdb and reckons its SHA-256 on the way; reads one back.
 *
 * What is written goes to the disk every LIMIT_COPY_SYNC_BYTES and leaves the page cache: a gigabyte of it at once would hold up
 * the commits of hayatd beside, and push the store's own pages out.  So what is read back comes from the disk, too.
 * Whatever fails is told on standard error, with the path.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_COPY_FILE_H
#define HAYAT_TOOLS_HAYATCTL_COPY_FILE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "tools/hayatctl/copy_manifest.h"
#include "tools/hayatctl/progress.h"

struct copy_file {
    const char *path; /* borrowed */
    int fd;
    EVP_MD_CTX *sha256;
    uint64_t bytes, synced;
    uint64_t expected; /* for the progress; about */
    struct progress progress;
};

/* A new file, mode 0600; false when PATH is there. */
bool copy_file_create(const char *path, uint64_t expected, bool quiet, struct copy_file *ret_file);
/* Takes a struct copy_file: fits hot_copy_take. */
bool copy_file_take(void *file, bytes piece);
/* Syncs and closes. */
bool copy_file_finish(struct copy_file *file, uint8_t ret_sha256[COPY_DIGEST_BYTES]);
/* Closes what is open; after finish nothing. */
void copy_file_fini(struct copy_file *file);

/* Hands all of FROM to TAKE. */
bool copy_file_read(const char *from, bool (*take)(void *ctx, bytes piece), void *ctx);
bool copy_file_digest(const char *path, uint8_t ret_sha256[COPY_DIGEST_BYTES]);

/* A whole small text file, new, synced, mode 0600. */
bool copy_file_write_text(const char *path, bytes text);
bool copy_file_sync_directory(const char *path);

#endif
