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
/* The wrong file of two public keys is no forgery: KEY_OTHER, and says which key is wanted, when KEY is not the one that KEY_ID names.  What
   a signed text says of its key is a claim until it verifies. */
status fund_key_signed(const struct hayat *hayat, const char *key_id,
                       const uint8_t key[RECEIPT_PUBLIC_KEY_BYTES]);
/* A base64 field of JSON into the arena.  RECEIPT_INVALID. */
status json_binary(const json_t *json, const char *name, struct arena *arena,
                   ProtobufCBinaryData *ret);

#endif
