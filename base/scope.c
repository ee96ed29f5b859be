#include "base/scope.h"

#include <string.h>

#include "base/array.h"

struct scope_row {
    uint32_t mask;
    const char *name;
};

static const struct scope_row rows[] = {
#define SCOPE(bit, NAME, name) {SCOPE_##NAME, name},
    SCOPES_OF_AGENTS(SCOPE) SCOPES_OF_SYSTEMS(SCOPE)
#undef SCOPE
};

uint32_t scope_of_name(bytes name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (bytes_equal_str(name, rows[i].name)) {
            return rows[i].mask;
        }
    }
    return 0;
}

void scope_format(uint32_t mask, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t len = strlen(rows[i].name);
        if ((mask & rows[i].mask) == 0 || used + len + 2 > SCOPE_TEXT_MAX) {
            continue;
        }
        if (used > 0) {
            out[used++] = ',';
        }
        memcpy(out + used, rows[i].name, len);
        used += len;
    }
    out[used] = '\0';
}

uint32_t scope_parse(bytes text)
{
    uint32_t mask = 0;
    while (text.len > 0) {
        const uint8_t *comma = memchr(text.ptr, ',', text.len);
        size_t len = comma == NULL ? text.len : (size_t)(comma - text.ptr);
        uint32_t one = scope_of_name(bytes_head(text, len));
        if (one == 0) {
            return 0;
        }
        mask |= one;
        text = bytes_skip(text, comma == NULL ? len : len + 1);
    }
    return mask;
}
