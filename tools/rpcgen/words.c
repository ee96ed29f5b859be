#include <inttypes.h>
#include <string.h>

#include "emit.h"

static const char *caller_word(Hayat__Policy__V1__CallerKind caller)
{
    switch (caller) {
    case HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_ANONYMOUS:
        return "anonymous";
    case HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_MEMBER:
        return "member";
    case HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_AGENT:
        return "agent";
    case HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_CORE_SYSTEM:
        return "core_system";
    case HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_PROVIDER:
        return "provider";
    case HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_UNSPECIFIED:
    case _HAYAT__POLICY__V1__CALLER_KIND_IS_INT_SIZE:
        break;
    }
    return "nobody";
}

const char *words_callers(struct model *model, const struct model_method *method)
{
    const char *text = "";
    for (size_t i = 0; i < method->policy->n_callers; i++) {
        text = model_printf(model, "%s%s%s", text, i > 0 ? ", " : "",
                            caller_word(method->policy->callers[i]));
    }
    return text;
}

const char *words_scopes(struct model *model, const struct model_method *method)
{
    const char *text = "";
    for (size_t i = 0; i < method->policy->n_scopes; i++) {
        text = model_printf(model, "%s%s%s", text, i > 0 ? "," : "", method->policy->scopes[i]);
    }
    return text;
}

const char *words_transaction(const struct model_method *method)
{
    switch (method->policy->transaction) {
    case HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_NONE:
        return "NONE";
    case HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_READ:
        return "READ";
    case HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE:
        return "WRITE";
    case HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_MANUAL:
        return "MANUAL";
    case HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_UNSPECIFIED:
    case _HAYAT__POLICY__V1__TRANSACTION_KIND_IS_INT_SIZE:
        break;
    }
    return "UNSPECIFIED";
}

static bool audits_by_default(const Hayat__Policy__V1__MethodPolicy *policy)
{
    return policy->transaction == HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE;
}

const char *words_audit(const struct model_method *method)
{
    switch (method->policy->audit) {
    case HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_CHANGE:
        return "CHANGE";
    case HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_READ:
        return "READ";
    case HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_NONE:
        return "NONE";
    case HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_UNSPECIFIED:
    case _HAYAT__POLICY__V1__AUDIT_KIND_IS_INT_SIZE:
        break;
    }
    return audits_by_default(method->policy) ? "CHANGE" : "NONE";
}

const char *words_throttles(struct model *model, const struct model_method *method)
{
    const char *text = "";
    for (size_t i = 0; i < method->policy->n_throttles; i++) {
        const Hayat__Policy__V1__Throttle *throttle = method->policy->throttles[i];
        text = model_printf(model, "%s%s%s %" PRId32 "/%" PRId32 " s", text, i > 0 ? ", " : "",
                            throttle->purpose, throttle->limit, throttle->window_seconds);
    }
    return text;
}

const char *words_idempotency(const struct model_method *method)
{
    switch (method->policy->idempotency) {
    case HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_READ_ONLY:
        return "READ_ONLY";
    case HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_REQUEST_ID:
        return "REQUEST_ID";
    case HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_NATURAL:
        return "NATURAL";
    case HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_UNSPECIFIED:
    case _HAYAT__POLICY__V1__IDEMPOTENCY_IS_INT_SIZE:
        break;
    }
    return "UNSPECIFIED";
}

const char *words_shape(const struct model_method *method)
{
    switch (method->shape) {
    case MODEL_UNARY:
        return "unary";
    case MODEL_CLIENT_STREAM:
        return "client stream";
    case MODEL_SERVER_STREAM:
        return "server stream";
    case MODEL_BIDI_STREAM:
        return "bidi stream";
    }
    return "";
}

/* By number, as descriptor.proto counts them. */
static const char *scalar_word(Google__Protobuf__FieldDescriptorProto__Type type)
{
    static const char *const words[] = {
        "",        "double",   "float",    "int64",  "uint64",  "int32", "fixed64",
        "fixed32", "bool",     "string",   "group",  "message", "bytes", "uint32",
        "enum",    "sfixed32", "sfixed64", "sint32", "sint64",
    };
    return (size_t)type < sizeof words / sizeof words[0] ? words[type] : "";
}

const char *words_type(struct model *model, const struct model_field *field)
{
    const char *type = scalar_word(field->proto->type);
    if (field->message != NULL) {
        type = field->message->name;
    } else if (field->enumeration != NULL) {
        type = field->enumeration->name;
    }
    return model_printf(model, "%s%s%s", field->repeated ? "repeated " : "",
                        field->optional ? "optional " : "", type);
}

static const char *add_word(struct model *model, const char *text, const char *word)
{
    return model_printf(model, "%s%s%s", text, text[0] != '\0' ? ", " : "", word);
}

static const char *range_words(struct model *model, const Hayat__Policy__V1__FieldBounds *bounds)
{
    if (bounds->_min_case != 0 && bounds->_max_case != 0) {
        return model_printf(model, "%" PRId64 "..%" PRId64, bounds->min, bounds->max);
    }
    if (bounds->_min_case != 0) {
        return model_printf(model, ">= %" PRId64, bounds->min);
    }
    return model_printf(model, "<= %" PRId64, bounds->max);
}

static const char *length_words(struct model *model, const Hayat__Policy__V1__FieldBounds *bounds)
{
    if (bounds->min_len == bounds->max_len) {
        return model_printf(model, "%" PRIu32 " bytes", bounds->max_len);
    }
    if (bounds->min_len > 0) {
        return model_printf(model, "%" PRIu32 "..%" PRIu32 " bytes", bounds->min_len,
                            bounds->max_len);
    }
    return model_printf(model, "<= %" PRIu32 " bytes", bounds->max_len);
}

static const char *format_words(struct model *model, const Hayat__Policy__V1__FieldBounds *bounds)
{
    switch (bounds->format) {
    case HAYAT__POLICY__V1__FORMAT__FORMAT_UUID:
        return "UUID";
    case HAYAT__POLICY__V1__FORMAT__FORMAT_ID:
        return model_printf(model, "id %s_...", bounds->prefix);
    case HAYAT__POLICY__V1__FORMAT__FORMAT_DIGITS:
        return "digits";
    case HAYAT__POLICY__V1__FORMAT__FORMAT_RESOURCE:
        return model_printf(model, "resource %s_...", bounds->prefix);
    case HAYAT__POLICY__V1__FORMAT__FORMAT_UNSPECIFIED:
    case _HAYAT__POLICY__V1__FORMAT_IS_INT_SIZE:
        break;
    }
    return "";
}

const char *words_bounds(struct model *model, const struct model_field *field)
{
    const Hayat__Policy__V1__FieldBounds *bounds = field->bounds;
    const char *text = bounds->required ? "required" : "";
    if (bounds->max_items > 0) {
        text = add_word(model, text,
                        model_printf(model, "<= %" PRIu32 " items", bounds->max_items));
    }
    if (bounds->max_len > 0) {
        text = add_word(model, text, length_words(model, bounds));
    }
    if (bounds->_min_case != 0 || bounds->_max_case != 0) {
        text = add_word(model, text, range_words(model, bounds));
    }
    if (bounds->format != HAYAT__POLICY__V1__FORMAT__FORMAT_UNSPECIFIED) {
        text = add_word(model, text, format_words(model, bounds));
    }
    return text;
}
