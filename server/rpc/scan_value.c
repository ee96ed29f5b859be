#include "rpc/scan_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/id.h"

const char *scan_path(const struct request_scan *scan, const struct scan_place *place)
{
    const char *parent = place->parent == NULL
                             ? ""
                             : scan_path(scan, place->parent); /* LIMIT_MESSAGE_DEPTH */
    if (parent == NULL) {
        return NULL;
    }
    const char *dot = parent[0] == '\0' ? "" : ".";
    if (place->field->repeated) {
        return arena_printf(scan->arena, "%s%s%s[%" PRIu32 "]", parent, dot, place->field->name,
                            place->index);
    }
    return arena_printf(scan->arena, "%s%s%s", parent, dot, place->field->name);
}

void scan_violation(struct request_scan *scan, const struct scan_place *place,
                    const char *description)
{
    struct error_details *details = scan->details;
    scan->invalid = true;
    if (details->field_count >= LIMIT_VIOLATIONS || description == NULL) {
        return;
    }
    const char *path = scan_path(scan, place);
    if (path != NULL) {
        details->fields[details->field_count++] = (struct error_field){path, description};
    }
}

/* Whether a description is still worth its memory. */
static bool full(const struct request_scan *scan)
{
    return scan->details->field_count >= LIMIT_VIOLATIONS;
}

/* --- numbers --- */

/* The value as protobuf-c will hand it over; *RET_HUGE for unsigned ones above INT64_MAX. */
static int64_t number_of(enum field_kind kind, uint64_t raw, bool *ret_huge)
{
    *ret_huge = false;
    switch (kind) {
    case FIELD_INT32:
    case FIELD_ENUM:
    case FIELD_SFIXED32:
        return (int32_t)(uint32_t)raw;
    case FIELD_UINT32:
    case FIELD_FIXED32:
        return (uint32_t)raw;
    case FIELD_SINT32:
        return (int32_t)((uint32_t)raw >> 1 ^ (0U - ((uint32_t)raw & 1)));
    case FIELD_SINT64:
        return (int64_t)(raw >> 1 ^ (0U - (raw & 1)));
    case FIELD_UINT64:
    case FIELD_FIXED64:
        *ret_huge = raw > INT64_MAX;
        return (int64_t)raw;
    case FIELD_INT64:
    case FIELD_SFIXED64:
        return (int64_t)raw;
    case FIELD_BOOL:
        return raw != 0;
    case FIELD_STRING:
    case FIELD_BYTES:
    case FIELD_MESSAGE:
        break;
    }
    return 0;
}

static const char *range_text(const struct request_scan *scan, const struct field_rule *field)
{
    if (full(scan)) {
        return NULL;
    }
    if (field->has_min && field->has_max) {
        return arena_printf(scan->arena, "must be between %" PRId64 " and %" PRId64, field->min,
                            field->max);
    }
    if (field->has_min) {
        return arena_printf(scan->arena, "must be at least %" PRId64, field->min);
    }
    return arena_printf(scan->arena, "must be at most %" PRId64, field->max);
}

static bool is_declared(const struct enum_rule *rule, int64_t value)
{
    for (size_t i = 0; i < rule->count; i++) {
        if (rule->values[i] == value) {
            return true;
        }
    }
    return false;
}

bool scan_number(struct request_scan *scan, const struct scan_place *place, uint64_t raw)
{
    const struct field_rule *field = place->field;
    bool huge;
    int64_t value = number_of(field->kind, raw, &huge);
    if (value == 0 && !field->presence && !field->repeated) {
        return false; /* the same as absent */
    }
    if ((field->has_min && value < field->min && !huge) ||
        (field->has_max && (value > field->max || huge))) {
        scan_violation(scan, place, range_text(scan, field));
    }
    if (field->kind == FIELD_ENUM && !is_declared(field->enumeration, value)) {
        scan_violation(scan, place, "must be one of the declared values");
    }
    return value != 0;
}

/* --- lengths and formats --- */

