#include <string.h>

#include "check.h"

typedef Google__Protobuf__FieldDescriptorProto__Type proto_type;

#define TYPE(name) GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_##name

static bool is_text_or_bytes(proto_type type)
{
    return type == TYPE(STRING) || type == TYPE(BYTES);
}

static bool is_number(proto_type type)
{
    return !is_text_or_bytes(type) && type != TYPE(MESSAGE) && type != TYPE(GROUP) &&
           type != TYPE(BOOL) && type != TYPE(ENUM);
}

struct subject {
    struct model *model;
    const struct model_message *message;
    const struct model_field *field;
};

static void refuse(const struct subject *s, const char *text)
{
    problem(s->model, s->message->file->name, s->field->full_name, "%s", text);
}

/* SEC-E5: nothing of open size. */
static void check_missing(const struct subject *s)
{
    const Hayat__Policy__V1__FieldBounds *bounds = s->field->bounds;
    if (is_text_or_bytes(s->field->proto->type) && bounds->max_len == 0) {
        refuse(s, s->field->proto->type == TYPE(STRING) ? "is a string without max_len"
                                                        : "is bytes without max_len");
    }
    if (s->field->repeated && bounds->max_items == 0) {
        refuse(s, "is repeated without max_items");
    }
}

static void check_misplaced(const struct subject *s)
{
    const Hayat__Policy__V1__FieldBounds *bounds = s->field->bounds;
    proto_type type = s->field->proto->type;
    if (!is_text_or_bytes(type) && (bounds->min_len > 0 || bounds->max_len > 0)) {
        refuse(s, "has min_len or max_len but is neither a string nor bytes");
    }
    if (!s->field->repeated && bounds->max_items > 0) {
        refuse(s, "has max_items but is not repeated");
    }
    if (!is_number(type) && (bounds->_min_case != 0 || bounds->_max_case != 0)) {
        refuse(s, "has min or max but is not a number");
    }
    if (type != TYPE(STRING) && bounds->format != HAYAT__POLICY__V1__FORMAT__FORMAT_UNSPECIFIED) {
        refuse(s, "has a format but is not a string");
    }
    if (bounds->required && (s->field->optional || s->field->oneof != 0)) {
        refuse(s, "is required and optional (or in a oneof) at once");
    }
}

static void check_order(const struct subject *s)
{
    const Hayat__Policy__V1__FieldBounds *bounds = s->field->bounds;
    if (bounds->max_len > 0 && bounds->min_len > bounds->max_len) {
        refuse(s, "min_len is above max_len");
    }
    if (bounds->_min_case != 0 && bounds->_max_case != 0 && bounds->min > bounds->max) {
        refuse(s, "min is above max");
    }
}

/* "uploads/upl,documents/doc": pairs of name and id prefix. */
static bool is_resource_list(const char *prefix)
{
    for (const char *part = prefix; part != NULL;) {
        const char *comma = strchr(part, ',');
        size_t len = comma == NULL ? strlen(part) : (size_t)(comma - part);
        const char *slash = memchr(part, '/', len);
        if (slash == NULL || slash == part || slash + 1 == part + len) {
            return false;
        }
        part = comma == NULL ? NULL : comma + 1;
    }
    return true;
}

static void check_prefix(const struct subject *s)
{
    const Hayat__Policy__V1__FieldBounds *bounds = s->field->bounds;
    if (bounds->format == HAYAT__POLICY__V1__FORMAT__FORMAT_ID) {
        if (bounds->prefix[0] == '\0') {
            refuse(s, "FORMAT_ID needs a prefix");
        }
    } else if (bounds->format == HAYAT__POLICY__V1__FORMAT__FORMAT_RESOURCE) {
        if (!is_resource_list(bounds->prefix)) {
            refuse(s, "FORMAT_RESOURCE needs a prefix such as \"uploads/upl,documents/doc\"");
        }
    } else if (bounds->prefix[0] != '\0') {
        refuse(s, "has a prefix but neither FORMAT_ID nor FORMAT_RESOURCE");
    }
}

void check_field(struct model *model, const struct model_message *message,
                 const struct model_field *field)
{
    const struct subject subject = {model, message, field};
    check_missing(&subject);
    check_misplaced(&subject);
    check_order(&subject);
    check_prefix(&subject);
}
