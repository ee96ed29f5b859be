#include "tools/hayatctl/demo_devices.h"

#include <sodium.h>

#include "auth/enrol.h"
#include "base/limits.h"
#include "storage/audit_store.h"
#include "tools/hayatctl/store_session.h"

enum { DEVICES_PER_COMMIT = 64 };

struct batch {
    const struct demo_site *site;
    uint32_t first, end;
    struct id *devices;
};

static status audit(struct txn *txn, bytes registration, struct id device)
{
    return audit_append(
        txn, &(struct audit_event){.event = "hayatctl demo campaign",
                                   .actor_kind = AUDIT_ACTOR_OPERATOR,
                                   .subject = owner_of_registration(txn_keys(txn), registration),
                                   .object_type = "dev",
                                   .object = device});
}

static status enrol_one(struct batch *batch, struct txn *txn, uint32_t index)
{
    struct demo_member member;
    uint8_t seed[SITE_KEY_SEED_BYTES], public_key[crypto_sign_PUBLICKEYBYTES],
        secret[crypto_sign_SECRETKEYBYTES];
    demo_member_make(&batch->site->fund, index, &member);
    demo_site_key_seed(batch->site, index, seed);
    (void)crypto_sign_seed_keypair(public_key, secret, seed);
    const struct enrolment enrolment = {
        .registration_number = bytes_str(member.registration_number),
        .algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519,
        .public_key = bytes_of(public_key, sizeof public_key),
    };
    TRY(enrol_device(txn, &enrolment, &batch->devices[index]));
    return audit(txn, enrolment.registration_number, batch->devices[index]);
}

static status enrol_batch(void *ctx, struct txn *txn)
{
    struct batch *batch = ctx;
    for (uint32_t i = batch->first; i < batch->end; i++) {
        TRY(enrol_one(batch, txn, i));
    }
    return STATUS_OK;
}

static status enrol_all(struct store_session *session, struct batch *batch)
{
    status s = STATUS_OK;
    uint32_t members = batch->site->fund.members;
    for (batch->first = 0; batch->first < members && ok(s); batch->first = batch->end) {
        struct arena arena;
        uint32_t left = members - batch->first;
        batch->end = batch->first + (left < DEVICES_PER_COMMIT ? left : DEVICES_PER_COMMIT);
        arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
        s = writer_run_bulk(session->writer, &arena, enrol_batch, batch);
        arena_fini(&arena);
    }
    return s;
}

status demo_devices_enrol(const struct demo_site *site, struct id *devices)
{
    struct store_session session;
    struct store_options options = {0};
    struct store_paths paths;
    char config[SITE_PATH_BYTES];
    if (!demo_site_path(site, "hayatd.conf", config)) {
        return FAIL(CONFIG_INVALID);
    }
    options.config = config;
    if (!store_paths_find(&options, &paths) || !store_session_open(&paths, false, &session)) {
        return FAIL(STORE_FAILED);
    }
    status s = enrol_all(&session, &(struct batch){.site = site, .devices = devices});
    store_session_close(&session);
    return s;
}
