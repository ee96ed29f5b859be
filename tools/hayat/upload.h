/*
 * upload: brings one document's bytes to the server, whatever happens to the line in between.
 *
 * The server says where to go on (GetUpload's committed_size); bytes go from there through AppendChunk, UPLOAD_STEP_BYTES at a time, each
 * after the answer that the one before is on disk: a break costs at most one of them again.
 * Reasons  GAVE_UP · FILE_CHANGED · what the server refuses (UPLOAD_EXPIRED, NOT_FOUND,
 *          UPLOAD_DIGEST_MISMATCH …).
 */
#ifndef HAYAT_CLI_UPLOAD_H
#define HAYAT_CLI_UPLOAD_H

#include "hayat.h"
#include "journal.h"

enum {
    UPLOAD_STEP_BYTES = 65475
}; /* what the server keeps in one stored chunk: no step straddles two */

status upload_document(struct hayat *hayat, const struct filing_document *document,
                       struct retry *retry);

#endif
