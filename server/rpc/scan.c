#include "rpc/scan.h"

#include <assert.h>
#include <string.h>

#include "rpc/scan_value.h"

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5 };

struct reader {
    const uint8_t *at, *end;
};

/*
 * One message being scanned.  SEEN, by index of the field: how many items of a repeated one, how
 * often a sub-message came, and for the rest 1 when the last occurrence is there.
 */
struct level {
    const struct message_rule *rule;
    const struct scan_place *parent;
    int depth;
    uint32_t seen[LIMIT_MESSAGE_FIELDS];
};

static status scan_message(struct request_scan *scan, const struct message_rule *rule, bytes wire,
                           const struct scan_place *parent, int depth);

/* Structural trouble drops what was told before: the sender must mend the encoding first. */
static status malformed(struct request_scan *scan, const struct scan_place *place,
                        const char *description)
{
    struct error_details *details = scan->details;
    details->field_count = 0;
    const char *path = place == NULL ? "" : scan_path(scan, place);
    if (path != NULL) {
        details->fields[details->field_count++] = (struct error_field){path, description};
    }
    return FAIL(MALFORMED_REQUEST);
}

/* --- the wire --- */

/* At most 10 bytes and 64 bits. */
static bool read_varint(struct reader *in, uint64_t *ret)
{
    if (in->at < in->end && *in->at < 0x80) {
        *ret = *in->at++;
        return true;
    }
    uint64_t value = 0;
    for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
        uint8_t b = *in->at++;
        if (shift == 63 && b > 1) {
            return false;
        }
        value |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool read_fixed(struct reader *in, size_t size, uint64_t *ret)
{
    if ((size_t)(in->end - in->at) < size) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)in->at[i] << (8 * i);
    }
    in->at += size;
    *ret = value;
    return true;
}

/* At most 5 bytes, whatever they say: protobuf's own parsers take no longer ones (SEC-E5). */
static bool read_length(struct reader *in, bytes *ret)
{
    const uint8_t *start = in->at;
    uint64_t len;
    if (!read_varint(in, &len) || in->at - start > 5 || len > (uint64_t)(in->end - in->at)) {
        return false;
    }
    *ret = bytes_of(in->at, (size_t)len);
    in->at += len;
    return true;
}

static bool read_number(struct reader *in, enum wire_type type, uint64_t *ret)
{
    switch (type) {
    case WIRE_VARINT:
        return read_varint(in, ret);
    case WIRE_64:
        return read_fixed(in, 8, ret);
    case WIRE_32:
        return read_fixed(in, 4, ret);
    case WIRE_LENGTH:
        break;
    }
    return false;
}

/* Groups (wire types 3 and 4) and the two that mean nothing are refused. */
static bool read_tag(struct reader *in, uint32_t *ret_number, enum wire_type *ret_type)
{
    const uint8_t *start = in->at;
    uint64_t tag;
    if (!read_varint(in, &tag) || in->at - start > 5 || tag > UINT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)tag >> 3;
    *ret_type = (enum wire_type)(tag & 7);
    return *ret_number != 0 && (0x27U >> (tag & 7) & 1U) != 0;
}

static enum wire_type wire_type_of(enum field_kind kind)
{
    switch (kind) {
    case FIELD_INT32:
    case FIELD_INT64:
    case FIELD_UINT32:
    case FIELD_UINT64:
    case FIELD_SINT32:
    case FIELD_SINT64:
    case FIELD_BOOL:
    case FIELD_ENUM:
        return WIRE_VARINT;
    case FIELD_FIXED32:
    case FIELD_SFIXED32:
        return WIRE_32;
    case FIELD_FIXED64:
    case FIELD_SFIXED64:
        return WIRE_64;
    case FIELD_STRING:
    case FIELD_BYTES:
    case FIELD_MESSAGE:
        break;
    }
    return WIRE_LENGTH;
}

/* --- fields --- */

