/* filing: drafts and uploads for the writes, made through the API by one member each. */
#ifndef HAYAT_BENCH_FILING_H
#define HAYAT_BENCH_FILING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "rpc/client/client.h"

enum {
    DIGEST_BYTES = 32,
    FILING_STEP_BYTES = 4 * 65475, /* one message: four stored chunks, within the API's 256 KiB */
};

struct upload_plan {
    const char *token;
    int64_t size_bytes;
    uint8_t sha256[DIGEST_BYTES];
    int item;             /* FILING_ITEM_FORM (0) or FILING_ITEM_OTHER */
    int bytes_per_second; /* 0: as fast as it goes */
};

enum { FILING_ITEM_FORM = 0, FILING_ITEM_OTHER = 1 };

/* A draft and an upload in it; false when either is refused, told on standard error. */
bool filing_open(struct channel *channel, const struct upload_plan *plan,
                 char ret_upload_id[ID_TEXT_MAX]);

/* The two halves of it: a draft, and an upload in a draft. */
bool filing_draft(struct channel *channel, const char *token, char ret_draft[ID_TEXT_MAX]);
bool filing_declare(struct channel *channel, const struct upload_plan *plan, const char *draft,
                    char ret_upload_id[ID_TEXT_MAX]);

/* Sends BYTES through ByteStream.Write, to the end; false when that fails.  Tells what the server says it has. */
bool filing_send(struct channel *channel, const struct upload_plan *plan, const char *upload_id,
                 const uint8_t *data, int64_t *ret_committed);

#endif
