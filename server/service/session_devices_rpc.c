/* A member's devices: which there are. */
#include "gen/handlers.h"
#include "service/message.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/passphrase_store.h"
#include "storage/session_family_store.h"

enum { DEVICES_MAX = 32 };

/* --- sessions, counted --- */

static bool is_live(const session_family_row *family, int64_t now_ms)
{
    return family->end_ms > now_ms && family->refresh_ms + LIMIT_SESSION_IDLE_MS > now_ms;
}

static bool same_device(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return bytes_equal(bytes_of_binary(a), bytes_of_binary(b));
}

static void count_sessions(struct rpc *rpc, const struct session_families *sessions,
                           const Hayat__Store__V1__StoredDevice *stored, Hayat__V1__Device *device)
{
    int64_t last_ms = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        const session_family_row *family = sessions->rows[i];
        if (same_device(family->device_id, stored->device_id) && is_live(family, rpc->now_ms)) {
            device->session_count++;
            last_ms = family->refresh_ms > last_ms ? family->refresh_ms : last_ms;
        }
    }
    if (device->session_count > 0) {
        device->last_use_time = message_time(rpc->arena, last_ms);
    }
}

static int32_t count_passphrase_sessions(const struct session_families *sessions, int64_t now_ms)
{
    int32_t count = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        const session_family_row *family = sessions->rows[i];
        bool by_passphrase = family->route ==
                             HAYAT__STORE__V1__SESSION_ROUTE__SESSION_ROUTE_PASSPHRASE;
        count += by_passphrase && is_live(family, now_ms) ? 1 : 0;
    }
    return count;
}

/* --- the list --- */

struct listing {
    struct rpc *rpc;
    const struct session_families *sessions;
    bool revoked; /* which of the two kinds this pass takes */
    Hayat__V1__Device **devices;
    size_t count;
    bool ran_dry;
};

static Hayat__V1__KeyAlgorithm algorithm_of(const Hayat__Store__V1__StoredDevice *stored)
{
    return stored->algorithm == HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256
               ? HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_P256
               : HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_ED25519;
}

static Hayat__V1__Device *device_message(const struct listing *listing,
                                         const Hayat__Store__V1__StoredDevice *stored)
{
    struct rpc *rpc = listing->rpc;
    Hayat__V1__Device *device = message_new(rpc->arena, &hayat__v1__device__descriptor);
    if (device == NULL) {
        return NULL;
    }
    device->device_id = message_id(rpc->arena, "dev", stored->device_id);
    device->algorithm = algorithm_of(stored);
    device->create_time = message_time(rpc->arena, stored->create_ms);
    device->revoked = stored->revoked;
    device->is_caller = bytes_equal(bytes_of_binary(stored->device_id),
                                    bytes_of(rpc->principal->device.bytes, ID_BYTES));
    count_sessions(rpc, listing->sessions, stored, device);
    return device;
}

static bool gather(void *ctx, const Hayat__Store__V1__StoredDevice *stored)
{
    struct listing *listing = ctx;
    if (stored->revoked != listing->revoked) {
        return true;
    }
    Hayat__V1__Device *device = device_message(listing, stored);
    listing->ran_dry = device == NULL;
    if (!listing->ran_dry) {
        listing->devices[listing->count++] = device;
    }
    return !listing->ran_dry && listing->count < DEVICES_MAX;
}

static status list_devices(struct listing *listing)
{
    struct rpc *rpc = listing->rpc;
    listing->devices = arena_array(rpc->arena, DEVICES_MAX, sizeof *listing->devices);
    if (listing->devices == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(device_store_visit(rpc->txn, rpc->principal->owner, gather, listing));
    listing->revoked = true;
    return listing->count < DEVICES_MAX && !listing->ran_dry
               ? device_store_visit(rpc->txn, rpc->principal->owner, gather, listing)
               : STATUS_OK;
}

static status has_passphrase(struct rpc *rpc, protobuf_c_boolean *ret_has)
{
    passphrase_row *row;
    status s = passphrase_store_get(rpc->txn, rpc->principal->owner, &row);
    *ret_has = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

status session_list_devices(struct rpc *rpc, const Hayat__V1__ListDevicesRequest *request,
                            Hayat__V1__ListDevicesResponse *response)
{
    struct session_families sessions;
    (void)request;
    TRY(session_family_store_list(rpc->txn, rpc->principal->owner, &sessions));
    struct listing listing = {.rpc = rpc, .sessions = &sessions};
    TRY(list_devices(&listing));
    response->n_devices = listing.count;
    response->devices = listing.devices;
    response->passphrase_session_count = count_passphrase_sessions(&sessions, rpc->now_ms);
    TRY(has_passphrase(rpc, &response->has_passphrase));
    return arena_check(rpc->arena);
}
