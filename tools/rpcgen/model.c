#include "model.h"

#include <stdarg.h>
#include <string.h>

#include "base/defer.h"
#include "names.h"
#include "options.h"

enum { SET_BYTES_MAX = 16 * 1024 * 1024 };

/* Field numbers in descriptor.proto, as they appear in the paths of SourceCodeInfo. */
enum {
    PATH_FILE_MESSAGE = 4,
    PATH_FILE_ENUM = 5,
    PATH_FILE_SERVICE = 6,
    PATH_MESSAGE_FIELD = 2,
    PATH_MESSAGE_NESTED = 3,
    PATH_MESSAGE_ENUM = 4,
    PATH_ENUM_VALUE = 2,
    PATH_SERVICE_METHOD = 2,
};

/* Where an element stands in its file. */
struct path {
    int32_t at[2 * MODEL_DEPTH_MAX];
    size_t len;
};

static struct path path_add(struct path path, int32_t field, size_t index)
{
    if (path.len + 2 <= 2 * MODEL_DEPTH_MAX) {
        path.at[path.len++] = field;
        path.at[path.len++] = (int32_t)index;
    }
    return path;
}

void problem(struct model *model, const char *file, const char *element, const char *format, ...)
{
    model->problem_count++;
    (void)fprintf(stderr, "rpcgen: %s: %s: ", file, element);
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

void *model_alloc(struct model *model, size_t size)
{
    void *ptr = arena_alloc(&model->arena, size);
    if (ptr == NULL) {
        (void)fputs("rpcgen: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return ptr;
}

char *model_printf(struct model *model, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = model_alloc(model, (size_t)(len < 0 ? 0 : len) + 1);
    (void)vsnprintf(text, (size_t)(len < 0 ? 0 : len) + 1, format, again);
    va_end(again);
    return text;
}

/* The next place in a list of the model. */
static size_t next(size_t *count, const char *what)
{
    if (*count >= MODEL_MAX) {
        (void)fprintf(stderr, "rpcgen: more than %d %s\n", MODEL_MAX, what);
        exit(EXIT_FAILURE);
    }
    return (*count)++;
}

/* A comment as its author meant it: without the blank after each "//" and the last line's end. */
static const char *clean_comment(struct model *model, const char *raw)
{
    char *text = model_alloc(model, strlen(raw) + 1);
    size_t n = 0;
    bool line_start = true;
    for (const char *c = raw; *c != '\0'; c++) {
        if (!(line_start && *c == ' ')) {
            text[n++] = *c;
        }
        line_start = *c == '\n';
    }
    while (n > 0 && text[n - 1] == '\n') {
        text[--n] = '\0';
    }
    return text;
}

static const char *comment_at(struct model *model, const struct model_file *file, struct path path)
{
    const Google__Protobuf__SourceCodeInfo *info = file->proto->source_code_info;
    for (size_t i = 0; info != NULL && i < info->n_location; i++) {
        const Google__Protobuf__SourceCodeInfo__Location *place = info->location[i];
        if (place->n_path == path.len &&
            memcmp(place->path, path.at, path.len * sizeof path.at[0]) == 0) {
            return place->leading_comments == NULL ? ""
                                                   : clean_comment(model, place->leading_comments);
        }
    }
    return "";
}

static const char *scoped(struct model *model, const char *scope, const char *name)
{
    return scope[0] == '\0' ? name : model_printf(model, "%s.%s", scope, name);
}

static void add_enum(struct model *model, const struct model_file *file, const char *scope,
                     const Google__Protobuf__EnumDescriptorProto *proto, struct path path)
{
    struct model_enum *e = model_alloc(model, sizeof *e);
    e->name = scoped(model, scope, proto->name);
    e->comment = comment_at(model, file, path);
    e->file = file;
    e->proto = proto;
    e->value_comments = model_alloc(model, proto->n_value * sizeof *e->value_comments);
    for (size_t i = 0; i < proto->n_value; i++) {
        e->value_comments[i] = comment_at(model, file, path_add(path, PATH_ENUM_VALUE, i));
    }
    model->enums[next(&model->enum_count, "enums")] = e;
}

static int by_number(const void *a, const void *b)
{
    const struct model_field *x = a, *y = b;
    return (x->proto->number > y->proto->number) - (x->proto->number < y->proto->number);
}

static void add_fields(struct model *model, struct model_message *message, struct path path)
{
    Hayat__Policy__V1__FieldBounds *none = model_alloc(model, sizeof *none);
    hayat__policy__v1__field_bounds__init(none);
    const Google__Protobuf__DescriptorProto *proto = message->proto;
    message->field_count = proto->n_field;
    message->fields = model_alloc(model, proto->n_field * sizeof *message->fields);
    for (size_t i = 0; i < proto->n_field; i++) {
        const Google__Protobuf__FieldDescriptorProto *field = proto->field[i];
        const ProtobufCMessage *bounds = option_merged(
            model, field->options == NULL ? NULL : &field->options->base, OPTION_FIELD,
            &hayat__policy__v1__field_bounds__descriptor);
        message->fields[i] = (struct model_field){
            .name = field->name,
            .full_name = scoped(model, message->name, field->name),
            .comment = comment_at(model, message->file, path_add(path, PATH_MESSAGE_FIELD, i)),
            .proto = field,
            .bounds = bounds == NULL ? none
                                     : (const Hayat__Policy__V1__FieldBounds *)(const void *)bounds,
            .declared = bounds != NULL,
            .repeated = field->label ==
                        GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED,
            .optional = field->has_proto3_optional && field->proto3_optional,
            /* proto3 `optional` is spelt as a oneof of one: not a choice. */
            .oneof = field->has_oneof_index &&
                             !(field->has_proto3_optional && field->proto3_optional)
                         ? (uint8_t)(field->oneof_index + 1)
                         : 0,
        };
    }
    qsort(message->fields, message->field_count, sizeof *message->fields, by_number);
}

static void add_message(struct model *model, const struct model_file *file, const char *scope,
                        const Google__Protobuf__DescriptorProto *proto, struct path path)
{
    struct model_message *message = model_alloc(model, sizeof *message);
    message->name = scoped(model, scope, proto->name);
    message->comment = comment_at(model, file, path);
    message->file = file;
    message->proto = proto;
    message->map_entry = proto->options != NULL && proto->options->has_map_entry &&
                         proto->options->map_entry;
    add_fields(model, message, path);
    model->messages[next(&model->message_count, "messages")] = message;
    if (path.len + 2 > 2 * MODEL_DEPTH_MAX) {
        problem(model, file->name, message->name, "is nested deeper than %d", MODEL_DEPTH_MAX);
        return;
    }
    for (size_t i = 0; i < proto->n_nested_type; i++) {
        add_message(model, file, message->name, proto->nested_type[i],
                    path_add(path, PATH_MESSAGE_NESTED, i));
    }
    for (size_t i = 0; i < proto->n_enum_type; i++) {
        add_enum(model, file, message->name, proto->enum_type[i],
                 path_add(path, PATH_MESSAGE_ENUM, i));
    }
}

static struct model_method *new_method(struct model *model, const struct model_service *service,
                                       size_t index)
{
    struct model_method *method = model_alloc(model, sizeof *method);
    const Google__Protobuf__MethodDescriptorProto *proto = service->proto->method[index];
    method->proto = proto;
    method->file = service->file;
    method->name = scoped(model, service->name, proto->name);
    method->path = model_printf(model, "/%s/%s", service->name, proto->name);
    method->handler = names_handler(model, service->file->package, service->proto->name,
                                    proto->name);
    method->policy = (const Hayat__Policy__V1__MethodPolicy *)(const void *)option_merged(
        model, proto->options == NULL ? NULL : &proto->options->base, OPTION_METHOD,
        &hayat__policy__v1__method_policy__descriptor);
    method->shape = (proto->client_streaming ? MODEL_CLIENT_STREAM : 0) +
                    (proto->server_streaming ? MODEL_SERVER_STREAM : 0);
    return method;
}

static void add_service(struct model *model, const struct model_file *file, size_t index)
{
    struct path path = path_add((struct path){0}, PATH_FILE_SERVICE, index);
    struct model_service *service = model_alloc(model, sizeof *service);
    service->proto = file->proto->service[index];
    service->file = file;
    service->name = scoped(model, file->package, service->proto->name);
    service->comment = comment_at(model, file, path);
    service->methods = model_alloc(model, service->proto->n_method * sizeof *service->methods);
    for (size_t i = 0; i < service->proto->n_method; i++) {
        struct model_method *method = new_method(model, service, i);
        method->comment = comment_at(model, file, path_add(path, PATH_SERVICE_METHOD, i));
        service->methods[i] = method;
        model->methods[next(&model->method_count, "methods")] = method;
    }
    model->services[next(&model->service_count, "services")] = service;
}

static void add_standard_options(struct model *model, const struct model_file *file)
{
    const ProtobufCMessage *options = file->options == NULL ? NULL : &file->options->base;
    ProtobufCMessage *found;
    for (size_t i = 0; (found = option_at(model, options, OPTION_STANDARD_METHOD, i,
                                          &hayat__policy__v1__standard_method__descriptor)) != NULL;
         i++) {
        size_t at = next(&model->standard_method_count, "standard methods");
        model->standard_methods[at] =
            (const Hayat__Policy__V1__StandardMethod *)(const void *)found;
        model->standard_method_files[at] = file;
    }
    for (size_t i = 0; (found = option_at(model, options, OPTION_STANDARD_FIELD, i,
                                          &hayat__policy__v1__standard_field__descriptor)) != NULL;
         i++) {
        size_t at = next(&model->standard_field_count, "standard fields");
        model->standard_fields[at] = (const Hayat__Policy__V1__StandardField *)(const void *)found;
        model->standard_field_files[at] = file;
    }
}

static void add_file(struct model *model, const Google__Protobuf__FileDescriptorProto *proto)
{
    struct model_file *file = model_alloc(model, sizeof *file);
    *file = (struct model_file){proto, proto->name, proto->package == NULL ? "" : proto->package,
                                proto->options};
    model->files[next(&model->file_count, "files")] = file;
    for (size_t i = 0; i < proto->n_message_type; i++) {
        add_message(model, file, file->package, proto->message_type[i],
                    path_add((struct path){0}, PATH_FILE_MESSAGE, i));
    }
    for (size_t i = 0; i < proto->n_enum_type; i++) {
        add_enum(model, file, file->package, proto->enum_type[i],
                 path_add((struct path){0}, PATH_FILE_ENUM, i));
    }
    for (size_t i = 0; i < proto->n_service; i++) {
        add_service(model, file, i);
    }
    add_standard_options(model, file);
}

struct model_message *model_message(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->message_count; i++) {
        if (strcmp(model->messages[i]->name, name) == 0) {
            return model->messages[i];
        }
    }
    return NULL;
}

struct model_enum *model_enum(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->enum_count; i++) {
        if (strcmp(model->enums[i]->name, name) == 0) {
            return model->enums[i];
        }
    }
    return NULL;
}

struct model_method *model_method(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->method_count; i++) {
        if (strcmp(model->methods[i]->name, name) == 0) {
            return model->methods[i];
        }
    }
    return NULL;
}

