/*
 * Members see who read or changed their data, when and why, in pages, and can prove offline that none was left out: the
 * proof leads from the entry to a head under the fund's key (SEC-F2).  Nobody sees another's accesses.
 */
#include "hayat/v1/privacy.pb-c.h"
#include "service/access_verify.h"
#include "storage/audit_head_store.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

#define PRIVACY_METHOD(name) "/hayat.v1.PrivacyService/" name

static struct harness h;
static struct harness_member member, other;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, "999000001");
    other = harness_member(&h, "999000002");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static status append(void *ctx, struct txn *txn)
{
    return audit_append(txn, ctx);
}

static void changed_by_owner(const struct harness_member *who)
{
    struct audit_event event = {.event = "hayat.v1.TestService/Change",
                                .actor_kind = AUDIT_ACTOR_MEMBER,
                                .actor = bytes_of(who->owner.bytes, OWNER_BYTES),
                                .subject = who->owner,
                                .object_type = "lc",
                                .object = {{5}}};
    assert_ok(harness_write(&h, append, &event));
}

static void read_by(const struct harness_caller *agent, const struct harness_member *who)
{
    struct audit_event event = {.event = "hayat.backoffice.v1.TestService/Read",
                                .actor_kind = AUDIT_ACTOR_AGENT,
                                .actor = bytes_of(agent->id.bytes, ID_BYTES),
                                .subject = who->owner,
                                .purpose = "case-7"};
    assert_ok(harness_write(&h, append, &event));
}

static status sign(void *ctx, struct txn *txn)
{
    struct audit_signer signer;
    bool more;
    (void)ctx;
    audit_signer_init(&signer, h.keys);
    const struct audit_signing signing = {&signer, LIMIT_AUDIT_HEAD_MS, true};
    return audit_heads_sign(txn, &signing, &more);
}

static Hayat__V1__ListAccessesResponse *list(const struct harness_member *who, int32_t size,
                                             char *token, bool others_only)
{
    Hayat__V1__ListAccessesRequest request = HAYAT__V1__LIST_ACCESSES_REQUEST__INIT;
    request.page_size = size;
    request.others_only = others_only;
    if (token != NULL) {
        request.page_token = token;
    }
    struct harness_reply reply = harness_call(&h, PRIVACY_METHOD("ListAccesses"), who->token,
                                              &request.base);
    assert_ok(reply.result);
    return (Hayat__V1__ListAccessesResponse *)reply.response;
}

static struct harness_reply prove(const struct harness_member *who, int64_t number)
{
    Hayat__V1__GetAccessProofRequest request = HAYAT__V1__GET_ACCESS_PROOF_REQUEST__INIT;
    request.number = number;
    return harness_call(&h, PRIVACY_METHOD("GetAccessProof"), who->token, &request.base);
}

static bytes data(ProtobufCBinaryData d)
{
    return bytes_of(d.data, d.len);
}

static void test_who_when_why(void **state)
{
    (void)state;
    struct harness_caller agent = harness_agent(&h, SCOPE_AGENCY | SCOPE_REVIEWER);
    changed_by_owner(&member);
    fake_clock_advance(&h.clock, 5000);
    read_by(&agent, &member);
    Hayat__V1__ListAccessesResponse *response = list(&member, 0, NULL, false);
    assert_int_equal(response->n_accesses, 2);
    const Hayat__V1__Access *read = response->accesses[0], *change = response->accesses[1];
    assert_int_equal(read->number, 2);
    assert_int_equal(read->actor, HAYAT__V1__ACTOR_KIND__ACTOR_KIND_AGENT);
    assert_false(read->by_you);
    assert_true(strlen(read->actor_name) > 0);
    assert_int_equal(read->n_actor_roles, 2);
    assert_string_equal(read->actor_roles[0], "agency");
    assert_string_equal(read->actor_roles[1], "reviewer");
    assert_string_equal(read->event, "hayat.backoffice.v1.TestService/Read");
    assert_string_equal(read->purpose, "case-7");
    assert_string_equal(read->outcome, "OK");
    assert_string_equal(read->object_id, "");
    assert_int_equal(read->access_time->seconds - change->access_time->seconds, 5);
    assert_true(change->by_you);
    assert_string_equal(change->actor_name, "");
    assert_memory_equal(change->object_id, "lc_", 3);
    assert_int_equal(list(&member, 0, NULL, true)->n_accesses, 1);
}

