/*
 * AuditService: auditors, and no other role, see where the chain stands, what is in it and whether a piece of it is whole;
 * what they see names no member.  A piece that was changed in the store is found.
 */
#include "base/codec.h"
#include "hayat/backoffice/v1/audit.pb-c.h"
#include "storage/audit_head_store.h"
#include "tests/support/audit.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

#define AUDIT_METHOD(name) "/hayat.backoffice.v1.AuditService/" name
#define FAULT(name) HAYAT__BACKOFFICE__V1__AUDIT_FAULT__AUDIT_FAULT_##name

static struct harness h;
static struct harness_caller auditor;
static struct harness_member member;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    auditor = harness_agent(&h, SCOPE_AUDITOR);
    member = harness_member(&h, "999000001");
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
    const struct harness_caller *agent = ctx;
    struct audit_event event = {.event = "hayat.backoffice.v1.TestService/Read",
                                .actor_kind = AUDIT_ACTOR_AGENT,
                                .actor = bytes_of(agent->id.bytes, ID_BYTES),
                                .subject = member.owner};
    return audit_append(txn, &event);
}

static void append_by(struct harness_caller *agent, int times)
{
    for (int i = 0; i < times; i++) {
        assert_ok(harness_write(&h, append, agent));
    }
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

static Hayat__Backoffice__V1__GetHeadResponse *head(void)
{
    Hayat__Backoffice__V1__GetHeadRequest request = HAYAT__BACKOFFICE__V1__GET_HEAD_REQUEST__INIT;
    struct harness_reply reply = harness_call_as(&h, AUDIT_METHOD("GetHead"), &auditor,
                                                 &request.base);
    assert_ok(reply.result);
    return (Hayat__Backoffice__V1__GetHeadResponse *)reply.response;
}

static void test_head(void **state)
{
    (void)state;
    struct audit_signer signer;
    audit_signer_init(&signer, h.keys);
    assert_int_equal(head()->entry_count, 0);
    assert_null(head()->signed_head);
    append_by(&auditor, 3);
    assert_ok(harness_write(&h, sign, NULL));
    append_by(&auditor, 2);
    Hayat__Backoffice__V1__GetHeadResponse *now = head();
    assert_int_equal(now->entry_count, 5);
    assert_int_equal(now->signed_head->sequence, 3);
    assert_int_equal(now->exported_sequence, 0);
    assert_memory_equal(now->public_key.data, signer.public_key, AUDIT_PUBLIC_KEY_BYTES);
}

static struct harness_reply list(Hayat__Backoffice__V1__ListEntriesRequest *request)
{
    return harness_call_as(&h, AUDIT_METHOD("ListEntries"), &auditor, &request->base);
}

static void test_entries_in_pages(void **state)
{
    (void)state;
    struct harness_caller reader = harness_agent(&h, SCOPE_AGENCY);
    append_by(&reader, 30);
    append_by(&auditor, 15);
    Hayat__Backoffice__V1__ListEntriesRequest request =
        HAYAT__BACKOFFICE__V1__LIST_ENTRIES_REQUEST__INIT;
    request.first_sequence = 11;
    int64_t expected = 11;
    for (int page = 0; page < 2; page++) {
        struct harness_reply reply = list(&request);
        assert_ok(reply.result);
        const Hayat__Backoffice__V1__ListEntriesResponse *response =
            (const Hayat__Backoffice__V1__ListEntriesResponse *)reply.response;
        for (size_t i = 0; i < response->n_entries; i++) {
            const Hayat__Backoffice__V1__AuditEntry *entry = response->entries[i];
            assert_int_equal(entry->sequence, expected);
            assert_int_equal(entry->subject_number, expected);
            assert_memory_not_equal(entry->subject_pseudonym.data, member.owner.bytes, OWNER_BYTES);
            expected++;
        }
        request.page_token = response->next_page_token;
    }
    assert_int_equal(expected, 46);
    assert_string_equal(request.page_token, "");
}

/* SEC-F1: who reads the chain is in it, and a list that is read to its end has one. */
static void test_reading_is_an_entry(void **state)
{
    (void)state;
    append_by(&auditor, 5);
    Hayat__Backoffice__V1__ListEntriesRequest request =
        HAYAT__BACKOFFICE__V1__LIST_ENTRIES_REQUEST__INIT;
    request.page_size = 1;
    size_t pages = 0;
    do {
        struct harness_reply reply = list(&request);
        assert_ok(reply.result);
        request.page_token =
            ((Hayat__Backoffice__V1__ListEntriesResponse *)reply.response)->next_page_token;
        pages++;
        assert_true(pages < 50);
    } while (request.page_token[0] != '\0');
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.AuditService/ListEntries"));
    audit_assert_is(&h, entry.actor, bytes_of(auditor.id.bytes, ID_BYTES));
}

static void test_entries_of_one_caller(void **state)
{
    (void)state;
    struct harness_caller reader = harness_agent(&h, SCOPE_AGENCY);
    char text[ID_TEXT_MAX];
    append_by(&auditor, 4);
    append_by(&reader, 2);
    append_by(&auditor, 300);
    id_format(reader.id, "agt", text);
    Hayat__Backoffice__V1__ListEntriesRequest request =
        HAYAT__BACKOFFICE__V1__LIST_ENTRIES_REQUEST__INIT;
    request.caller_id = text;
    struct harness_reply reply = list(&request);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__ListEntriesResponse *response =
        (const Hayat__Backoffice__V1__ListEntriesResponse *)reply.response;
    assert_int_equal(response->n_entries, 2);
    assert_string_equal(response->entries[0]->caller_id, text);
    assert_string_not_equal(response->next_page_token, ""); /* it looks at so many at a time */
    request.caller_id = arena_str(&h.arena, bytes_str("agt_nobody"));
    assert_reason(list(&request).result, INVALID_FIELD);
}

static Hayat__Backoffice__V1__VerifyRangeResponse *verify(int64_t first, int64_t last)
{
    Hayat__Backoffice__V1__VerifyRangeRequest request =
        HAYAT__BACKOFFICE__V1__VERIFY_RANGE_REQUEST__INIT;
    request.first_sequence = first;
    request.last_sequence = last;
    struct harness_reply reply = harness_call_as(&h, AUDIT_METHOD("VerifyRange"), &auditor,
                                                 &request.base);
    return ok(reply.result) ? (Hayat__Backoffice__V1__VerifyRangeResponse *)reply.response : NULL;
}

/* Somebody with the store's keys changes one byte of an entry. */
static status tamper(void *ctx, struct txn *txn)
{
    const uint64_t *sequence = ctx;
    audit_row *row;
    TRY(audit_store_get(txn, *sequence, &row));
    row->entry.data[16] ^= 1; /* the time */
    struct cell cell = cell_of(TABLE_audit_entry, key_u64(key_empty(), *sequence));
    return table_put_record(txn, &cell, &row->base);
}

static void test_verify(void **state)
{
    (void)state;
    uint64_t changed = 7;
    append_by(&auditor, 10);
    assert_ok(harness_write(&h, sign, NULL));
    append_by(&auditor, 10);
    Hayat__Backoffice__V1__VerifyRangeResponse *all = verify(1, 20);
    assert_int_equal(all->fault, FAULT(UNSPECIFIED));
    assert_int_equal(all->entry_count, 20);
    assert_int_equal(all->head_count, 1);
    assert_int_equal(verify(5, 15)->entry_count, 11);
    assert_null(verify(5, 21)); /* there are not so many */
    assert_null(verify(5, 4));
    assert_null(verify(1, 300));
    assert_ok(harness_write(&h, tamper, &changed));
    Hayat__Backoffice__V1__VerifyRangeResponse *found = verify(1, 20);
    assert_int_equal(found->fault, FAULT(HEAD_DIFFERS));
    assert_int_equal(found->fault_sequence, 7);
    assert_int_equal(verify(8, 20)->fault, FAULT(UNSPECIFIED)); /* that piece is whole */
}

static void test_for_auditors_only(void **state)
{
    (void)state;
    struct harness_caller others = harness_agent(&h,
                                                 SCOPE_AGENCY | SCOPE_CALL_CENTRE | SCOPE_REVIEWER);
    Hayat__Backoffice__V1__GetHeadRequest request = HAYAT__BACKOFFICE__V1__GET_HEAD_REQUEST__INIT;
    assert_reason(harness_call_as(&h, AUDIT_METHOD("GetHead"), &others, &request.base).result,
                  PERMISSION_DENIED);
    assert_reason(harness_call(&h, AUDIT_METHOD("GetHead"), member.token, &request.base).result,
                  PERMISSION_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entries_in_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading_is_an_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entries_of_one_caller, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verify, setup, teardown),
        cmocka_unit_test_setup_teardown(test_for_auditors_only, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
