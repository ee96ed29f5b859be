/*
 * signature: what checking the fund's signatures needs: its public key from the command line, signed bytes from JSON.
 */
#ifndef HAYAT_CLI_SIGNATURE_H
#define HAYAT_CLI_SIGNATURE_H

#include <jansson.h>

#include "hayat.h"
#include "service/receipt_verify.h"

/* From --key-hex, or from --key's file: PEM, hexadecimal, or what `hayatctl receipt-key` prints.  KEY_FILE_INVALID. */
status fund_key_read(const struct arguments *arguments, uint8_t out[RECEIPT_PUBLIC_KEY_BYTES]);
/* A base64 field of JSON into the arena.  RECEIPT_INVALID. */
status json_binary(const json_t *json, const char *name, struct arena *arena,
                   ProtobufCBinaryData *ret);

#endif
