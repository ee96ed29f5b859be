#include <inttypes.h>
#include <string.h>

#include "base/scope.h"
#include "emit.h"
#include "names.h"

/* --- rate classes --- */

struct classes {
    const char *names[MODEL_MAX];
    size_t count;
};

static size_t class_index(struct classes *classes, const char *name)
{
    for (size_t i = 0; i < classes->count; i++) {
        if (strcmp(classes->names[i], name) == 0) {
            return i;
        }
    }
    classes->names[classes->count] = name;
    return classes->count++;
}

static void print_classes(const struct classes *classes, FILE *out)
{
    (void)fputs("const char *const rate_class_names[] = {\n", out);
    for (size_t i = 0; i < classes->count; i++) {
        (void)fprintf(out, "    \"%s\",\n", classes->names[i]);
    }
    (void)fprintf(out, "};\nconst size_t rate_class_count = %zu;\n\n", classes->count);
}

/* --- thunks: the one place where a request's type is taken on trust --- */

static void print_thunk(struct model *model, const struct model_method *method, FILE *out)
{
    if (method->shape != MODEL_UNARY) {
        return;
    }
    (void)fprintf(out,
                  "static status %s_thunk(struct rpc *rpc, const ProtobufCMessage *request,\n"
                  "    ProtobufCMessage *response)\n"
                  "{\n"
                  "    return %s(rpc, (const %s *)request,\n"
                  "        (%s *)response);\n"
                  "}\n\n",
                  method->handler, method->handler, names_type(model, method->input->name),
                  names_type(model, method->output->name));
}

static void print_step_up_thunk(struct model *model, const struct model_method *method, FILE *out)
{
    if (!method->policy->step_up) {
        return;
    }
    (void)fprintf(
        out,
        "static status %s_step_up_thunk(struct rpc *rpc, const ProtobufCMessage *request,\n"
        "    const char **ret_text)\n"
        "{\n"
        "    return %s_step_up(rpc, (const %s *)request, ret_text);\n"
        "}\n\n",
        method->handler, method->handler, names_type(model, method->input->name));
}

/* --- the table --- */

static void print_callers(const struct model_method *method, FILE *out)
{
    static const char *const words[] = {"",
                                        "CALLER_ANONYMOUS",
                                        "CALLER_MEMBER",
                                        "CALLER_AGENT",
                                        "CALLER_CORE_SYSTEM",
                                        "CALLER_PROVIDER"};
    for (size_t i = 0; i < method->policy->n_callers; i++) {
        (void)fprintf(out, "%s%s", i > 0 ? " | " : "", words[method->policy->callers[i]]);
    }
}

static void print_scopes(const struct model_method *method, FILE *out)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < method->policy->n_scopes; i++) {
        mask |= scope_of_name(bytes_str(method->policy->scopes[i]));
    }
    (void)fprintf(out, "%" PRIu32, mask);
}

static const char *shape_name(enum model_shape shape)
{
    static const char *const names[] = {"UNARY", "CLIENT_STREAM", "SERVER_STREAM", "BIDI_STREAM"};
    return names[shape];
}

static void print_handler(const struct model_method *method, FILE *out)
{
    static const char *const members[] = {"unary", "client_stream", "server_stream", "bidi_stream"};
    (void)fprintf(out, "     .handler.%s = %s%s%s},\n", members[method->shape],
                  method->shape == MODEL_UNARY ? "" : "&", method->handler,
                  method->shape == MODEL_UNARY ? "_thunk" : "");
}

static int32_t request_id_field(const struct model_method *method)
{
    for (size_t i = 0; i < method->input->field_count; i++) {
        if (strcmp(method->input->fields[i].name, "request_id") == 0) {
            return method->input->fields[i].proto->number;
        }
    }
    return 0;
}

/* "enrol_start" names THROTTLE_ENROL_START; one that does not exist does not compile. */
static void print_throttles(const struct model_method *method, FILE *out)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    if (policy->n_throttles == 0) {
        return;
    }
    (void)fputs(",\n                .throttles = (const struct throttle_rule[]){", out);
    for (size_t i = 0; i < policy->n_throttles; i++) {
        const Hayat__Policy__V1__Throttle *throttle = policy->throttles[i];
        (void)fputs("{THROTTLE_", out);
        for (const char *c = throttle->purpose; *c != '\0'; c++) {
            (void)fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
        }
        (void)fprintf(out, ", %" PRId32 ", %" PRId32 " * 1000LL},", throttle->limit,
                      throttle->window_seconds);
    }
    (void)fprintf(out, "},\n                .throttle_count = %zu", policy->n_throttles);
}

static void print_policy(const struct model_method *method, struct classes *classes, FILE *out)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    (void)fputs("     .policy = {.callers = ", out);
    print_callers(method, out);
    (void)fprintf(
        out,
        ",\n                .transaction = TRANSACTION_%s, .idempotency = IDEMPOTENCY_%s,\n"
        "                .rate_class = %zu, .rate_per_minute = %" PRId32 ", .rate_burst = %" PRId32
        ",\n"
        "                .deadline_ms = %" PRId32 ", .max_request_bytes = %" PRId32
        ", .step_up = %s,\n                .audit = AUDIT_%s, .scopes = ",
        words_transaction(method), words_idempotency(method),
        class_index(classes, policy->rate->class_), policy->rate->per_minute, policy->rate->burst,
        policy->deadline_ms, policy->max_request_bytes, policy->step_up ? "true" : "false",
        words_audit(method));
    print_scopes(method, out);
    print_throttles(method, out);
    (void)fputs("},\n", out);
}

static void print_route(struct model *model, const struct model_method *method,
                        struct classes *classes, FILE *out)
{
    const char *input = names_symbol(model, method->input->name);
    (void)fprintf(out, "    {.path = \"%s\",\n", method->path);
    print_policy(method, classes, out);
    (void)fprintf(out,
                  "     .shape = SHAPE_%s, .rule = &rule_%s,\n"
                  "     .request = &%s__descriptor,\n     .response = &%s__descriptor,\n",
                  shape_name(method->shape), input, input,
                  names_symbol(model, method->output->name));
    if (request_id_field(method) != 0) {
        (void)fprintf(out, "     .request_id_field = %" PRId32 ",\n", request_id_field(method));
    }
    if (method->policy->step_up) {
        (void)fprintf(out, "     .step_up_text = %s_step_up_thunk,\n", method->handler);
    }
    print_handler(method, out);
}

void emit_routes(struct model *model, FILE *out)
{
    struct classes *classes = model_alloc(model, sizeof *classes);
    (void)fputs("/* Generated by rpcgen from the proto files: what each method demands, what its "
                "request may hold. */\n"
                "#include \"rpc/route.h\"\n\n#include \"auth/principal.h\"\n#include "
                "\"gen/handlers.h\"\n\n",
                out);
    emit_rules(model, out);
    for (size_t i = 0; i < model->method_count; i++) {
        print_thunk(model, model->methods[i], out);
        print_step_up_thunk(model, model->methods[i], out);
    }
    (void)fputs("const struct route routes[] = {\n", out);
    for (size_t i = 0; i < model->method_count; i++) {
        print_route(model, model->methods[i], classes, out);
    }
    (void)fprintf(out, "};\nconst size_t route_count = %zu;\n\n", model->method_count);
    print_classes(classes, out);
}
