#include "tests/support/named_agent.h"

#include "service/message.h"
#include "storage/caller_store.h"
#include "storage/identity_check_store.h"
#include "tests/support/cm.h"

struct naming {
    struct id agent;
    const char *staff_number;
};

static status put_name(void *ctx, struct txn *txn)
{
    const struct naming *naming = ctx;
    Hayat__Store__V1__StoredCaller *caller;
    TRY(caller_store_get(txn, naming->agent, &caller));
    caller->staff_number = message_text(txn_arena(txn), naming->staff_number);
    return caller_store_put(txn, caller);
}

void named_agent_rename(struct harness *h, struct id agent, const char *staff_number)
{
    struct naming naming = {agent, staff_number};
    assert_ok(harness_write(h, put_name, &naming));
}

struct harness_caller named_agent(struct harness *h, uint32_t scopes, const char *staff_number)
{
    struct harness_caller agent = harness_agent(h, scopes);
    named_agent_rename(h, agent.id, staff_number);
    return agent;
}

struct at_counter {
    struct id agent;
    struct owner owner;
};

static status put_check(void *ctx, struct txn *txn)
{
    struct at_counter *at = ctx;
    struct id id = id_new(txn_random(txn));
    Hayat__Store__V1__StoredIdentityCheck check = HAYAT__STORE__V1__STORED_IDENTITY_CHECK__INIT;
    check.caller_id = (ProtobufCBinaryData){ID_BYTES, at->agent.bytes};
    check.check_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    check.create_ms = txn_now_ms(txn);
    return identity_check_store_put(txn, at->owner, &check);
}

void named_agent_at_counter(struct harness *h, const struct harness_caller *agent,
                            struct owner owner)
{
    struct at_counter at = {agent->id, owner};
    assert_ok(harness_write(h, put_check, &at));
}
