/*
 * bank_signature: the fund's signature under a file of effective changes of account, in FILE.sig beside it, so that who edits, renames or
 * makes up a file on its way to the core system is found out.
 *
 * Signed   Ed25519, by the key of receipts, over  "hayat bank export v1" ‖ 0x00 ‖ the file's name ‖ 0x0a ‖ its content.
 * FILE.sig "KEYID SIGNATURE", both in hex, and a line end.
 * Reasons  FILE_UNWRITABLE · FILE_UNREADABLE · ARENA_FULL · EXPORT_INVALID (any difference, whatever it is).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_BANK_SIGNATURE_H
#define HAYAT_TOOLS_HAYATCTL_BANK_SIGNATURE_H

#include "base/bytes.h"
#include "base/status.h"
#include "service/receipt.h"

/* Of CONTENT, which PATH will hold; one of an earlier try is replaced. */
status bank_signature_write(const struct seal_keys *keys, const char *path, bytes content);
status bank_signature_check(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES], const char *path,
                            bytes content);

#endif
