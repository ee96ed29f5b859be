#include <inttypes.h>
#include <string.h>

#include "emit.h"
#include "names.h"

static const char *kind_of(Google__Protobuf__FieldDescriptorProto__Type type)
{
    /* By number, as descriptor.proto counts them; check_all refused what has no kind. */
    static const char *const kinds[] = {
        "",
        "",
        "",
        "FIELD_INT64",
        "FIELD_UINT64",
        "FIELD_INT32",
        "FIELD_FIXED64",
        "FIELD_FIXED32",
        "FIELD_BOOL",
        "FIELD_STRING",
        "",
        "FIELD_MESSAGE",
        "FIELD_BYTES",
        "FIELD_UINT32",
        "FIELD_ENUM",
        "FIELD_SFIXED32",
        "FIELD_SFIXED64",
        "FIELD_SINT32",
        "FIELD_SINT64",
    };
    return kinds[type];
}

static const char *format_of(Hayat__Policy__V1__Format format)
{
    switch (format) {
    case HAYAT__POLICY__V1__FORMAT__FORMAT_UUID:
        return "FORMAT_UUID";
    case HAYAT__POLICY__V1__FORMAT__FORMAT_ID:
        return "FORMAT_ID";
    case HAYAT__POLICY__V1__FORMAT__FORMAT_DIGITS:
        return "FORMAT_DIGITS";
    case HAYAT__POLICY__V1__FORMAT__FORMAT_RESOURCE:
        return "FORMAT_RESOURCE";
    case HAYAT__POLICY__V1__FORMAT__FORMAT_UNSPECIFIED:
    case _HAYAT__POLICY__V1__FORMAT_IS_INT_SIZE:
        break;
    }
    return "FORMAT_ANY";
}

static int by_value(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_enum(struct model *model, const struct model_enum *e, FILE *out)
{
    const char *symbol = names_symbol(model, e->name);
    int32_t *values = model_alloc(model, e->proto->n_value * sizeof *values);
    for (size_t i = 0; i < e->proto->n_value; i++) {
        values[i] = e->proto->value[i]->number;
    }
    qsort(values, e->proto->n_value, sizeof *values, by_value);
    (void)fprintf(out, "static const int32_t values_%s[] = {", symbol);
    for (size_t i = 0; i < e->proto->n_value; i++) {
        (void)fprintf(out, "%s%" PRId32, i > 0 ? ", " : "", values[i]);
    }
    (void)fprintf(out, "};\nstatic const struct enum_rule enum_%s = {values_%s, %zu};\n\n", symbol,
                  symbol, e->proto->n_value);
}

static void print_bounds(const Hayat__Policy__V1__FieldBounds *bounds, FILE *out)
{
    if (bounds->required) {
        (void)fputs(" .required = true,", out);
    }
    if (bounds->_min_case != 0) {
        (void)fprintf(out, " .has_min = true, .min = %" PRId64 ",", bounds->min);
    }
    if (bounds->_max_case != 0) {
        (void)fprintf(out, " .has_max = true, .max = %" PRId64 ",", bounds->max);
    }
    if (bounds->max_len > 0) {
        (void)fprintf(out, " .min_len = %" PRIu32 ", .max_len = %" PRIu32 ",", bounds->min_len,
                      bounds->max_len);
    }
    if (bounds->max_items > 0) {
        (void)fprintf(out, " .max_items = %" PRIu32 ",", bounds->max_items);
    }
    if (bounds->format != HAYAT__POLICY__V1__FORMAT__FORMAT_UNSPECIFIED) {
        (void)fprintf(out, " .format = %s, .prefix = \"%s\",", format_of(bounds->format),
                      bounds->prefix);
    }
}

static void print_field(struct model *model, const struct model_field *field, FILE *out)
{
    (void)fprintf(out, "    {.name = \"%s\", .number = %" PRId32 ", .kind = %s,", field->name,
                  field->proto->number, kind_of(field->proto->type));
    if (field->repeated) {
        (void)fputs(" .repeated = true,", out);
    }
    if (field->optional || field->oneof != 0) {
        (void)fprintf(out, " .presence = true, .oneof = %d,", field->oneof);
    }
    print_bounds(field->bounds, out);
    if (field->message != NULL) {
        (void)fprintf(out, " .message = &rule_%s,", names_symbol(model, field->message->name));
    }
    if (field->enumeration != NULL) {
        (void)fprintf(out, " .enumeration = &enum_%s,",
                      names_symbol(model, field->enumeration->name));
    }
    (void)fputs("},\n", out);
}

/* Inner messages first: C wants them declared, and check_all has refused recursion. */
static void print_message(struct model *model, struct model_message *message, FILE *out)
{
    if (message->emitted) {
        return;
    }
    message->emitted = true;
    for (size_t i = 0; i < message->field_count; i++) {
        if (message->fields[i].message != NULL) {
            print_message(model, message->fields[i].message, out);
        }
    }
    const char *symbol = names_symbol(model, message->name);
    if (message->field_count > 0) {
        (void)fprintf(out, "static const struct field_rule fields_%s[] = {\n", symbol);
        for (size_t i = 0; i < message->field_count; i++) {
            print_field(model, &message->fields[i], out);
        }
        (void)fputs("};\n", out);
    }
    (void)fprintf(out, "static const struct message_rule rule_%s = {\"%s\", %s%s, %zu};\n\n",
                  symbol, message->name, message->field_count > 0 ? "fields_" : "NULL",
                  message->field_count > 0 ? symbol : "", message->field_count);
}

void emit_rules(struct model *model, FILE *out)
{
    for (size_t i = 0; i < model->enum_count; i++) {
        if (model->enums[i]->in_request) {
            print_enum(model, model->enums[i], out);
        }
    }
    for (size_t i = 0; i < model->message_count; i++) {
        if (model->messages[i]->in_request) {
            print_message(model, model->messages[i], out);
        }
    }
}
