#include "json_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/defer.h"
#include "files.h"

bool json_copy_text(const json_t *object, const char *key, char *out, size_t size)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    out[0] = '\0';
    if (text == NULL || len >= size) {
        return false;
    }
    memcpy(out, text, len + 1);
    return true;
}

bool json_copy_hex(const json_t *object, const char *key, uint8_t *out, size_t len)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL && hex_decode(bytes_str(text), out, len);
}

status json_replace_file(const char *path, json_t *json)
{
    DEFER(defer_free) char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    return text == NULL ? FAIL(FILE_UNWRITABLE) : file_replace(path, bytes_str(text));
}
