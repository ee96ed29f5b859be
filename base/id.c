#include "base/id.h"

#include <assert.h>
#include <string.h>

#include "base/codec.h"

struct id id_new(struct random_source *random)
{
    struct id id;
    random_fill(random, id.bytes, sizeof id.bytes);
    return id;
}

void id_format(struct id id, const char *prefix, char *out)
{
    size_t n = strlen(prefix);
    assert(n + 1 + base32_len(ID_BYTES) < ID_TEXT_MAX);
    memcpy(out, prefix, n);
    out[n] = '_';
    base32_encode(bytes_of(id.bytes, ID_BYTES), out + n + 1);
}

bool id_parse(bytes text, const char *prefix, struct id *ret)
{
    size_t n = strlen(prefix);
    return bytes_starts_with(text, prefix) && text.len > n && text.ptr[n] == '_' &&
           base32_decode(bytes_skip(text, n + 1), ret->bytes, ID_BYTES);
}

bool id_is_zero(struct id id)
{
    static const struct id zero;
    return memcmp(id.bytes, zero.bytes, ID_BYTES) == 0;
}