/* Index into rule->fields, or -1. */
static int find_field(const struct message_rule *rule, uint32_t number)
{
    size_t low = 0, high = rule->field_count;
    if (number <= high && rule->fields[number - 1].number == number) {
        return (int)number - 1; /* most messages number their fields from 1 without holes */
    }
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rule->fields[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rule->field_count && rule->fields[low].number == number ? (int)low : -1;
}

/* SEC-E5: a newer client sends a few fields we do not know; they are passed over unread. */
static status skip_unknown(struct request_scan *scan, struct reader *in, enum wire_type type,
                           const struct scan_place *parent)
{
    const uint8_t *start = in->at;
    uint64_t number;
    bytes value;
    bool read = type == WIRE_LENGTH ? read_length(in, &value) : read_number(in, type, &number);
    if (!read) {
        return malformed(scan, parent, "is cut short");
    }
    scan->unknown_bytes += (size_t)(in->at - start);
    if (++scan->unknown_fields > LIMIT_UNKNOWN_FIELDS ||
        scan->unknown_bytes > LIMIT_UNKNOWN_BYTES) {
        return malformed(scan, parent, "has too many unknown fields");
    }
    return STATUS_OK;
}

/* A further item; its number goes into PLACE. */
static void count_item(struct request_scan *scan, struct scan_place *place, uint32_t *seen)
{
    place->index = (*seen)++;
    scan_items(scan, place, *seen);
}

static status scan_packed(struct request_scan *scan, struct scan_place *place, bytes wire,
                          uint32_t *seen)
{
    enum wire_type type = wire_type_of(place->field->kind);
    struct reader in = {wire.ptr, wire.ptr + wire.len};
    while (in.at < in.end) {
        uint64_t raw;
        place->index = *seen;
        if (!read_number(&in, type, &raw)) {
            return malformed(scan, place, "is cut short");
        }
        if (++scan->fields > LIMIT_FIELD_COUNT) {
            return malformed(scan, place, "has too many fields");
        }
        count_item(scan, place, seen);
        (void)scan_number(scan, place, raw);
    }
    return STATUS_OK;
}

static status scan_scalar(struct request_scan *scan, struct scan_place *place, struct reader *in,
                          uint32_t *seen)
{
    uint64_t raw;
    if (!read_number(in, wire_type_of(place->field->kind), &raw)) {
        return malformed(scan, place, "is cut short");
    }
    if (place->field->repeated) {
        count_item(scan, place, seen);
        (void)scan_number(scan, place, raw);
    } else {
        *seen = scan_number(scan, place, raw);
    }
    return STATUS_OK;
}

static status scan_sub_message(struct request_scan *scan, const struct scan_place *place,
                               bytes wire, const struct level *level)
{
    if (!place->field->repeated && level->seen[place->field - level->rule->fields] > 1) {
        return malformed(scan, place, "is given twice"); /* SEC-E5: merging is quadratic */
    }
    return scan_message(scan, place->field->message, wire, place, level->depth + 1);
}

static status scan_delimited(struct request_scan *scan, struct scan_place *place, struct reader *in,
                             struct level *level)
{
    const struct field_rule *field = place->field;
    uint32_t *seen = &level->seen[field - level->rule->fields];
    bytes value;
    bool there;
    if (!read_length(in, &value)) {
        return malformed(scan, place, "is cut short");
    }
    if (wire_type_of(field->kind) != WIRE_LENGTH) {
        return scan_packed(scan, place, value, seen);
    }
    if (field->repeated) {
        count_item(scan, place, seen);
    } else if (field->kind == FIELD_MESSAGE) {
        ++*seen;
    }
    if (field->kind == FIELD_MESSAGE) {
        return scan_sub_message(scan, place, value, level);
    }
    if (field->kind == FIELD_BYTES) {
        there = scan_blob(scan, place, value);
    } else if (!scan_text(scan, place, value, &there)) {
        return malformed(scan, place, "must be UTF-8 text without NUL");
    }
    if (!field->repeated) {
        *seen = there;
    }
    return STATUS_OK;
}

static status scan_field(struct request_scan *scan, const struct field_rule *field,
                         enum wire_type type, struct reader *in, struct level *level)
{
    uint32_t *seen = &level->seen[field - level->rule->fields];
    struct scan_place place = {level->parent, field, *seen};
    enum wire_type expected = wire_type_of(field->kind);
    if (type == WIRE_LENGTH && (expected == WIRE_LENGTH || field->repeated)) {
        return scan_delimited(scan, &place, in, level);
    }
    if (type != expected) {
        return malformed(scan, &place, "has another type");
    }
    return scan_scalar(scan, &place, in, seen);
}

/* --- messages --- */

static void check_required(struct request_scan *scan, const struct level *level)
{
    for (size_t i = 0; i < level->rule->field_count; i++) {
        const struct field_rule *field = &level->rule->fields[i];
        if (field->required && level->seen[i] == 0) {
            struct field_rule whole = *field; /* the path of a list as such has no index */
            whole.repeated = false;
            const struct scan_place place = {level->parent, &whole, 0};
            scan_violation(scan, &place, "must be set");
        }
    }
}

static status scan_message(struct request_scan *scan, const struct message_rule *rule, bytes wire,
                           const struct scan_place *parent, int depth)
{
    struct level level;
    level.rule = rule;
    level.parent = parent;
    level.depth = depth;
    assert(rule->field_count <= LIMIT_MESSAGE_FIELDS);
    memset(level.seen, 0, rule->field_count * sizeof level.seen[0]);
    if (depth > LIMIT_MESSAGE_DEPTH) {
        return malformed(scan, NULL, "is nested too deep"); /* the path would be as deep */
    }
    struct reader in = {wire.ptr, wire.ptr + wire.len};
    while (in.at < in.end) {
        uint32_t number;
        enum wire_type type;
        if (!read_tag(&in, &number, &type)) {
            return malformed(scan, parent, "is not a protobuf message");
        }
        if (++scan->fields > LIMIT_FIELD_COUNT) {
            return malformed(scan, parent, "has too many fields");
        }
        int field = find_field(rule, number);
        TRY(field < 0 ? skip_unknown(scan, &in, type, parent)
                      : scan_field(scan, &rule->fields[field], type, &in, &level));
    }
    check_required(scan, &level);
    return STATUS_OK;
}

status scan_request(const struct message_rule *rule, bytes wire, struct arena *arena,
                    struct error_details *details)
{
    static const uint8_t nothing = 0;
    struct request_scan scan = {.arena = arena, .details = details};
    details->field_count = 0;
    /* An empty request may come without memory; pointers are compared. */
    TRY(scan_message(&scan, rule, wire.ptr == NULL ? bytes_of(&nothing, 0) : wire, NULL, 1));
    return scan.invalid ? FAIL(INVALID_FIELD) : STATUS_OK;
}