static struct model_field *find_field(const struct model *model, const char *full_name)
{
    for (size_t i = 0; i < model->message_count; i++) {
        for (size_t f = 0; f < model->messages[i]->field_count; f++) {
            if (strcmp(model->messages[i]->fields[f].full_name, full_name) == 0) {
                return &model->messages[i]->fields[f];
            }
        }
    }
    return NULL;
}

/* protoc writes type names absolute: ".hayat.v1.Card". */
static void link_types(struct model *model)
{
    for (size_t i = 0; i < model->message_count; i++) {
        for (size_t f = 0; f < model->messages[i]->field_count; f++) {
            struct model_field *field = &model->messages[i]->fields[f];
            if (field->proto->type_name != NULL) {
                field->message = model_message(model, field->proto->type_name + 1);
                field->enumeration = model_enum(model, field->proto->type_name + 1);
            }
        }
    }
    for (size_t i = 0; i < model->method_count; i++) {
        model->methods[i]->input = model_message(model, model->methods[i]->proto->input_type + 1);
        model->methods[i]->output = model_message(model, model->methods[i]->proto->output_type + 1);
    }
}

static void apply_standard_options(struct model *model)
{
    for (size_t i = 0; i < model->standard_method_count; i++) {
        const Hayat__Policy__V1__StandardMethod *standard = model->standard_methods[i];
        struct model_method *method = model_method(model, standard->method);
        if (method == NULL) {
            problem(model, model->standard_method_files[i]->name, standard->method,
                    "standard_method names a method that does not exist");
        } else {
            method->two_policies = method->policy != NULL;
            method->policy = standard->policy;
        }
    }
    for (size_t i = 0; i < model->standard_field_count; i++) {
        const Hayat__Policy__V1__StandardField *standard = model->standard_fields[i];
        struct model_field *field = find_field(model, standard->field);
        if (field == NULL) {
            problem(model, model->standard_field_files[i]->name, standard->field,
                    "standard_field names a field that does not exist");
        } else if (field->declared) {
            problem(model, model->standard_field_files[i]->name, standard->field,
                    "has bounds twice");
        } else if (standard->bounds != NULL) {
            field->bounds = standard->bounds;
            field->declared = true;
        }
    }
}

