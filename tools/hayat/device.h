/*
 * device: the enrolled device's key file, as hayatctl enrol writes it, and its signature for
 * signing in.
 *
 * File     JSON: device_id "dev_…", algorithm "p256" or "ed25519", private_key (PEM, PKCS#8),
 *          server "host:port", ca (path of the roots; relative to the working directory or to the
 *          file's own directory).  Mode 0600.
 * Reasons  FILE_UNREADABLE · FILE_PERMISSIONS · KEY_FILE_INVALID.
 */
#ifndef HAYAT_CLI_DEVICE_H
#define HAYAT_CLI_DEVICE_H

#include <limits.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"

enum { DEVICE_SIGNATURE_BYTES = 64, SERVER_TEXT_MAX = 256 };

struct device {
    char device_id[ID_TEXT_MAX];
    char server[SERVER_TEXT_MAX]; /* "" when the file names none */
    char ca[PATH_MAX];            /* absolute; "" when the file names none */
    EVP_PKEY *key;
};

status device_load(const char *path, struct device *ret_device);
/* The same of a file whose device is not enrolled yet: device_id may be missing. */
status device_load_key(const char *path, struct device *ret_device);
void device_fini(struct device *device);

/* A key alone, with neither id nor server: what a session opened by passphrase has.  KEY_FILE_INVALID. */
status device_from_pem(const char *pem, const char *algorithm, struct device *ret_device);

enum { KEY_PEM_MAX = 512 };

/* A new Ed25519 key: its private half as PEM, and the 32 bytes of its public half. */
status device_key_generate(char ret_pem[KEY_PEM_MAX], uint8_t ret_public[32]);

/* Signs MESSAGE: ECDSA-SHA256 as r ‖ s for P-256, else Ed25519. */
status device_sign_message(const struct device *device, bytes message,
                           uint8_t ret_signature[DEVICE_SIGNATURE_BYTES]);

/* Signs "hayat sign-in v1" ‖ 0x00 ‖ nonce ‖ device_id: ECDSA-SHA256 as r ‖ s for P-256, else
 * Ed25519. */
status device_sign(const struct device *device, bytes nonce,
                   uint8_t ret_signature[DEVICE_SIGNATURE_BYTES]);

#endif
