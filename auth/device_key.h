/*
 * device_key: the public keys of members' devices and what they sign.
 *
 * P-256    65 bytes, uncompressed point, on the curve; signatures are r ‖ s, 64 bytes, over SHA-256.  High and low s are
 *          both taken: phones' key stores do not normalise, and a signature is used once, with its nonce.
 * Ed25519  32 bytes, canonical and in the prime-order group; signatures are RFC 8032's, 64 bytes.
 * Message  "hayat sign-in v1" ‖ 0x00 ‖ nonce (32) ‖ device id as text.
 * Threads  re-entrant.
 * Reasons  DEVICE_KEY_INVALID · SIGNATURE_INVALID.
 */
#ifndef HAYAT_AUTH_DEVICE_KEY_H
#define HAYAT_AUTH_DEVICE_KEY_H

#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"

enum {
    DEVICE_P256_KEY_BYTES = 65,
    DEVICE_ED25519_KEY_BYTES = 32,
    DEVICE_SIGNATURE_BYTES = 64,
    SIGN_IN_NONCE_BYTES = 32,
    SIGN_IN_MESSAGE_MAX = 16 + 1 + SIGN_IN_NONCE_BYTES + ID_TEXT_MAX,
};

struct device_key {
    Hayat__Store__V1__DeviceAlgorithm algorithm;
    bytes public_key;
};

status device_key_check(const struct device_key *key);
status device_key_verify(const struct device_key *key, bytes message, bytes signature);

/* Writes the message a device signs to sign in; returns its length. */
size_t sign_in_message(const uint8_t nonce[SIGN_IN_NONCE_BYTES], struct id device,
                       uint8_t out[SIGN_IN_MESSAGE_MAX]);

/* A valid key of that algorithm and no secret: the caller must refuse whatever verifying with it
   says.  For spending the same work on devices that do not exist (SEC-B3). */
struct device_key device_key_decoy(Hayat__Store__V1__DeviceAlgorithm algorithm);

#endif
