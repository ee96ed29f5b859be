/*
 * copy_manifest: the text beside the data.mdb of a copy: what it is, and what it takes to open it.
 *
 *     hayat copy 1
 *     # …                          a line for whoever finds it
 *     time 20261129T162036.123Z    when it began
 *     version 0.9.0                of the hayatctl that made it
 *     bytes 4194304                of data.mdb
 *     sha256 HEX                   of data.mdb
 *     transaction 1234             LMDB's last one in it
 *     records 4567                 opened in it, each with its key, and none was bad
 *     epochs health 1 2            what the keyring must have, a line for each domain
 *
 * Parsing is strict: every line once, nothing else, a newline at the end.  The text is no secret, and it is not signed: whoever
 * can change it can change the copy, whose records are sealed each by itself.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_COPY_MANIFEST_H
#define HAYAT_TOOLS_HAYATCTL_COPY_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "storage/seal.h"
#include "tools/hayatctl/copy_rules.h"

enum { COPY_DIGEST_BYTES = 32, COPY_VERSION_BYTES = 32 };

struct copy_manifest {
    char time[COPY_NAME_BYTES];
    char version[COPY_VERSION_BYTES];
    uint64_t bytes, transaction, records;
    uint64_t bad; /* of the records: did not open, as in the store that was copied */
    uint8_t sha256[COPY_DIGEST_BYTES];
    uint32_t epochs[DOMAIN_MAX]; /* a bit for each epoch */
};

/* Returns its length; it always fits. */
size_t copy_manifest_print(const struct copy_manifest *manifest, char out[LIMIT_MANIFEST_BYTES]);
bool copy_manifest_parse(bytes text, struct copy_manifest *ret_manifest);

/* Whether KEYS have every epoch; else the first that is missing. */
bool copy_manifest_opens_with(const struct copy_manifest *manifest, const struct seal_keys *keys,
                              enum key_domain *ret_domain, uint32_t *ret_epoch);

#endif
