#include "service/resource_name.h"

#include <string.h>

static bool parse(const char *name, const char *collection, const char *prefix, struct id *ret_id)
{
    bytes text = bytes_str(name);
    return bytes_starts_with(text, collection) &&
           id_parse(bytes_skip(text, strlen(collection)), prefix, ret_id);
}

bool upload_name_parse(const char *name, struct id *ret_id)
{
    return parse(name, "uploads/", "upl", ret_id);
}

bool document_name_parse(const char *name, struct id *ret_id)
{
    return parse(name, "documents/", "doc", ret_id);
}
