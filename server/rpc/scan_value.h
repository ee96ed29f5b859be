/*
 * scan_value: the bounds of one value, and how a violation is told; the inner half of scan.h.
 */
#ifndef HAYAT_RPC_SCAN_VALUE_H
#define HAYAT_RPC_SCAN_VALUE_H

#include "rpc/scan.h"

/* Where the scan stands: a chain on the stack from the value to the request. */
struct scan_place {
    const struct scan_place *parent; /* NULL in the request itself */
    const struct field_rule *field;
    uint32_t index; /* of the item, for repeated fields */
};

struct request_scan {
    struct arena *arena;
    struct error_details *details;
    uint32_t fields, unknown_fields; /* seen so far, nested ones included */
    size_t unknown_bytes;
    bool invalid; /* a violation was found, told or not */
};

/* "items[2].name"; NULL when the arena is full. */
const char *scan_path(const struct request_scan *scan, const struct scan_place *place);
/* DESCRIPTION may be NULL (arena full): then it counts but is not told. */
void scan_violation(struct request_scan *scan, const struct scan_place *place,
                    const char *description);

/* True when the value is there in the sense of `required`: not zero, not empty. */
bool scan_number(struct request_scan *scan, const struct scan_place *place, uint64_t raw);
bool scan_blob(struct request_scan *scan, const struct scan_place *place, bytes value);
/* False when TEXT is not text at all: MALFORMED_REQUEST. */
bool scan_text(struct request_scan *scan, const struct scan_place *place, bytes text,
               bool *ret_there);
void scan_items(struct request_scan *scan, const struct scan_place *place, uint32_t count);

#endif
