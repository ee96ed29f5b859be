/*
 * rpcgen SET DIRECTORY: reads a FileDescriptorSet (protoc --include_imports --include_source_info)
 * and writes into DIRECTORY everything that follows from the proto files: gen/handlers.h, routes.c,
 * reflection.c, policy.txt, docs/api-reference.md, docs/errors.md, docs/service-config.json.  Refuses proto files that break
 * check.h's rules and writes nothing then.
 */
#include <stdlib.h>

#include "base/array.h"
#include "check.h"
#include "emit.h"
#include "output.h"

static const struct {
    const char *name;
    void (*emit)(struct model *model, FILE *out);
} files[] = {
    {"gen/handlers.h", emit_handlers},         {"routes.c", emit_routes},
    {"reflection.c", emit_reflection},         {"policy.txt", emit_policy},
    {"docs/errors.md", emit_errors},           {"docs/api-reference.md", emit_api},
    {"docs/service-config.json", emit_config},
};

static bool write_all(struct model *model, const char *directory)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct output output;
        if (!output_open(&output)) {
            return false;
        }
        files[i].emit(model, output.file);
        if (!output_close(&output, directory, files[i].name)) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct model model;
    if (argc != 3) {
        (void)fputs("usage: rpcgen SET DIRECTORY\n", stderr);
        return EXIT_FAILURE;
    }
    bool done = model_load(&model, argv[1]);
    if (done) {
        check_all(&model);
        done = model.problem_count == 0 && write_all(&model, argv[2]);
    }
    model_fini(&model);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
