#include "auth/enrol.h"

#include "auth/session.h"
#include "base/field.h"
#include "base/id.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/passphrase_store.h"
#include "storage/preferences_store.h"

static status find_member(struct txn *txn, bytes registration_number, struct owner *ret_owner)
{
    struct owner owner = owner_of_registration(txn_keys(txn), registration_number);
    struct cell cell = cell_of_owner(TABLE_member, owner, key_owner(owner));
    ProtobufCMessage *member;
    TRY(table_get_record(txn, &cell, &member));
    *ret_owner = owner;
    return STATUS_OK;
}

static status store_device(struct txn *txn, const struct enrolment_grant *grant, struct id id)
{
    bytes public_key = arena_copy(txn_arena(txn), grant->key.public_key);
    TRY(arena_check(txn_arena(txn)));
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    device.device_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    device.algorithm = grant->key.algorithm;
    device.public_key = field_bytes(public_key);
    device.create_ms = txn_now_ms(txn);
    device.enrolled_by = (uint32_t)grant->channel;
    return device_store_put(txn, grant->owner, &device);
}

static status revoke(struct txn *txn, struct owner owner, struct id device)
{
    Hayat__Store__V1__StoredDevice *stored;
    TRY(device_store_get(txn, owner, device, &stored));
    stored->revoked = true;
    stored->revoke_ms = txn_now_ms(txn);
    TRY(device_store_put(txn, owner, stored));
    TRY(preferences_store_forget_device(txn, owner, device));
    return session_end_device(txn, owner, device); /* SEC-A5 */
}

struct oldest {
    int64_t create_ms;
    struct id id;
    bool found;
};

static bool take_older(void *ctx, const Hayat__Store__V1__StoredDevice *device)
{
    struct oldest *oldest = ctx;
    bool older = !oldest->found || device->create_ms < oldest->create_ms;
    if (!device->revoked && older && device->device_id.len == ID_BYTES) {
        *oldest = (struct oldest){.create_ms = device->create_ms, .found = true};
        memcpy(oldest->id.bytes, device->device_id.data, ID_BYTES);
    }
    return true;
}

static status revoke_oldest(struct txn *txn, struct owner owner, struct id *ret_revoked)
{
    struct oldest oldest = {.found = false};
    TRY(device_store_visit(txn, owner, take_older, &oldest));
    *ret_revoked = oldest.id;
    return oldest.found ? revoke(txn, owner, oldest.id) : FAIL(NOT_FOUND);
}

status enrol_revoke_all(struct txn *txn, struct owner owner)
{
    struct oldest one;
    do {
        one = (struct oldest){.found = false};
        TRY(device_store_visit(txn, owner, take_older, &one));
        TRY(one.found ? revoke(txn, owner, one.id) : STATUS_OK);
    } while (one.found);
    TRY(passphrase_store_delete(txn, owner));
    return session_end_all(txn, owner);
}

status enrol_grant(struct txn *txn, const struct enrolment_grant *grant, struct id *ret_device,
                   bool *ret_replaced, struct id *ret_revoked)
{
    size_t live;
    struct id id = id_new(txn_random(txn));
    TRY(device_key_check(&grant->key));
    TRY(device_store_count_live(txn, grant->owner, &live));
    bool full = live >= LIMIT_DEVICES_PER_MEMBER;
    if (full && !grant->replace_oldest) {
        return FAIL(DEVICE_LIMIT);
    }
    if (full) {
        TRY(revoke_oldest(txn, grant->owner, ret_revoked));
    }
    TRY(store_device(txn, grant, id));
    *ret_device = id;
    *ret_replaced = full;
    return STATUS_OK;
}

status enrol_device(struct txn *txn, const struct enrolment *enrolment, struct id *ret_device)
{
    bool replaced;
    struct id revoked;
    struct enrolment_grant grant = {.key = {enrolment->algorithm, enrolment->public_key}};
    TRY(device_key_check(&grant.key));
    TRY(find_member(txn, enrolment->registration_number, &grant.owner));
    return enrol_grant(txn, &grant, ret_device, &replaced, &revoked);
}

status enrol_revoke_device(struct txn *txn, bytes registration_number, struct id device)
{
    struct owner owner;
    TRY(find_member(txn, registration_number, &owner));
    return revoke(txn, owner, device);
}
