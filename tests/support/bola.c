#include "tests/support/bola.h"

#include <stdio.h>

#include "base/array.h"
#include "tests/support/cm.h"
#include "tests/support/health.h"
#include "tests/support/member_session.h"
#include "tests/support/reviewed.h"

enum { STEP_MS = 2000, PATH_TEXT_MAX = 128 };

/* --- the world --- */

struct harness_member bola_person(struct bola *b)
{
    return fund_pensioner(&b->h, arena_printf(&b->h.arena, "TEST-%d", ++b->people));
}

void bola_start(struct bola *b)
{
    static const uint32_t roles[] = {SCOPE_AGENCY, SCOPE_CALL_CENTRE, SCOPE_REVIEWER, SCOPE_AUDITOR,
                                     SCOPE_OPERATOR};
    static const uint32_t channels[] = {SCOPE_FEED, SCOPE_OUTBOX};
    memset(b, 0, sizeof *b);
    harness_start(&b->h);
    health_put_reference(&b->h);
    b->other = bola_person(b);
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        b->agents[i] = harness_agent(&b->h, roles[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
        b->systems[i] = harness_core_system(&b->h, channels[i]);
    }
    b->revoked = harness_agent(&b->h, SCOPE_AGENCY | SCOPE_CALL_CENTRE | SCOPE_REVIEWER);
    harness_revoke_caller(&b->h, b->revoked.id);
}

static void give_back(struct bola *b, char *task_id)
{
    Hayat__Backoffice__V1__ReleaseTaskRequest request =
        HAYAT__BACKOFFICE__V1__RELEASE_TASK_REQUEST__INIT;
    request.task_id = task_id;
    (void)harness_call_as(&b->h, REVIEW_METHOD("ReleaseTask"), &b->agents[BOLA_REVIEWER],
                          &request.base); /* it may be decided by now */
}

void bola_claim(struct bola *b, const char *task_id)
{
    char *place = b->claimed[b->claims++ % ARRAY_LEN(b->claimed)];
    if (place[0] != '\0') {
        give_back(b, place);
    }
    (void)snprintf(place, sizeof b->claimed[0], "%s", task_id);
    assert_ok(reviewed_claim(&b->h, &b->agents[BOLA_REVIEWER], place).result);
}

void bola_stop(struct bola *b)
{
    harness_stop(&b->h);
}

/* --- which fields name something --- */

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static bool names_something(const struct field_rule *field)
{
    static const char *const names[] = {"registration_number", "cine_number", "page_token",
                                        "resume_token", "resource_name"};
    if (strcmp(field->name, "request_id") == 0) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(field->name, names[i]) == 0) {
            return true;
        }
    }
    return field->format == FORMAT_ID || field->format == FORMAT_RESOURCE ||
           ends_with(field->name, "_id") || ends_with(field->name, "_ids");
}

typedef void visit_field(void *ctx, const struct route *route, const char *field);

static void each_field(const struct route *route, const struct message_rule *rule,
                       const char *before, visit_field *visit, void *ctx)
{
    for (size_t i = 0; i < rule->field_count; i++) {
        char path[PATH_TEXT_MAX];
        const struct field_rule *field = &rule->fields[i];
        (void)snprintf(path, sizeof path, "%s%s%s", before, before[0] == '\0' ? "" : ".",
                       field->name);
        if (field->kind == FIELD_MESSAGE && field->message != NULL) {
            each_field(route, field->message, path, visit, ctx);
        } else if (names_something(field)) {
            visit(ctx, route, path);
        }
    }
}

static bool has_row(const char *path, const char *field)
{
    for (size_t i = 0; i < bola_row_count(); i++) {
        if (strcmp(bola_row_at(i)->path, path) == 0 && strcmp(bola_row_at(i)->field, field) == 0) {
            return true;
        }
    }
    return false;
}

static void count_missing(void *ctx, const struct route *route, const char *field)
{
    size_t *count = ctx;
    if (!has_row(route->path, field)) {
        (void)fprintf(stderr, "bola: %s has no row for %s (tests/support/bola_*_rows.c)\n",
                      route->path, field);
        (*count)++;
    }
}

