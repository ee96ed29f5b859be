/*
 * receipt_text: a signed receipt as one line of capitals and digits, for a QR code, a letter or a telephone's clipboard.
 *
 *     HAYAT1:KEYID:PAYLOAD:SIGNATURE
 *
 * KEYID is 16 hexadecimal digits; PAYLOAD and SIGNATURE are base32 (base/codec.h) of the bytes that SignedReceipt has.  All capitals: a QR
 * code holds such a text in two thirds of the room.  Whoever reads it takes either case.  Knows no store: clients link it.
 *
 * Memory  outputs live in the arena.
 * Reasons RECEIPT_INVALID (it is no such text) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_RECEIPT_TEXT_H
#define HAYAT_SERVICE_RECEIPT_TEXT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "hayat/v1/life_certificate.pb-c.h"

status receipt_to_text(const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                       char **ret_text);
/* White space around TEXT is no part of it. */
status receipt_of_text(bytes text, struct arena *arena, Hayat__V1__SignedReceipt *ret_receipt);
/* It begins as one does. */
bool receipt_text_likely(bytes text);

#endif
