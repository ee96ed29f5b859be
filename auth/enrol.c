#include "auth/enrol.h"

#include "auth/device_key.h"
#include "auth/session.h"
#include "base/id.h"
#include "storage/db.h"
#include "storage/device_store.h"

static status find_member(struct txn *txn, bytes registration_number, struct owner *ret_owner)
{
    struct owner owner = owner_of_registration(txn_keys(txn), registration_number);
    struct cell cell = cell_of_owner(TABLE_member, owner, key_owner(owner));
    ProtobufCMessage *member;
    TRY(table_get_record(txn, &cell, &member));
    *ret_owner = owner;
    return STATUS_OK;
}

static status store_device(struct txn *txn, struct owner owner, const struct device_key *key,
                           struct id id)
{
    bytes public_key = arena_copy(txn_arena(txn), key->public_key);
    TRY(arena_check(txn_arena(txn)));
    union {
        const uint8_t *in;
        uint8_t *out; /* protobuf-c does not write to what it packs */
    } unconst = {.in = public_key.ptr};
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    device.device_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    device.algorithm = key->algorithm;
    device.public_key = (ProtobufCBinaryData){public_key.len, unconst.out};
    device.create_ms = txn_now_ms(txn);
    return device_store_put(txn, owner, &device);
}

status enrol_device(struct txn *txn, const struct enrolment *enrolment, struct id *ret_device)
{
    struct device_key key = {enrolment->algorithm, enrolment->public_key};
    TRY(device_key_check(&key));
    struct owner owner;
    TRY(find_member(txn, enrolment->registration_number, &owner));
    size_t live;
    TRY(device_store_count_live(txn, owner, &live));
    if (live >= LIMIT_DEVICES_PER_MEMBER) {
        return FAIL(DEVICE_LIMIT);
    }
    struct id id = id_new(txn_random(txn));
    TRY(store_device(txn, owner, &key, id));
    *ret_device = id;
    return STATUS_OK;
}

status enrol_revoke_device(struct txn *txn, bytes registration_number, struct id device)
{
    struct owner owner;
    TRY(find_member(txn, registration_number, &owner));
    Hayat__Store__V1__StoredDevice *stored;
    TRY(device_store_get(txn, owner, device, &stored));
    stored->revoked = true;
    TRY(device_store_put(txn, owner, stored));
    return session_end_device(txn, owner, device); /* SEC-A5 */
}
