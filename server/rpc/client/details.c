#include <string.h>

#include "base/array.h"
#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/client/call.h"

enum { DETAILS_ARENA_BYTES = 128 * 1024 }; /* trailers are at most 8 KiB */

/* Appends as much of TEXT as fits, at a character boundary. */
static void append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out), room = size - 1 - used, n = strlen(text);
    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) {
            n--;
        }
    }
    memcpy(out + used, text, n);
    out[used + n] = '\0';
}

static void replace(char *out, size_t size, const char *text)
{
    out[0] = '\0';
    append(out, size, text);
}

/* A decimal number from 0 up; -1 for anything else. */
static int64_t parse_size(const char *text)
{
    int64_t value = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || value > INT64_MAX / 10 - 1) {
            return -1;
        }
        value = value * 10 + (*p - '0');
    }
    return text[0] == '\0' ? -1 : value;
}

static void take_pair(const char *key, const char *value, struct rpc_error *error)
{
    if (strcmp(key, "committed_size") == 0) {
        error->committed_size = parse_size(value);
    } else if (strcmp(key, "tries_left") == 0) {
        error->tries_left = parse_size(value);
    } else if (strcmp(key, "step_up_id") == 0) {
        replace(error->step_up.id, sizeof error->step_up.id, value);
    } else if (strcmp(key, "step_up_nonce") == 0) {
        replace(error->step_up.nonce, sizeof error->step_up.nonce, value);
    } else if (strcmp(key, "step_up_text") == 0) {
        replace(error->step_up.text, sizeof error->step_up.text, value);
    } else if (strcmp(key, "step_up_code") == 0) {
        error->step_up.needs_code = strcmp(value, "true") == 0;
    }
}

static void take_error_info(const ProtobufCMessage *message, struct rpc_error *error)
{
    const Google__Rpc__ErrorInfo *info = (const Google__Rpc__ErrorInfo *)message;
    if (strcmp(info->domain, "hayat") != 0) {
        return;
    }
    replace(error->reason, sizeof error->reason, info->reason);
    for (size_t i = 0; i < info->n_metadata; i++) {
        take_pair(info->metadata[i]->key, info->metadata[i]->value, error);
    }
}

static void take_bad_request(const ProtobufCMessage *message, struct rpc_error *error)
{
    const Google__Rpc__BadRequest *bad = (const Google__Rpc__BadRequest *)message;
    for (size_t i = 0; i < bad->n_field_violations; i++) {
        append(error->fields, sizeof error->fields, bad->field_violations[i]->field);
        append(error->fields, sizeof error->fields, ": ");
        append(error->fields, sizeof error->fields, bad->field_violations[i]->description);
        append(error->fields, sizeof error->fields, "\n");
    }
}

static void take_precondition(const ProtobufCMessage *message, struct rpc_error *error)
{
    const Google__Rpc__PreconditionFailure *failure =
        (const Google__Rpc__PreconditionFailure *)message;
    for (size_t i = 0; i < failure->n_violations; i++) {
        append(error->fields, sizeof error->fields, failure->violations[i]->type);
        append(error->fields, sizeof error->fields, ": ");
        append(error->fields, sizeof error->fields, failure->violations[i]->subject);
        append(error->fields, sizeof error->fields, "\n");
    }
}

static void take_retry_info(const ProtobufCMessage *message, struct rpc_error *error)
{
    const Google__Rpc__RetryInfo *info = (const Google__Rpc__RetryInfo *)message;
    enum { MOST_SECONDS = 86400 };
    if (info->retry_delay != NULL && info->retry_delay->seconds >= 0 &&
        info->retry_delay->seconds <= MOST_SECONDS) {
        error->retry_after_ms = info->retry_delay->seconds * 1000 +
                                info->retry_delay->nanos / 1000000;
    }
}

static void take_localized(const ProtobufCMessage *message, struct rpc_error *error)
{
    const Google__Rpc__LocalizedMessage *localized = (const Google__Rpc__LocalizedMessage *)message;
    replace(error->message, sizeof error->message, localized->message);
}

static const struct {
    const char *type_url;
    const ProtobufCMessageDescriptor *type;
    void (*take)(const ProtobufCMessage *message, struct rpc_error *error);
} details[] = {
    {"type.googleapis.com/google.rpc.ErrorInfo", &google__rpc__error_info__descriptor,
     take_error_info},
    {"type.googleapis.com/google.rpc.BadRequest", &google__rpc__bad_request__descriptor,
     take_bad_request},
    {"type.googleapis.com/google.rpc.PreconditionFailure",
     &google__rpc__precondition_failure__descriptor, take_precondition},
    {"type.googleapis.com/google.rpc.RetryInfo", &google__rpc__retry_info__descriptor,
     take_retry_info},
    {"type.googleapis.com/google.rpc.LocalizedMessage", &google__rpc__localized_message__descriptor,
     take_localized},
};

static void take(const Google__Protobuf__Any *any, struct arena *arena, struct rpc_error *error)
{
    for (size_t i = 0; i < ARRAY_LEN(details); i++) {
        if (strcmp(any->type_url, details[i].type_url) == 0) {
            const ProtobufCMessage *message = protobuf_c_message_unpack(
                details[i].type, &arena->allocator, any->value.len, any->value.data);
            if (message != NULL) {
                details[i].take(message, error);
            }
        }
    }
}

void details_decode(bytes status_bytes, struct rpc_error *error)
{
    struct arena arena;
    arena_init(&arena, DETAILS_ARENA_BYTES);
    const Google__Rpc__Status *rich = google__rpc__status__unpack(
        &arena.allocator, status_bytes.len, status_bytes.ptr);
    /* Details that tell another outcome than the call's own are not to be believed. */
    if (rich != NULL && rich->code == (int32_t)error->code) {
        for (size_t i = 0; i < rich->n_details; i++) {
            take(rich->details[i], &arena, error);
        }
    }
    arena_fini(&arena);
}

static status by_code(enum grpc_code code)
{
    switch (code) {
    case CODE_OK:
        return STATUS_OK;
    case CODE_CANCELLED:
        return FAIL(CANCELLED);
    case CODE_INVALID_ARGUMENT:
        return FAIL(INVALID_FIELD);
    case CODE_DEADLINE_EXCEEDED:
        return FAIL(DEADLINE_EXCEEDED);
    case CODE_NOT_FOUND:
        return FAIL(NOT_FOUND);
    case CODE_PERMISSION_DENIED:
        return FAIL(PERMISSION_DENIED);
    case CODE_RESOURCE_EXHAUSTED:
        return FAIL(OVERLOADED);
    case CODE_ABORTED:
        return FAIL(ETAG_MISMATCH);
    case CODE_UNIMPLEMENTED:
        return FAIL(UNKNOWN_METHOD);
    case CODE_UNAVAILABLE:
        return FAIL(CONNECTION_FAILED);
    case CODE_UNAUTHENTICATED:
        return FAIL(TOKEN_INVALID);
    case CODE_UNKNOWN:
    case CODE_ALREADY_EXISTS:
    case CODE_FAILED_PRECONDITION:
    case CODE_OUT_OF_RANGE:
    case CODE_INTERNAL:
    case CODE_DATA_LOSS:
        return FAIL(INTERNAL);
    }
    return FAIL(INTERNAL);
}

status details_reason(enum grpc_code code, const char *reason)
{
    enum reason why;
    for (size_t i = 0; code != CODE_OK && reason[0] != '\0' && reason_at(i, &why); i++) {
        if (strcmp(reason_name(why), reason) == 0) {
            return (status){why};
        }
    }
    return by_code(code);
}
