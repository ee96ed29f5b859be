#include "rpc/wire_status.h"

#include "base/field.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/language.h"

#define TYPE_URL "type.googleapis.com/google.rpc."
#define ERROR_DOMAIN "hayat"

enum { DETAILS_MAX = 6 };

/* One google.rpc.Status in the making. */
struct builder {
    struct arena *arena;
    status why;
    const struct error_details *from;
    size_t field_count; /* how many of from->fields go in */
    enum language language;
    Google__Protobuf__Any *details[DETAILS_MAX];
    size_t count;
};

static void add(struct builder *b, const char *type_url, const ProtobufCMessage *detail)
{
    size_t len = protobuf_c_message_get_packed_size(detail);
    Google__Protobuf__Any *any = arena_alloc(b->arena, sizeof *any);
    uint8_t *packed = arena_alloc(b->arena, len);
    if (any == NULL || packed == NULL) {
        return;
    }
    google__protobuf__any__init(any);
    any->type_url = field_text(type_url);
    any->value = (ProtobufCBinaryData){protobuf_c_message_pack(detail, packed), packed};
    b->details[b->count++] = any;
}

static void add_error_info(struct builder *b)
{
    Google__Rpc__ErrorInfo info;
    Google__Rpc__ErrorInfo__MetadataEntry entries[ERROR_PAIRS_MAX], *list[ERROR_PAIRS_MAX];
    for (size_t i = 0; i < b->from->pair_count; i++) {
        google__rpc__error_info__metadata_entry__init(&entries[i]);
        entries[i].key = field_text(b->from->pairs[i].key);
        entries[i].value = field_text(b->from->pairs[i].value);
        list[i] = &entries[i];
    }
    google__rpc__error_info__init(&info);
    info.reason = field_text(reason_name(b->why.why));
    info.domain = field_text(ERROR_DOMAIN);
    info.n_metadata = b->from->pair_count;
    info.metadata = list;
    add(b, TYPE_URL "ErrorInfo", &info.base);
}

static void add_bad_request(struct builder *b)
{
    Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
    Google__Rpc__BadRequest__FieldViolation fields[LIMIT_VIOLATIONS], *list[LIMIT_VIOLATIONS];
    if (b->field_count == 0) {
        return;
    }
    for (size_t i = 0; i < b->field_count; i++) {
        google__rpc__bad_request__field_violation__init(&fields[i]);
        fields[i].field = field_text(b->from->fields[i].path);
        fields[i].description = field_text(b->from->fields[i].description);
        list[i] = &fields[i];
    }
    bad.n_field_violations = b->field_count;
    bad.field_violations = list;
    add(b, TYPE_URL "BadRequest", &bad.base);
}

static void add_preconditions(struct builder *b)
{
    Google__Rpc__PreconditionFailure failure = GOOGLE__RPC__PRECONDITION_FAILURE__INIT;
    Google__Rpc__PreconditionFailure__Violation violations[ERROR_PAIRS_MAX], *list[ERROR_PAIRS_MAX];
    if (b->from->precondition_count == 0) {
        return;
    }
    for (size_t i = 0; i < b->from->precondition_count; i++) {
        google__rpc__precondition_failure__violation__init(&violations[i]);
        violations[i].type = field_text(b->from->preconditions[i].key);
        violations[i].subject = field_text(b->from->preconditions[i].value);
        list[i] = &violations[i];
    }
    failure.n_violations = b->from->precondition_count;
    failure.violations = list;
    add(b, TYPE_URL "PreconditionFailure", &failure.base);
}

static void add_quotas(struct builder *b)
{
    Google__Rpc__QuotaFailure failure = GOOGLE__RPC__QUOTA_FAILURE__INIT;
    Google__Rpc__QuotaFailure__Violation violations[ERROR_PAIRS_MAX], *list[ERROR_PAIRS_MAX];
    if (b->from->quota_count == 0) {
        return;
    }
    for (size_t i = 0; i < b->from->quota_count; i++) {
        google__rpc__quota_failure__violation__init(&violations[i]);
        violations[i].subject = field_text(b->from->quotas[i].key);
        violations[i].description = field_text(b->from->quotas[i].value);
        list[i] = &violations[i];
    }
    failure.n_violations = b->from->quota_count;
    failure.violations = list;
    add(b, TYPE_URL "QuotaFailure", &failure.base);
}

static void add_retry_info(struct builder *b)
{
    Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
    Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
    if (b->from->retry_after_ms <= 0) {
        return;
    }
    delay.seconds = b->from->retry_after_ms / 1000;
    delay.nanos = (int32_t)(b->from->retry_after_ms % 1000) * 1000000;
    info.retry_delay = &delay;
    add(b, TYPE_URL "RetryInfo", &info.base);
}

static void add_localized(struct builder *b)
{
    Google__Rpc__LocalizedMessage message;
    google__rpc__localized_message__init(&message);
    message.locale = field_text(language_tag(b->language));
    message.message = field_text(reason_text(b->why.why, b->language));
    add(b, TYPE_URL "LocalizedMessage", &message.base);
}

static bytes build(struct builder *b)
{
    Google__Rpc__Status wire;
    google__rpc__status__init(&wire);
    b->count = 0;
    add_error_info(b);
    add_bad_request(b);
    add_preconditions(b);
    add_quotas(b);
    add_retry_info(b);
    add_localized(b);
    wire.code = (int32_t)reason_code(b->why.why);
    wire.message = field_text(reason_text(b->why.why, LANGUAGE_EN));
    wire.n_details = b->count;
    wire.details = b->details;
    size_t len = google__rpc__status__get_packed_size(&wire);
    uint8_t *packed = len > LIMIT_STATUS_DETAILS_BYTES ? NULL : arena_alloc(b->arena, len);
    return packed == NULL ? (bytes){NULL, 0}
                          : bytes_of(packed, google__rpc__status__pack(&wire, packed));
}

struct wire_status wire_status_make(struct arena *arena, status s,
                                    const struct error_details *details, enum language language)
{
    status why = reason_is_local(s.why) ? FAIL(INTERNAL) : s;
    struct builder b = {.arena = arena,
                        .why = why,
                        .from = details,
                        .field_count = details->field_count,
                        .language = language};
    arena->cap = arena->used + LIMIT_ARENA_STATUS_BYTES;
    bytes packed = build(&b);
    while (packed.ptr == NULL && b.field_count > 0) {
        b.field_count /= 2;
        packed = build(&b);
    }
    return (struct wire_status){reason_code(why.why), reason_text(why.why, LANGUAGE_EN), packed};
}
