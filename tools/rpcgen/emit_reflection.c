#include <string.h>

#include "emit.h"

enum { BYTES_PER_LINE = 24 };

/* --- files --- */

static size_t file_index(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->file_count; i++) {
        if (strcmp(model->files[i]->name, name) == 0) {
            return i;
        }
    }
    return 0; /* --include_imports: every import is there */
}

/* The descriptor as clients get it: with all options, without comments and positions. */
static void print_descriptor(struct model *model, size_t index, FILE *out)
{
    Google__Protobuf__FileDescriptorProto bare = *model->files[index]->proto;
    bare.source_code_info = NULL;
    size_t len = google__protobuf__file_descriptor_proto__get_packed_size(&bare);
    uint8_t *wire = model_alloc(model, len);
    (void)google__protobuf__file_descriptor_proto__pack(&bare, wire);
    (void)fprintf(out, "/* %s */\nstatic const uint8_t descriptor_%zu[] = {",
                  model->files[index]->name, index);
    for (size_t i = 0; i < len; i++) {
        (void)fprintf(out, "%s%u,", i % BYTES_PER_LINE == 0 ? "\n    " : "", wire[i]);
    }
    (void)fputs("\n};\n", out);
}

static void print_dependencies(const struct model *model, size_t index, FILE *out)
{
    const Google__Protobuf__FileDescriptorProto *proto = model->files[index]->proto;
    if (proto->n_dependency == 0) {
        return;
    }
    (void)fprintf(out, "static const uint16_t dependencies_%zu[] = {", index);
    for (size_t i = 0; i < proto->n_dependency; i++) {
        (void)fprintf(out, "%s%zu", i > 0 ? ", " : "", file_index(model, proto->dependency[i]));
    }
    (void)fputs("};\n", out);
}

static void print_files(struct model *model, FILE *out)
{
    for (size_t i = 0; i < model->file_count; i++) {
        print_descriptor(model, i, out);
        print_dependencies(model, i, out);
    }
    (void)fputs("\nconst struct reflected_file reflected_files[] = {\n", out);
    for (size_t i = 0; i < model->file_count; i++) {
        size_t count = model->files[i]->proto->n_dependency;
        (void)fprintf(out, "    {\"%s\", {descriptor_%zu, sizeof descriptor_%zu}, ",
                      model->files[i]->name, i, i);
        if (count > 0) {
            (void)fprintf(out, "dependencies_%zu, %zu},\n", i, count);
        } else {
            (void)fputs("NULL, 0},\n", out);
        }
    }
    (void)fprintf(out, "};\nconst size_t reflected_file_count = %zu;\n\n", model->file_count);
}

/* --- symbols --- */

struct symbol {
    const char *name;
    const struct model_file *file;
};

struct symbols {
    struct symbol *at;
    size_t count;
};

enum { SYMBOLS_MAX = 8 * MODEL_MAX };

static void add_symbol(struct symbols *symbols, const char *name, const struct model_file *file)
{
    if (symbols->count >= SYMBOLS_MAX) {
        (void)fprintf(stderr, "rpcgen: more than %d symbols\n", SYMBOLS_MAX);
        exit(EXIT_FAILURE);
    }
    symbols->at[symbols->count++] = (struct symbol){name, file};
}

/* An enum's values are its siblings: "hayat.v1.CARD_STATE_ACTIVE". */
static void add_enum_symbols(struct model *model, struct symbols *symbols,
                             const struct model_enum *e)
{
    const char *dot = strrchr(e->name, '.');
    int scope = dot == NULL ? 0 : (int)(dot - e->name) + 1;
    add_symbol(symbols, e->name, e->file);
    for (size_t i = 0; i < e->proto->n_value; i++) {
        add_symbol(symbols, model_printf(model, "%.*s%s", scope, e->name, e->proto->value[i]->name),
                   e->file);
    }
}

static void add_message_symbols(struct model *model, struct symbols *symbols,
                                const struct model_message *message)
{
    add_symbol(symbols, message->name, message->file);
    for (size_t i = 0; i < message->field_count; i++) {
        add_symbol(symbols, message->fields[i].full_name, message->file);
    }
    for (size_t i = 0; i < message->proto->n_oneof_decl; i++) {
        add_symbol(symbols,
                   model_printf(model, "%s.%s", message->name, message->proto->oneof_decl[i]->name),
                   message->file);
    }
}

static void add_extension_symbols(struct model *model, struct symbols *symbols,
                                  const struct model_file *file)
{
    for (size_t i = 0; i < file->proto->n_extension; i++) {
        add_symbol(symbols,
                   model_printf(model, "%s.%s", file->package, file->proto->extension[i]->name),
                   file);
    }
}

static int by_name(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void collect(struct model *model, struct symbols *symbols)
{
    for (size_t i = 0; i < model->file_count; i++) {
        add_extension_symbols(model, symbols, model->files[i]);
    }
    for (size_t i = 0; i < model->message_count; i++) {
        add_message_symbols(model, symbols, model->messages[i]);
    }
    for (size_t i = 0; i < model->enum_count; i++) {
        add_enum_symbols(model, symbols, model->enums[i]);
    }
    for (size_t i = 0; i < model->service_count; i++) {
        add_symbol(symbols, model->services[i]->name, model->services[i]->file);
    }
    for (size_t i = 0; i < model->method_count; i++) {
        add_symbol(symbols, model->methods[i]->name, model->methods[i]->file);
    }
    qsort(symbols->at, symbols->count, sizeof symbols->at[0], by_name);
}

static void print_symbols(struct model *model, FILE *out)
{
    struct symbols symbols = {model_alloc(model, SYMBOLS_MAX * sizeof(struct symbol)), 0};
    collect(model, &symbols);
    (void)fputs("const struct reflected_symbol reflected_symbols[] = {\n", out);
    for (size_t i = 0; i < symbols.count; i++) {
        (void)fprintf(out, "    {\"%s\", %zu},\n", symbols.at[i].name,
                      file_index(model, symbols.at[i].file->name));
    }
    (void)fprintf(out, "};\nconst size_t reflected_symbol_count = %zu;\n\n", symbols.count);
}

void emit_reflection(struct model *model, FILE *out)
{
    (void)fputs("/* Generated by rpcgen from the proto files: what server reflection serves. */\n"
                "#include \"rpc/route.h\"\n\n",
                out);
    print_files(model, out);
    print_symbols(model, out);
    (void)fputs("const char *const reflected_services[] = {\n", out);
    for (size_t i = 0; i < model->service_count; i++) {
        (void)fprintf(out, "    \"%s\",\n", model->services[i]->name);
    }
    (void)fprintf(out, "};\nconst size_t reflected_service_count = %zu;\n", model->service_count);
}
