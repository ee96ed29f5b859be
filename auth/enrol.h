/*
 * enrol: files a device's public key with a member, after which the device may sign in.
 *
 * It proves nothing about the person: its caller does (an operator with hayatctl; a code by letter, agency or SMS).
 * Threads  runs in the writer's transaction.
 * Reasons  NOT_FOUND (no such member) · DEVICE_KEY_INVALID · DEVICE_LIMIT (LIMIT_DEVICES_PER_MEMBER not revoked,
 *          SEC-B5) and what storage/table.h says.
 */
#ifndef HAYAT_AUTH_ENROL_H
#define HAYAT_AUTH_ENROL_H

#include "auth/device_key.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

struct enrolment {
    bytes registration_number;
    Hayat__Store__V1__DeviceAlgorithm algorithm;
    bytes public_key; /* P-256: 65 bytes, uncompressed point; Ed25519: 32 bytes */
};

/* The new device's id ("dev" to id_format). */
status enrol_device(struct txn *txn, const struct enrolment *enrolment, struct id *ret_device);

/* A device whose owner proved by that channel to be the member. */
struct enrolment_grant {
    struct owner owner;
    struct device_key key;
    Hayat__Store__V1__EnrolmentChannel channel;
    bool replace_oldest; /* at the limit the oldest device is revoked instead of DEVICE_LIMIT */
};

/* *ret_revoked is the device that was, when *ret_replaced. */
status enrol_grant(struct txn *txn, const struct enrolment_grant *grant, struct id *ret_device,
                   bool *ret_replaced, struct id *ret_revoked);

/* It may not ask for new sessions any more, and those it has end with it. */
status enrol_revoke_device(struct txn *txn, bytes registration_number, struct id device);
/* Nobody signs in as this member any more, by device or passphrase, and every session ends. */
status enrol_revoke_all(struct txn *txn, struct owner owner);

#endif
