/*
 * liveness: the challenge of a certificate that is proven by a video.
 *
 *   (asked for) ──▶ waits in the certificate ──its video is declared in time──▶ in the video's document, for good
 *                       │ └─another is asked for: gone
 *                       └───LIMIT_LIVENESS_MS, steady time: answers nothing any more
 *
 * It is in one place at a time: what was answered waits no more, so nothing is used twice.  What it asks for is drawn by
 * liveness_rules.h and is about nobody.
 *
 * Memory   outputs live in rpc->arena.
 * Reasons  LIVENESS_CHALLENGE_INVALID (unknown, another certificate's, another device's, used, expired: alike) · INVALID_FIELD · ARENA_FULL
 *          · STORE_CORRUPT.
 */
#ifndef HAYAT_SERVICE_LIVENESS_H
#define HAYAT_SERVICE_LIVENESS_H

#include "hayat/store/v1/records.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "service/rpc.h"

typedef Hayat__Store__V1__StoredLivenessChallenge liveness_row;

/* Whether item, route, media type and challenge of a declaration fit each other. */
status liveness_check_declaration(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                                  const Hayat__Store__V1__StoredLifeCertificate *certificate);
/* Moves the challenge that is named from the certificate, which is put, into UPLOAD, which must be put afterwards.  Nothing for other items. */
status liveness_take(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                     Hayat__Store__V1__StoredLifeCertificate *certificate,
                     Hayat__Store__V1__StoredDocument *upload);
/* Whether a document that is to be filed by the caller is a video without a challenge of its device. */
status liveness_is_missing(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *document,
                           bool *ret_missing);

/* In the caller's language; NULL for NULL. */
status liveness_message(struct rpc *rpc, const liveness_row *row,
                        Hayat__V1__LivenessChallenge **ret_message);
/* The one that waits, to the device that asked for it; else NULL. */
status liveness_waiting_message(struct rpc *rpc,
                                const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                Hayat__V1__LivenessChallenge **ret_message);

#endif
