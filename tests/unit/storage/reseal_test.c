/*
 * After a rotation every record moves to the new epoch while members read and write, and not one read fails; what was cut
 * short goes on after a restart; documents keep their bytes; then the old key can be destroyed (SEC-D3).
 */
#include "storage/reseal.h"

#include <pthread.h>

#include "base/codec.h"
#include "base/wipe.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/document_key.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { MEMBERS = 300, READERS = 2, WRITES_PER_JOB = 100 };

static struct temp_store t;
static _Atomic bool stop;
static _Atomic uint64_t reads, failed_reads;

static struct owner owner_numbered(uint32_t number)
{
    struct owner owner = {{0}};
    put_be32(owner.bytes + 4, number + 1);
    return owner;
}

static struct id document_of(uint32_t number)
{
    struct id id = {{9}};
    put_be32(id.bytes + 4, number);
    return id;
}

static struct key document_key_at(uint32_t number)
{
    struct id id = document_of(number);
    return key_bytes(key_owner(owner_numbered(number)), bytes_of(id.bytes, ID_BYTES));
}

/* --- what there is: a member, a life certificate and a document with one chunk each --- */

static status put_document(struct txn *txn, uint32_t number)
{
    uint8_t wrapped[WRAPPED_KEY_BYTES];
    struct seal_key key;
    struct document_name name = {owner_numbered(number), document_of(number), number + 1};
    document_key_create(txn_random(txn), &key);
    TRY(document_key_wrap(txn_keys(txn), &name, txn_random(txn), &key, wrapped));
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    row.size_bytes = 5;
    row.leaf = number + 1;
    row.wrapped_key = (ProtobufCBinaryData){sizeof wrapped, wrapped};
    struct cell cell = cell_of_owner(TABLE_document, name.owner, document_key_at(number));
    TRY(table_put_record(txn, &cell, &row.base));
    cell = cell_of_owner(TABLE_document_chunk, name.owner, key_u32(document_key_at(number), 0));
    cell.chunk_count = 1;
    cell.document_key = &key;
    return table_put(txn, &cell, bytes_str("bytes"));
}

static status put_one(struct txn *txn, uint32_t number)
{
    struct owner owner = owner_numbered(number);
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.address_version = number;
    struct cell cell = cell_of_owner(TABLE_member, owner, key_owner(owner));
    TRY(table_put_record(txn, &cell, &member.base));
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    certificate.year = (int32_t)number;
    cell = cell_of_owner(TABLE_life_certificate, owner, document_key_at(number));
    TRY(table_put_record(txn, &cell, &certificate.base));
    return put_document(txn, number);
}

static status put_some(void *ctx, struct txn *txn)
{
    uint32_t *next = ctx, end = *next + WRITES_PER_JOB;
    for (; *next < end; (*next)++) {
        TRY(put_one(txn, *next));
    }
    return STATUS_OK;
}

static void fill(void)
{
    for (uint32_t next = 0; next < MEMBERS;) {
        assert_ok(temp_store_write(&t, put_some, &next));
    }
}

static status read_chunk(struct txn *txn, uint32_t number)
{
    struct document_name name = {owner_numbered(number), document_of(number), number + 1};
    struct cell cell = cell_of_owner(TABLE_document, name.owner, document_key_at(number));
    ProtobufCMessage *record;
    struct seal_key key;
    bytes plain;
    TRY(table_get_record(txn, &cell, &record));
    const Hayat__Store__V1__StoredDocument *document =
        (const Hayat__Store__V1__StoredDocument *)record;
    bytes wrapped = bytes_of(document->wrapped_key.data, document->wrapped_key.len);
    TRY(document_key_unwrap(txn_keys(txn), &name, wrapped, &key));
    cell = cell_of_owner(TABLE_document_chunk, name.owner, key_u32(document_key_at(number), 0));
    cell.chunk_count = 1;
    cell.document_key = &key;
    TRY(table_get(txn, &cell, &plain));
    return bytes_equal_str(plain, "bytes") ? STATUS_OK : FAIL(STORE_CORRUPT);
}

static status read_one(struct txn *txn, uint32_t number)
{
    struct owner owner = owner_numbered(number);
    ProtobufCMessage *record;
    struct cell cell = cell_of_owner(TABLE_member, owner, key_owner(owner));
    TRY(table_get_record(txn, &cell, &record));
    cell = cell_of_owner(TABLE_life_certificate, owner, document_key_at(number));
    TRY(table_get_record(txn, &cell, &record));
    return read_chunk(txn, number);
}

/* --- load beside the work --- */

static status read_in_own(uint32_t number)
{
    struct arena arena;
    struct txn *txn;
    arena_init(&arena, LIMIT_CHECK_ARENA_BYTES);
    status s = txn_begin_read(t.db, &arena, &txn);
    if (ok(s)) {
        s = read_one(txn, number);
        txn_end_read(txn);
    }
    arena_fini(&arena);
    return s;
}

