/*
 * upload_quota: what a member has declared and sent on one day (domain 5), against LIMIT_UPLOAD_BYTES_PER_DAY and
 * LIMIT_UPLOADS_PER_DAY.  A day is 24 hours of UTC.
 *
 * Bytes count when they are declared.  Bytes that never came are given back when the upload is cancelled; bytes that
 * came and were wrong are not: starting over counts the file again, or one upload could be sent for ever.
 *
 * All of it in the handler's write transaction.
 */
#ifndef HAYAT_SERVICE_UPLOAD_QUOTA_H
#define HAYAT_SERVICE_UPLOAD_QUOTA_H

#include "service/rpc.h"
#include "service/upload_rules.h"
#include "storage/document_store.h"

/* Fills in the day's part of the standing. */
status upload_quota_read(struct rpc *rpc, struct upload_standing *standing);
/* Counts one upload of SIZE bytes that was allowed, and forgets the days that are over. */
status upload_quota_declare(struct rpc *rpc, uint64_t size);
/* Counts SIZE bytes that will come again; UPLOAD_QUOTA, and nothing counted, when the day has no room for them. */
status upload_quota_restart(struct rpc *rpc, uint64_t size);
/* What of the upload never came counts no longer, on the day it was declared. */
status upload_quota_give_back(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload);

#endif