static void test_nobody_elses(void **state)
{
    (void)state;
    changed_by_owner(&member);
    assert_int_equal(list(&other, 0, NULL, false)->n_accesses, 0);
    assert_reason(prove(&other, 1).result, NOT_FOUND);
    assert_reason(prove(&other, 0).result, NOT_FOUND);
}

static void test_pages(void **state)
{
    (void)state;
    for (int i = 0; i < 45; i++) {
        changed_by_owner(&member);
        changed_by_owner(&other);
    }
    char *token = NULL;
    int64_t expected = 45;
    for (int page = 0; page < 3; page++) {
        Hayat__V1__ListAccessesResponse *response = list(&member, 20, token, false);
        assert_int_equal(response->n_accesses, page < 2 ? 20 : 5);
        for (size_t i = 0; i < response->n_accesses; i++) {
            assert_int_equal(response->accesses[i]->number, expected--);
        }
        token = response->next_page_token;
        changed_by_owner(&member); /* the next page does not move */
    }
    assert_string_equal(token, "");
}

/* As a client does it, offline. */
static void check_proof(const Hayat__V1__GetAccessProofResponse *proof)
{
    struct audit_signer signer;
    struct audit_hash head, leaf = audit_leaf(data(proof->entry));
    struct audit_head signed_head = {.sequence = (uint64_t)proof->signed_head->sequence,
                                     .time_ms = proof->signed_head->sign_time_ms};
    memcpy(head.bytes, proof->previous_head.data, AUDIT_HASH_BYTES);
    head = audit_chain(&head, &leaf);
    for (size_t i = 0; i < proof->n_following_leaves; i++) {
        memcpy(leaf.bytes, proof->following_leaves[i].data, AUDIT_HASH_BYTES);
        head = audit_chain(&head, &leaf);
    }
    assert_memory_equal(head.bytes, proof->signed_head->head.data, AUDIT_HASH_BYTES);
    signed_head.hash = head;
    memcpy(signed_head.signature, proof->signed_head->signature.data, AUDIT_SIGNATURE_BYTES);
    audit_signer_init(&signer, h.keys);
    assert_true(audit_head_is_signed(signer.public_key, &signed_head));
    assert_string_equal(proof->signed_head->key_id, signer.key_id);
}

static void test_proof(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        changed_by_owner(&member);
        changed_by_owner(&other);
    }
    struct harness_reply early = prove(&member, 3);
    assert_reason(early.result, AUDIT_HEAD_PENDING);
    assert_non_null(early.retry_info);
    assert_reason(prove(&member, 0).result, AUDIT_HEAD_PENDING);
    assert_ok(harness_write(&h, sign, NULL));
    changed_by_owner(&member); /* not under a head yet */
    for (int64_t number = 1; number <= 5; number++) {
        struct harness_reply reply = prove(&member, number);
        assert_ok(reply.result);
        const Hayat__V1__GetAccessProofResponse *proof =
            (const Hayat__V1__GetAccessProofResponse *)reply.response;
        assert_int_equal(proof->number, number);
        check_proof(proof);
    }
    struct harness_reply newest = prove(&member, 0);
    assert_ok(newest.result);
    assert_int_equal(((const Hayat__V1__GetAccessProofResponse *)newest.response)->number, 5);
    assert_reason(prove(&member, 6).result, AUDIT_HEAD_PENDING);
    assert_reason(prove(&member, 7).result, NOT_FOUND);
}