static void *read_on(void *arg)
{
    uint32_t number = (uint32_t)(uintptr_t)arg;
    while (!stop) {
        number = (number * 1103515245 + 12345) % MEMBERS;
        failed_reads += ok(read_in_own(number)) ? 0 : 1;
        reads++;
    }
    return NULL;
}

static status write_one(void *ctx, struct txn *txn)
{
    return put_one(txn, *(const uint32_t *)ctx);
}

static void *write_on(void *arg)
{
    (void)arg;
    for (uint32_t number = 0; !stop; number = (number + 7) % MEMBERS) {
        assert_ok(temp_store_write(&t, write_one, &number));
    }
    return NULL;
}

/* --- the work --- */

static void rotate(enum key_domain domain)
{
    uint32_t epoch = t.keys.current[domain] + 1;
    random_fill(&random_system, t.keys.key[domain][epoch].bytes, SEAL_KEY_BYTES);
    t.keys.current[domain] = epoch;
}

struct step {
    enum key_domain domain;
    bool more;
};

static status run_step(void *ctx, struct txn *txn)
{
    struct step *step = ctx;
    return reseal_step(txn, step->domain, &step->more);
}

static bool step_on(enum key_domain domain)
{
    struct step step = {.domain = domain};
    assert_ok(temp_store_write(&t, run_step, &step));
    return step.more;
}

static size_t finish(enum key_domain domain)
{
    size_t steps = 1;
    while (step_on(domain)) {
        steps++;
    }
    return steps;
}

static uint64_t in_epoch(enum key_domain domain, uint32_t epoch)
{
    uint64_t count;
    assert_ok(reseal_count(t.db, domain, epoch, &count));
    return count;
}

static const enum key_domain worked[] = {DOMAIN_IDENTITY, DOMAIN_HEALTH, DOMAIN_DOCUMENT};

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    fill();
    stop = false;
    reads = failed_reads = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

static void test_under_load(void **state)
{
    (void)state;
    pthread_t threads[READERS + 1];
    for (uintptr_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, (void *)i), 0);
    }
    assert_int_equal(pthread_create(&threads[READERS], NULL, write_on, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        rotate(worked[i]);
        assert_true(finish(worked[i]) > 1); /* in steps */
        assert_int_equal(in_epoch(worked[i], 1), 0);
    }
    stop = true;
    for (size_t i = 0; i <= READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_true(reads > 0);
    assert_int_equal(failed_reads, 0);
    for (size_t i = 0; i < 3; i++) {
        wipe(&t.keys.key[worked[i]][1], SEAL_KEY_BYTES); /* the old key is no longer needed */
    }
    for (uint32_t number = 0; number < MEMBERS; number++) {
        assert_ok(read_in_own(number));
    }
}

static void test_goes_on_after_a_restart(void **state)
{
    (void)state;
    assert_int_equal(in_epoch(DOMAIN_HEALTH, 1), MEMBERS);
    assert_false(step_on(DOMAIN_HEALTH)); /* never rotated: nothing to do */
    rotate(DOMAIN_HEALTH);
    assert_true(step_on(DOMAIN_HEALTH));
    uint64_t left = in_epoch(DOMAIN_HEALTH, 1);
    assert_true(left > 0 && left < MEMBERS);
    temp_store_restart(&t);
    (void)finish(DOMAIN_HEALTH);
    assert_int_equal(in_epoch(DOMAIN_HEALTH, 1), 0);
    assert_int_equal(in_epoch(DOMAIN_HEALTH, 2), MEMBERS);
}

static void test_another_rotation_begins_again(void **state)
{
    (void)state;
    rotate(DOMAIN_DOCUMENT);
    assert_true(step_on(DOMAIN_DOCUMENT));
    rotate(DOMAIN_DOCUMENT);
    (void)finish(DOMAIN_DOCUMENT);
    assert_int_equal(in_epoch(DOMAIN_DOCUMENT, 1), 0);
    assert_int_equal(in_epoch(DOMAIN_DOCUMENT, 2), 0);
    assert_int_equal(in_epoch(DOMAIN_DOCUMENT, 3), 2 * MEMBERS); /* rows and the keys in them */
    for (uint32_t number = 0; number < MEMBERS; number++) {
        assert_ok(read_in_own(number));
    }
}

/* The table of progress is sealed by the domain that moves. */
static void test_the_systems_own_records(void **state)
{
    (void)state;
    rotate(DOMAIN_HEALTH);
    (void)finish(DOMAIN_HEALTH);
    rotate(DOMAIN_SYSTEM);
    (void)finish(DOMAIN_SYSTEM);
    assert_int_equal(in_epoch(DOMAIN_SYSTEM, 1), 0);
    assert_false(step_on(DOMAIN_SYSTEM));
    assert_false(step_on(DOMAIN_HEALTH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_under_load, setup, teardown),
        cmocka_unit_test_setup_teardown(test_goes_on_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_rotation_begins_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_systems_own_records, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
