/*
 * upload_rules: what an upload accepts.  Pure functions of values.  Sizes and offsets in bytes.
 */
#ifndef HAYAT_SERVICE_UPLOAD_RULES_H
#define HAYAT_SERVICE_UPLOAD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/* What to do with LEN bytes at OFFSET of an upload of SIZE bytes with COMMITTED of them on disk. */
enum append {
    APPEND_TAKE,            /* at the committed size: write them */
    APPEND_AGAIN,           /* all of them are on disk: acknowledge again */
    APPEND_OFFSET_MISMATCH, /* elsewhere: tell the committed size, change nothing */
    APPEND_TOO_LONG,        /* at the committed size, but past the declared size */
};
enum append append_rule(uint64_t committed, uint64_t size, uint64_t offset, uint64_t len);

/* Of a liveness video, and of everything else. */
bool media_type_accepted(const char *media_type, bool is_video);
/* Whether a file may begin so.  HEAD is what is there of its beginning; a short head that fits so far is good unless it
   is the WHOLE file. */
bool media_type_fits(const char *media_type, bytes head, bool whole);

/* What a member has already, when a new upload is declared. */
struct upload_standing {
    size_t documents; /* all records of the member, filed ones included */
    size_t open;      /* uploads taking bytes, over all certificates */
    size_t
        of_certificate; /* live documents of the same certificate, and filed ones that stay beside them */
    size_t of_item;      /* live ones for the same item */
    bool asked;          /* of the certificate a person said that more is needed */
    uint64_t bytes_live; /* declared of its live documents */
    uint64_t
        bytes_kept; /* declared of all that is live, and of what was filed in LIMIT_UPLOAD_COUNTED_MS */
    uint64_t bytes_today; /* declared today */
    size_t count_today;   /* ... in so many uploads */
};
/* OK, UPLOAD_QUOTA, UPLOAD_SPACE or UPLOAD_ITEM_TAKEN.  REPEATS: the item may have several documents. */
status upload_standing_allows(const struct upload_standing *standing, bool repeats, uint64_t size);
/* OK or UPLOAD_QUOTA: SIZE more bytes on a day that has had BYTES_TODAY. */
status upload_fits_the_day(uint64_t bytes_today, uint64_t size);

#endif
