/*
 * xchacha: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), by whoever is quicker at the length: libsodium for short
 * texts; for long ones OpenSSL's ChaCha20 and Poly1305, which use wide registers, put together as RFC 8439 says after libsodium's
 * HChaCha20.  The bytes are the same.  (OpenSSL's own ChaCha20-Poly1305 is the same code, and 0.3 us of bookkeeping for each text.)
 *
 * Memory  two OpenSSL contexts a thread, wiped and freed when the thread ends.  They keep the keys of their last text, which open
 *         that one text and are made from a key that the process holds all the time.
 * Threads re-entrant.
 */
#ifndef HAYAT_STORAGE_XCHACHA_H
#define HAYAT_STORAGE_XCHACHA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { XCHACHA_KEY_BYTES = 32, XCHACHA_NONCE_BYTES = 24, XCHACHA_TAG_BYTES = 16 };

/* Writes plain.len + XCHACHA_TAG_BYTES bytes to OUT, the tag last. */
void xchacha_seal(const uint8_t key[XCHACHA_KEY_BYTES], const uint8_t nonce[XCHACHA_NONCE_BYTES],
                  bytes bound, bytes plain, uint8_t *out);
/* SEALED includes the tag.  False, and nothing of the text in OUT, when it is not what was sealed with this key, nonce and BOUND. */
bool xchacha_open(const uint8_t key[XCHACHA_KEY_BYTES], const uint8_t nonce[XCHACHA_NONCE_BYTES],
                  bytes bound, bytes sealed, uint8_t *out);

#endif