static int by_path(const void *a, const void *b)
{
    const struct model_method *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

static int by_service_name(const void *a, const void *b)
{
    const struct model_service *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static bool read_set(struct model *model, const char *path)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "rpcgen: %s: cannot be opened\n", path);
        return false;
    }
    uint8_t *data = model_alloc(model, SET_BYTES_MAX);
    size_t len = fread(data, 1, SET_BYTES_MAX, file);
    model->set = google__protobuf__file_descriptor_set__unpack(&model->arena.allocator, len, data);
    if (len == SET_BYTES_MAX || model->set == NULL) {
        (void)fprintf(stderr, "rpcgen: %s: is not a FileDescriptorSet under 16 MiB\n", path);
        return false;
    }
    return true;
}

bool model_load(struct model *model, const char *path)
{
    *model = (struct model){0};
    arena_init(&model->arena, MODEL_ARENA_BYTES);
    if (!read_set(model, path)) {
        return false;
    }
    for (size_t i = 0; i < model->set->n_file; i++) {
        add_file(model, model->set->file[i]);
    }
    link_types(model);
    apply_standard_options(model);
    qsort(model->methods, model->method_count, sizeof(struct model_method *), by_path);
    qsort(model->services, model->service_count, sizeof(struct model_service *), by_service_name);
    return true;
}

void model_fini(struct model *model)
{
    arena_fini(&model->arena);
}