static void check_length(struct request_scan *scan, const struct scan_place *place, size_t len)
{
    const struct field_rule *field = place->field;
    if (len >= field->min_len && len <= field->max_len) {
        return;
    }
    const char *text = NULL;
    if (full(scan)) {
        text = NULL;
    } else if (field->min_len == field->max_len) {
        text = arena_printf(scan->arena, "must be exactly %" PRIu32 " bytes long", field->max_len);
    } else if (len > field->max_len) {
        text = arena_printf(scan->arena, "must be at most %" PRIu32 " bytes long", field->max_len);
    } else {
        text = arena_printf(scan->arena, "must be at least %" PRIu32 " bytes long", field->min_len);
    }
    scan_violation(scan, place, text);
}

/* An empty value without presence is an absent one: no bound but `required` applies. */
static bool absent(const struct field_rule *field, size_t len)
{
    return len == 0 && !field->presence && !field->repeated;
}

bool scan_blob(struct request_scan *scan, const struct scan_place *place, bytes value)
{
    if (!absent(place->field, value.len)) {
        check_length(scan, place, value.len);
    }
    return value.len > 0;
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 9562: 8-4-4-4-12. */
static bool is_uuid(bytes text)
{
    if (text.len != 36) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.ptr[i] != '-' : !is_hex(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_digits(bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

/* PAIR is "uploads/upl": TEXT must be "uploads/" and an id with prefix "upl". */
static bool is_resource_of(bytes text, bytes pair)
{
    char prefix[ID_TEXT_MAX];
    const uint8_t *slash = memchr(pair.ptr, '/', pair.len);
    size_t name = slash == NULL ? 0 : (size_t)(slash - pair.ptr) + 1;
    size_t len = pair.len - name;
    if (slash == NULL || len >= sizeof prefix || text.len < name ||
        memcmp(text.ptr, pair.ptr, name) != 0) {
        return false;
    }
    memcpy(prefix, pair.ptr + name, len);
    prefix[len] = '\0';
    struct id id;
    return id_parse(bytes_skip(text, name), prefix, &id);
}

static bool is_resource(bytes text, const char *pairs)
{
    for (const char *pair = pairs; pair != NULL;) {
        const char *comma = strchr(pair, ',');
        size_t len = comma == NULL ? strlen(pair) : (size_t)(comma - pair);
        if (is_resource_of(text, bytes_of(pair, len))) {
            return true;
        }
        pair = comma == NULL ? NULL : comma + 1;
    }
    return false;
}

static bool has_format(const struct field_rule *field, bytes text)
{
    struct id id;
    switch (field->format) {
    case FORMAT_UUID:
        return is_uuid(text);
    case FORMAT_ID:
        return id_parse(text, field->prefix, &id);
    case FORMAT_DIGITS:
        return is_digits(text);
    case FORMAT_RESOURCE:
        return is_resource(text, field->prefix);
    case FORMAT_ANY:
        break;
    }
    return true;
}

static const char *format_text(const struct request_scan *scan, const struct field_rule *field)
{
    switch (field->format) {
    case FORMAT_UUID:
        return "must be a UUID";
    case FORMAT_ID:
        return full(scan) ? NULL
                          : arena_printf(scan->arena, "must be \"%s_\" and 26 characters of base32",
                                         field->prefix);
    case FORMAT_DIGITS:
        return "must be digits";
    case FORMAT_RESOURCE:
        return full(scan)
                   ? NULL
                   : arena_printf(scan->arena, "must be a resource name (%s)", field->prefix);
    case FORMAT_ANY:
        break;
    }
    return "";
}

bool scan_text(struct request_scan *scan, const struct scan_place *place, bytes text,
               bool *ret_there)
{
    const struct field_rule *field = place->field;
    *ret_there = text.len > 0;
    if (absent(field, text.len)) {
        return true;
    }
    bool formed = has_format(field, text);
    /* What has one of the formats is ASCII. */
    if ((field->format == FORMAT_ANY || !formed) && !bytes_is_text(text)) {
        return false;
    }
    check_length(scan, place, text.len);
    if (!formed) {
        scan_violation(scan, place, format_text(scan, field));
    }
    return true;
}

void scan_items(struct request_scan *scan, const struct scan_place *place, uint32_t count)
{
    /* Told once, by the first item too many. */
    if (count == place->field->max_items + 1) {
        const char *text = full(scan)
                               ? NULL
                               : arena_printf(scan->arena, "must have at most %" PRIu32 " items",
                                              place->field->max_items);
        scan_violation(scan, place, text);
    }
}