/* Each access names the one before: the newest one's proof covers all of them. */
static void test_each_names_the_one_before(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        changed_by_owner(&member);
        changed_by_owner(&other);
    }
    Hayat__V1__ListAccessesResponse *response = list(&member, 0, NULL, false);
    for (size_t i = 0; i + 1 < response->n_accesses; i++) {
        struct audit_entry entry;
        struct audit_hash before = audit_leaf(data(response->accesses[i + 1]->entry));
        assert_true(audit_entry_decode(data(response->accesses[i]->entry), &entry));
        assert_true(audit_hash_equal(&entry.previous, &before));
        assert_int_equal(entry.number, 4 - i);
    }
}

/* --- offline, as hayat accesses --verify does it --- */

struct offline {
    uint8_t key[AUDIT_PUBLIC_KEY_BYTES];
    Hayat__V1__GetAccessProofResponse *proof;
    Hayat__V1__Access *accesses[16];
    size_t count;
};

/* Eight accesses, six of them under a signed head. */
static void take_home(struct offline *offline)
{
    struct audit_signer signer;
    for (int i = 0; i < 8; i++) {
        changed_by_owner(&member);
        changed_by_owner(&other);
        if (i == 5) {
            assert_ok(harness_write(&h, sign, NULL));
        }
    }
    Hayat__V1__ListAccessesResponse *response = list(&member, 0, NULL, false);
    struct harness_reply reply = prove(&member, 0);
    assert_ok(reply.result);
    audit_signer_init(&signer, h.keys);
    memcpy(offline->key, signer.public_key, sizeof offline->key);
    offline->proof = (Hayat__V1__GetAccessProofResponse *)reply.response;
    offline->count = response->n_accesses;
    memcpy(offline->accesses, response->accesses, response->n_accesses * sizeof(void *));
}

static bool holds(const struct offline *offline, size_t *ret_proven)
{
    const struct access_list all = {offline->accesses, offline->count};
    return ok(access_verify(offline->key, offline->proof, all, ret_proven));
}

static void test_offline(void **state)
{
    (void)state;
    struct offline good, bad;
    size_t proven;
    take_home(&good);
    assert_true(holds(&good, &proven));
    assert_int_equal(good.count, 8);
    assert_int_equal(proven, 6);
    for (size_t i = 2; i < good.count; i++) { /* one that was left out */
        bad = good;
        bad.count--;
        memmove(&bad.accesses[i], &bad.accesses[i + 1], (bad.count - i) * sizeof(void *));
        assert_false(holds(&bad, &proven));
    }
    bad = good;
    bad.key[0] ^= 1;
    assert_false(holds(&bad, &proven));
}

static void flips_nothing(uint8_t *data, size_t len, const struct offline *offline)
{
    size_t proven;
    for (size_t i = 0; i < len; i++) {
        data[i] ^= 0x10;
        assert_false(holds(offline, &proven));
        data[i] ^= 0x10;
    }
}

static void test_offline_any_flipped_byte(void **state)
{
    (void)state;
    struct offline o;
    size_t proven;
    take_home(&o);
    flips_nothing(o.proof->entry.data, o.proof->entry.len, &o);
    flips_nothing(o.proof->previous_head.data, o.proof->previous_head.len, &o);
    flips_nothing(o.proof->signed_head->signature.data, o.proof->signed_head->signature.len, &o);
    flips_nothing(o.accesses[4]->entry.data, o.accesses[4]->entry.len, &o);
    o.accesses[5]->purpose = o.accesses[5]->event; /* shows what the entry does not say */
    assert_false(holds(&o, &proven));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_when_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_elses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_proof, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_names_the_one_before, setup, teardown),
        cmocka_unit_test_setup_teardown(test_offline, setup, teardown),
        cmocka_unit_test_setup_teardown(test_offline_any_flipped_byte, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
