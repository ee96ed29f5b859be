/*
 * enrolment_file: a device file on its way: the key, and the enrolment that waits for its code.
 *
 * File     JSON, mode 0600: enrolment_id "enr_…", algorithm "p256" or "ed25519", private_key (PEM, PKCS#8), server, ca.  Once
 *          confirmed it has device_id in place of enrolment_id and is a device file (device.h).
 * Reasons  FILE_UNREADABLE · FILE_UNWRITABLE · FILE_PERMISSIONS · KEY_FILE_INVALID.
 */
#ifndef HAYAT_CLI_ENROLMENT_FILE_H
#define HAYAT_CLI_ENROLMENT_FILE_H

#include "device.h"

enum { PUBLIC_KEY_MAX_BYTES = 65 };

struct enrolment_file {
    struct device device;           /* device_id is "" until confirmed */
    char enrolment_id[ID_TEXT_MAX]; /* "" before the server answered */
    char algorithm[8];
};

/* A fresh key; nothing is written. */
status enrolment_file_new(const char *algorithm, struct enrolment_file *ret_file);
status enrolment_file_load(const char *path, struct enrolment_file *ret_file);
status enrolment_file_save(const char *path, const struct enrolment_file *file);
void enrolment_file_fini(struct enrolment_file *file);

/* P-256: the uncompressed point; Ed25519: 32 bytes. */
status enrolment_public_key(const struct enrolment_file *file, uint8_t out[PUBLIC_KEY_MAX_BYTES],
                            size_t *ret_len);

#endif