size_t bola_missing_rows(void)
{
    size_t count = 0;
    for (size_t i = 0; i < route_count; i++) {
        each_field(&routes[i], routes[i].rule, "", count_missing, &count);
    }
    return count;
}

struct search {
    const char *field;
    bool found;
};

static void look(void *ctx, const struct route *route, const char *field)
{
    struct search *search = ctx;
    (void)route;
    search->found |= strcmp(field, search->field) == 0;
}

size_t bola_stray_rows(void)
{
    size_t count = 0;
    for (size_t i = 0; i < bola_row_count(); i++) {
        const struct route *route = route_find(bytes_str(bola_row_at(i)->path));
        struct search search = {.field = bola_row_at(i)->field};
        if (route != NULL) {
            each_field(route, route->rule, "", look, &search);
        }
        if (!search.found) {
            (void)fprintf(stderr, "bola: no %s in %s\n", bola_row_at(i)->field,
                          bola_row_at(i)->path);
            count++;
        }
    }
    return count;
}

/* --- calls --- */

/* Does nothing when the message has no such text field. */
static void set_text(struct bola *b, ProtobufCMessage *message, const char *name, const char *value)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        message->descriptor, name);
    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING ||
        field->label == PROTOBUF_C_LABEL_REPEATED) {
        return;
    }
    char *copy = arena_str(&b->h.arena, bytes_str(value));
    assert_non_null(copy);
    memcpy((uint8_t *)message + field->offset, &copy, sizeof copy);
}

static ProtobufCMessage *request_of(struct bola *b, const struct bola_row *row,
                                    const struct route *route, const char *id)
{
    ProtobufCMessage *request = arena_alloc(&b->h.arena, route->request->sizeof_message);
    assert_non_null(request);
    protobuf_c_message_init(route->request, request);
    set_text(b, request, "request_id", fund_request_id(&b->h));
    set_text(b, request, row->field, id);
    if (row->fill != NULL) {
        row->fill(b, request, id);
    }
    return request;
}

static bool open_stream(struct harness_stream *s, struct bola *b, const char *path,
                        struct bola_who who)
{
    return who.caller != NULL ? harness_stream_open_as(s, &b->h, path, who.caller)
                              : harness_stream_open(s, &b->h, path, who.token);
}

static struct harness_reply call_stream(struct bola *b, const struct route *route,
                                        struct bola_who who, const ProtobufCMessage *request)
{
    struct harness_stream s;
    ProtobufCMessage *response;
    if (open_stream(&s, b, route->path, who) && harness_stream_send(&s, request) &&
        !s.call.finished) {
        switch (route->shape) {
        case SHAPE_CLIENT_STREAM:
            (void)harness_stream_half_close(&s);
            break;
        case SHAPE_SERVER_STREAM:
            (void)harness_stream_next(&s, &response);
            break;
        case SHAPE_UNARY:
        case SHAPE_BIDI_STREAM:
            break;
        }
    }
    return harness_stream_close(&s);
}

struct bola_who bola_member(const struct harness_member *member)
{
    return (struct bola_who){.token = member->token, .secret = member->device_secret};
}

struct harness_reply bola_call(struct bola *b, const struct bola_row *row, struct bola_who who,
                               const char *id)
{
    const struct route *route = route_find(bytes_str(row->path));
    assert_non_null(route);
    ProtobufCMessage *request = request_of(b, row, route, id);
    fake_clock_advance(&b->h.clock, STEP_MS); /* so that no rate is met */
    if (route->shape != SHAPE_UNARY) {
        return call_stream(b, route, who, request);
    }
    if (who.caller != NULL) {
        return harness_call_as(&b->h, row->path, who.caller, request);
    }
    struct harness_reply reply = harness_call(&b->h, row->path, who.token, request);
    if (reply.result.why != REASON_STEP_UP_REQUIRED || who.secret == NULL) {
        return reply;
    }
    struct member_call call = {.path = row->path, .access = who.token, .request = request};
    return member_confirmed_call(&b->h, call, who.secret, NULL);
}
