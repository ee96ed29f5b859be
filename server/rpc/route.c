#include "rpc/route.h"

#include <stdlib.h>

/* bytes against a NUL-terminated path, in the order of strcmp. */
static int compare(const void *key, const void *element)
{
    const bytes *path = key;
    const struct route *route = element;
    size_t len = strlen(route->path);
    int order = memcmp(path->ptr, route->path, path->len < len ? path->len : len);
    if (order != 0) {
        return order;
    }
    return (path->len > len) - (path->len < len);
}

const struct route *route_find(bytes path)
{
    if (path.len == 0) {
        return NULL;
    }
    return bsearch(&path, routes, route_count, sizeof routes[0], compare);
}
