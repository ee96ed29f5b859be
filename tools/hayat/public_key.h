/* public_key: one of the fund's Ed25519 public keys, from --key or --key-hex. */
#ifndef HAYAT_CLI_PUBLIC_KEY_H
#define HAYAT_CLI_PUBLIC_KEY_H

#include "hayat.h"

enum { PUBLIC_KEY_BYTES = 32 };

/* Exactly one of the two must be given (CONFIG_INVALID).  A file is PEM, 64 hex digits, or what hayatctl prints. */
status public_key_read(const struct arguments *arguments, uint8_t out[PUBLIC_KEY_BYTES]);

#endif
