#include <string.h>

#include "base/array.h"
#include "base/limits.h"
#include "check.h"

/* --- recursion --- */

/* SEC-E5: protobuf-c unpacks as deep as it is told to. */
static void walk(struct model *model, struct model_message *message)
{
    message->mark = MARK_OPEN;
    for (size_t i = 0; i < message->field_count; i++) {
        struct model_message *inner = message->fields[i].message;
        if (inner == NULL || inner->mark == MARK_DONE || check_is_dynamic(inner)) {
            continue;
        }
        if (inner->mark == MARK_OPEN) {
            problem(model, message->file->name, message->fields[i].full_name, "makes %s recursive",
                    inner->name);
        } else {
            walk(model, inner);
        }
    }
    message->mark = MARK_DONE;
}

/* --- types that no request may hold --- */

bool check_is_dynamic(const struct model_message *message)
{
    static const char *const types[] = {
        "google.protobuf.Any",
        "google.protobuf.Struct",
        "google.protobuf.Value",
        "google.protobuf.ListValue",
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(types[i], message->name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_type(struct model *model, const struct model_message *message,
                       const struct model_field *field)
{
    Google__Protobuf__FieldDescriptorProto__Type type = field->proto->type;
    if (field->message != NULL && check_is_dynamic(field->message)) {
        problem(model, message->file->name, field->full_name,
                "is a %s: a request cannot hold what it does not declare", field->message->name);
    }
    if (type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_GROUP) {
        problem(model, message->file->name, field->full_name, "is a group");
    }
    if (type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE ||
        type == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FLOAT) {
        problem(model, message->file->name, field->full_name,
                "is a floating point number: requests hold integers");
    }
}

/* --- names that tell a member --- */

/* True when WORD stands in NAME between underscores. */
static bool has_word(const char *name, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strstr(name, word); at != NULL; at = strstr(at + 1, word)) {
        if ((at == name || at[-1] == '_') && (at[len] == '_' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static void check_name(struct model *model, const struct model_message *message,
                       const struct model_field *field)
{
    static const char *const words[] = {"member", "members", "registration_number",
                                        "cin",    "cine",    "owner"};
    for (size_t i = 0; message->member_callable && i < ARRAY_LEN(words); i++) {
        if (has_word(field->name, words[i])) {
            problem(model, message->file->name, field->full_name,
                    "names a member (\"%s\") in a request of members: the session tells the owner "
                    "(SEC-A1)",
                    words[i]);
            return;
        }
    }
}

/* --- messages --- */

static void check_request_message(struct model *model, const struct model_message *message)
{
    if (message->field_count > LIMIT_MESSAGE_FIELDS) {
        problem(model, message->file->name, message->name, "has %zu fields, above the limit of %d",
                message->field_count, LIMIT_MESSAGE_FIELDS);
    }
    for (size_t i = 0; i < message->field_count; i++) {
        check_type(model, message, &message->fields[i]);
        check_name(model, message, &message->fields[i]);
    }
}

/* Third parties' responses are built by us from bounded parts; their files carry no bounds. */
static bool needs_bounds(const struct model_message *message)
{
    bool ours = strncmp(message->file->package, "hayat.", strlen("hayat.")) == 0;
    return !message->map_entry && (message->in_request || (message->in_response && ours));
}

static void check_map(struct model *model, const struct model_message *message,
                      const struct model_field *field)
{
    if (field->message != NULL && field->message->map_entry) {
        problem(model, message->file->name, field->full_name,
                "is a map: use a repeated message with a bound");
    }
}

void check_messages(struct model *model)
{
    for (size_t i = 0; i < model->message_count; i++) {
        struct model_message *message = model->messages[i];
        if ((message->in_request || message->in_response) && message->mark == MARK_NEW) {
            walk(model, message);
        }
    }
    for (size_t i = 0; i < model->message_count; i++) {
        const struct model_message *message = model->messages[i];
        if (message->in_request) {
            check_request_message(model, message);
        }
        for (size_t f = 0; needs_bounds(message) && f < message->field_count; f++) {
            check_map(model, message, &message->fields[f]);
            check_field(model, message, &message->fields[f]);
        }
    }
}
