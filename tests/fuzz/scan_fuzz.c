/*
 * Promise: the pre-scan survives any bytes, and what it accepts protobuf-c unpacks into a capped
 * arena, or refuses for want of memory alone, and packs again (SEC-E5).  The first byte picks the
 * route.
 */
#include <assert.h>
#include <stdint.h>

#include "base/limits.h"
#include "rpc/route.h"
#include "rpc/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(const struct route *route, bytes wire)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES + LIMIT_ARENA_PER_WIRE_BYTE * wire.len);
    ProtobufCMessage *message = protobuf_c_message_unpack(route->request, &arena.allocator,
                                                          wire.len, wire.ptr);
    assert(message != NULL || arena_ran_dry(&arena));
    if (message != NULL) {
        assert(protobuf_c_message_check(message));
        assert(protobuf_c_message_get_packed_size(message) <= 2 * wire.len + 16);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const struct route *route = &routes[data[0] % route_count];
    bytes wire = bytes_of(data + 1, size - 1);
    struct error_details details = {0};
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    status scanned = scan_request(route->rule, wire, &arena, &details);
    assert(details.field_count <= LIMIT_VIOLATIONS);
    assert(ok(scanned) ? details.field_count == 0 : details.field_count > 0);
    arena_fini(&arena);
    if (scanned.why != REASON_MALFORMED_REQUEST) {
        unpack(route, wire);
    }
    return 0;
}
