#include "names.h"

#include <ctype.h>
#include <string.h>

/* protobuf-c's rule for one part of a name: underscores go, the letter after one is upper case. */
static size_t camel_part(const char *part, size_t len, char *out)
{
    size_t n = 0;
    bool upper = true;
    for (size_t i = 0; i < len; i++) {
        if (part[i] == '_') {
            upper = true;
            continue;
        }
        out[n++] = upper ? (char)toupper((unsigned char)part[i]) : part[i];
        upper = false;
    }
    return n;
}

/* protobuf-c's rule: an underscore before an upper-case letter that follows a lower-case one. */
static size_t snake_part(const char *part, size_t len, char *out)
{
    size_t n = 0;
    bool was_upper = true;
    for (size_t i = 0; i < len; i++) {
        bool is_upper = isupper((unsigned char)part[i]) != 0;
        if (is_upper && !was_upper) {
            out[n++] = '_';
        }
        out[n++] = (char)tolower((unsigned char)part[i]);
        was_upper = is_upper;
    }
    return n;
}

static char *join_parts(struct model *model, const char *full_name,
                        size_t (*convert)(const char *, size_t, char *))
{
    char *out = model_alloc(model, strlen(full_name) * 2 +
                                       1); /* "." becomes "__", at most "_x" per letter */
    size_t n = 0;
    for (const char *part = full_name; part != NULL;) {
        const char *dot = strchr(part, '.');
        size_t len = dot == NULL ? strlen(part) : (size_t)(dot - part);
        n += convert(part, len, out + n);
        if (dot != NULL) {
            out[n++] = '_';
            out[n++] = '_';
        }
        part = dot == NULL ? NULL : dot + 1;
    }
    out[n] = '\0';
    return out;
}

char *names_type(struct model *model, const char *full_name)
{
    return join_parts(model, full_name, camel_part);
}

char *names_symbol(struct model *model, const char *full_name)
{
    return join_parts(model, full_name, snake_part);
}

char *names_snake(struct model *model, const char *name)
{
    return join_parts(model, name, snake_part);
}

/* "v1alpha" of "grpc.reflection.v1alpha"; "" for v1 and for a package without a version. */
static const char *version_of(const char *package)
{
    const char *dot = strrchr(package, '.');
    const char *last = dot == NULL ? package : dot + 1;
    bool version = last[0] == 'v' && isdigit((unsigned char)last[1]);
    return version && strcmp(last, "v1") != 0 ? last : "";
}

char *names_handler(struct model *model, const char *package, const char *service,
                    const char *method)
{
    static const char suffix[] = "_service";
    char *stem = names_snake(model, service);
    size_t len = strlen(stem);
    if (len > strlen(suffix) && strcmp(stem + len - strlen(suffix), suffix) == 0) {
        stem[len - strlen(suffix)] = '\0';
    }
    len = strlen(stem);
    const char *verb = names_snake(model, method);
    if (strncmp(verb, stem, len) == 0 && verb[len] == '_') {
        verb += len + 1;
    }
    const char *version = version_of(package);
    return model_printf(model, "%s_%s%s%s", stem, version, version[0] != '\0' ? "_" : "", verb);
}
