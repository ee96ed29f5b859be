/*
 * journal: how far a filing has come, in one small file, so that the same command goes on after a
 * kill.
 *
 * Name     filing-<16 hex digits>.json: a digest of the device, the route and every document's item
 *          and SHA-256.  The same command finds its journal again; other documents are another
 *          filing.
 * Rules    a request_id is on disk before its first call leaves, so every call can be repeated; ids
 *          the server gave are written as soon as they are known.  The journal goes once the
 *          receipt has been shown.
 * Locking  the journal of a filing is held by one process at a time (flock on filing-….lock).
 * Reasons  ALREADY_RUNNING · FILE_UNWRITABLE · FILE_PERMISSIONS.
 */
#ifndef HAYAT_CLI_JOURNAL_H
#define HAYAT_CLI_JOURNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/status.h"
#include "base/uuid.h"

enum { SHA256_BYTES = 32 };

/* One document of the filing: what it is (from the command line), and where its upload stands
 * (from the journal). */
struct filing_document {
    const char *path;
    int32_t item; /* Hayat__V1__DocumentItem */
    const char *media_type;
    int64_t size_bytes;
    uint8_t sha256[SHA256_BYTES];
    char request_id[UUID_TEXT_BYTES];
    char challenge_id
        [ID_TEXT_MAX];           /* that a video follows, on disk before its first call; else "" */
    char upload_id[ID_TEXT_MAX]; /* "" until CreateUpload answered */
    bool complete;               /* all bytes are on the server's disk */
};

struct journal {
    int32_t route; /* Hayat__V1__ProofRoute */
    struct filing_document documents[LIMIT_DOCUMENTS_PER_CERTIFICATE];
    size_t document_count;
    char create_request_id[UUID_TEXT_BYTES];
    char submit_request_id[UUID_TEXT_BYTES];
    char certificate_id[ID_TEXT_MAX]; /* "" until CreateLifeCertificate answered */
    bool resumed;                     /* found on disk by journal_open */
    char path[PATH_MAX];
    int lock_fd;
};

/*
 * Takes route and documents (path, item, media type, size, digest) from *journal; finds the rest on
 * disk or makes new request ids and saves them.
 */
status journal_open(struct journal *journal, const char *directory, const char *device_id,
                    struct random_source *random);
status journal_save(const struct journal *journal);
/* New request ids and nothing done yet: for a draft that the server no longer has. */
status journal_restart(struct journal *journal, struct random_source *random);
/* A new upload for one document: for an upload that has expired. */
status journal_restart_document(struct journal *journal, struct filing_document *document,
                                struct random_source *random);
/* The filing is done. */
status journal_finish(struct journal *journal);
void journal_close(struct journal *journal);

#endif
