/*
 * media: what a file is, by its first bytes, and its size and digest.
 * Reasons  FILE_UNREADABLE · FILE_SIZE_REFUSED · MEDIA_TYPE_REFUSED.
 */
#ifndef HAYAT_CLI_MEDIA_H
#define HAYAT_CLI_MEDIA_H

#include "base/bytes.h"
#include "base/status.h"
#include "journal.h"

/* "application/pdf", "image/jpeg", "image/png", "image/heic", or NULL. */
const char *media_type_of(bytes head);

/* Fills media type, size and digest of the file at document->path. */
status media_inspect(struct filing_document *document);

#endif
