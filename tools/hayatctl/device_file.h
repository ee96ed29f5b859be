/*
 * device_file: a new device's key pair and the JSON file that its client reads:
 * device_id, algorithm ("p256" or "ed25519"), private_key (PEM, PKCS#8), server, ca.
 *
 * Errors  INTERNAL (OpenSSL) · FILE_UNWRITABLE.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEVICE_FILE_H
#define HAYAT_TOOLS_HAYATCTL_DEVICE_FILE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/enrol.h"

enum { DEVICE_PUBLIC_KEY_MAX = 65 };

struct device_pair {
    Hayat__Store__V1__DeviceAlgorithm algorithm;
    EVP_PKEY *key;
    uint8_t public_key[DEVICE_PUBLIC_KEY_MAX];
    size_t public_key_len;
};

bool device_algorithm_parse(const char *name, Hayat__Store__V1__DeviceAlgorithm *ret);
status device_pair_make(Hayat__Store__V1__DeviceAlgorithm algorithm, struct device_pair *ret_pair);
void device_pair_fini(struct device_pair *pair);

struct device_file {
    const char *device_id;
    const char *server, *ca; /* "" when not known */
};

/* Writes PATH with mode 0600, whole or not at all; an existing file is replaced. */
status device_file_write(const char *path, const struct device_pair *pair,
                         const struct device_file *file);

#endif
