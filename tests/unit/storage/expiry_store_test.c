/*
 * Expiry: what is due ends, oldest first and no more at once than asked; what is not due stays; what was over already is
 * no error; uploads are handed to their own end.  A damaged row, and an end that meets something damaged, keep no other; nothing of theirs
 * is lost, and they are told.
 */
#include "storage/expiry_store.h"

#include "storage/challenge_store.h"
#include "storage/db.h"
#include "storage/document_store.h"
#include "storage/request_store.h"
#include "storage/session_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

#define CHALLENGE HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_CHALLENGE
#define SESSION HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_SESSION
#define REQUEST HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_REQUEST
#define UPLOAD HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_UPLOAD

static struct temp_store t;
static const struct owner owner = {{9}};
static struct id ended_uploads[16];
static size_t ended_upload_count;

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    ended_upload_count = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

static status end_upload(struct txn *txn, struct owner whose, bytes id)
{
    (void)txn;
    assert_memory_equal(&whose, &owner, sizeof whose);
    assert_int_equal(id.len, ID_BYTES);
    memcpy(ended_uploads[ended_upload_count++].bytes, id.ptr, ID_BYTES);
    return STATUS_OK;
}

struct run {
    int64_t now_ms;
    size_t max;
    struct expiry_ran ran;
};

static status run_once(void *ctx, struct txn *txn)
{
    struct run *run = ctx;
    struct expiry_ends ends = {.upload = end_upload};
    return expiry_run(txn, run->now_ms, run->max, &ends, &run->ran);
}

static bool run(int64_t now_ms, size_t max)
{
    struct run r = {.now_ms = now_ms, .max = max};
    assert_ok(temp_store_write(&t, run_once, &r));
    return r.ran.more;
}

static struct id id_numbered(uint8_t number)
{
    return (struct id){{number}};
}

static status add_challenges(void *ctx, struct txn *txn)
{
    const uint8_t *count = ctx;
    for (uint8_t i = 0; i < *count; i++) {
        struct id id = id_numbered(i);
        Hayat__Store__V1__StoredChallenge challenge = HAYAT__STORE__V1__STORED_CHALLENGE__INIT;
        TRY(challenge_store_put(txn, id, &challenge));
        TRY(expiry_store_add(
            txn, &(struct expiry){100 + i, CHALLENGE, {{0}}, bytes_of(id.bytes, ID_BYTES)}));
    }
    return STATUS_OK;
}

static status count_challenges(void *ctx, struct txn *txn)
{
    size_t *count = ctx;
    for (uint8_t i = 0; i < 255; i++) {
        Hayat__Store__V1__StoredChallenge *challenge;
        *count += ok(challenge_store_get(txn, id_numbered(i), &challenge));
    }
    return STATUS_OK;
}

static size_t challenges(void)
{
    size_t count = 0;
    assert_ok(temp_store_read(&t, count_challenges, &count));
    return count;
}

static void what_is_due_ends_and_the_rest_stays(void **state)
{
    (void)state;
    uint8_t count = 10;
    assert_ok(temp_store_write(&t, add_challenges, &count));
    assert_false(run(99, LIMIT_EXPIRY_ROWS));
    assert_int_equal(challenges(), 10);
    assert_false(run(103, LIMIT_EXPIRY_ROWS));
    assert_int_equal(challenges(), 6);
    assert_false(run(1000, LIMIT_EXPIRY_ROWS));
    assert_int_equal(challenges(), 0);
}

static void a_run_is_bounded_and_says_there_is_more(void **state)
{
    (void)state;
    uint8_t count = 10;
    assert_ok(temp_store_write(&t, add_challenges, &count));
    assert_true(run(1000, 4));
    assert_int_equal(challenges(), 6);
    assert_true(run(1000, 4));
    assert_false(run(1000, 4));
    assert_int_equal(challenges(), 0);
}

static status use_up(void *ctx, struct txn *txn)
{
    (void)ctx;
    return challenge_store_delete(txn, id_numbered(0));
}

static void what_was_over_already_is_nothing(void **state)
{
    (void)state;
    uint8_t count = 2;
    assert_ok(temp_store_write(&t, add_challenges, &count));
    assert_ok(temp_store_write(&t, use_up, NULL));
    assert_false(run(1000, LIMIT_EXPIRY_ROWS));
    assert_int_equal(challenges(), 0);
}

static status add_others(void *ctx, struct txn *txn)
{
    uint8_t hash[SESSION_KEY_BYTES] = {5};
    struct id id = id_numbered(6);
    Hayat__Store__V1__StoredSession session = HAYAT__STORE__V1__STORED_SESSION__INIT;
    Hayat__Store__V1__StoredRequest request;
    hayat__store__v1__stored_request__init(&request);
    (void)ctx;
    TRY(session_store_put(txn, hash, &session));
    TRY(request_store_put(txn, owner, id, &request));
    TRY(expiry_store_add(txn, &(struct expiry){100, SESSION, {{0}}, bytes_of(hash, sizeof hash)}));
    TRY(expiry_store_add(txn, &(struct expiry){100, REQUEST, owner, bytes_of(id.bytes, ID_BYTES)}));
    return expiry_store_add(txn,
                            &(struct expiry){100, UPLOAD, owner, bytes_of(id.bytes, ID_BYTES)});
}

static status look_for_others(void *ctx, struct txn *txn)
{
    uint8_t hash[SESSION_KEY_BYTES] = {5};
    Hayat__Store__V1__StoredSession *session;
    Hayat__Store__V1__StoredRequest *request;
    size_t *count = ctx;
    *count += ok(session_store_get(txn, hash, &session));
    *count += ok(request_store_get(txn, owner, id_numbered(6), &request));
    return STATUS_OK;
}

static void each_kind_ends_its_own_way(void **state)
{
    (void)state;
    size_t count = 0;
    assert_ok(temp_store_write(&t, add_others, NULL));
    assert_ok(temp_store_read(&t, look_for_others, &count));
    assert_int_equal(count, 2);
    assert_false(run(100, LIMIT_EXPIRY_ROWS));
    count = 0;
    assert_ok(temp_store_read(&t, look_for_others, &count));
    assert_int_equal(count, 0);
    assert_int_equal(ended_upload_count, 1);
    assert_int_equal(ended_uploads[0].bytes[0], 6);
    assert_false(run(100, LIMIT_EXPIRY_ROWS));
    assert_int_equal(ended_upload_count, 1);
}

static void a_full_run_fits_one_write_set(void **state)
{
    (void)state;
    uint8_t count = 200;
    assert_ok(temp_store_write(&t, add_challenges, &count));
    assert_true(run(1000, LIMIT_EXPIRY_ROWS));
    assert_int_equal(challenges(), 200 - LIMIT_EXPIRY_ROWS);
}

/* --- uploads with chunks: the run that needs the most memory --- */

static struct owner owner_numbered(uint8_t number)
{
    return (struct owner){{77, number}};
}

/* A cancelled upload of three chunks whose end is due; its texts are as long as they get. */
static status add_cancelled(void *ctx, struct txn *txn)
{
    const uint8_t *number = ctx;
    struct owner whose = owner_numbered(*number);
    struct id id = id_numbered(*number);
    uint8_t digest[32] = {1}, data[64] = {2};
    char media_type[] = "application/vnd.an-invented-type-as-long-as-the-field-can-hold-it";
    Hayat__Store__V1__StoredDocument upload = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    upload.document_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    upload.life_certificate_id = upload.document_id;
    upload.media_type = media_type;
    upload.sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    upload.size_bytes = 3 * (uint64_t)CHUNK_PLAIN_BYTES;
    upload.state = HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_CANCELLED;
    TRY(document_store_new_key(txn, whose, &upload));
    TRY(document_store_put(txn, whose, &upload));
    struct document_chunks chunks;
    TRY(document_chunks_open(txn, whose, &upload, &chunks));
    for (uint32_t i = 0; i < 3; i++) {
        TRY(document_chunks_put(txn, &chunks, i, bytes_of(data, sizeof data)));
    }
    document_chunks_close(&chunks);
    return document_store_expire_at(txn, whose, id, 100);
}

static status run_uploads(void *ctx, struct txn *txn)
{
    struct run *run = ctx;
    struct expiry_ends ends = {.upload = document_store_expire};
    return expiry_run(txn, run->now_ms, run->max, &ends, &run->ran);
}

static void a_full_run_of_uploads_fits_the_memory_of_a_job(void **state)
{
    (void)state;
    struct run due = {.now_ms = 100, .max = LIMIT_EXPIRY_ROWS};
    struct arena arena;
    for (int i = 0; i < LIMIT_EXPIRY_ROWS; i++) {
        uint8_t number = (uint8_t)i;
        assert_ok(temp_store_write(&t, add_cancelled, &number));
    }
    arena_init(&arena, LIMIT_EXPIRY_ARENA_BYTES);
    assert_ok(writer_run(t.writer, &arena, run_uploads, &due));
    assert_in_range(arena.used, 1, LIMIT_EXPIRY_ARENA_BYTES / 2); /* room for longer records */
    assert_true(due.ran.more);
    arena_fini(&arena);
}

/* --- what is damaged --- */

enum { IN_SEAL = 31 };

static struct key key_of(int64_t time_ms, Hayat__Store__V1__ExpiryKind kind, struct id id)
{
    struct key key = key_u32(key_u64(key_empty(), (uint64_t)time_ms), (uint32_t)kind);
    return key_bytes(key, bytes_of(id.bytes, ID_BYTES));
}

static status count_rows(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_expiry, ctx);
}

static uint64_t rows(void)
{
    uint64_t count = 0;
    assert_ok(temp_store_read(&t, count_rows, &count));
    return count;
}

static void a_damaged_row_keeps_no_other(void **state)
{
    (void)state;
    uint8_t count = 10;
    struct run r = {.now_ms = 1000, .max = 4};
    assert_ok(temp_store_write(&t, add_challenges, &count));
    temp_store_damage(t.db, TABLE_expiry, key_of(100, CHALLENGE, id_numbered(0)), IN_SEAL);
    temp_store_damage(t.db, TABLE_expiry, key_of(105, CHALLENGE, id_numbered(5)), IN_SEAL);
    assert_ok(temp_store_write(&t, run_once, &r));
    assert_true(r.ran.more);
    assert_int_equal(r.ran.unread, 1); /* it has not come to the second one */
    assert_ok(temp_store_write(&t, run_once, &r));
    assert_int_equal(r.ran.unread, 2);
    assert_false(run(1000, 4));
    assert_int_equal(challenges(), 2);
    assert_int_equal(rows(), 2); /* kept: whoever mends them can read them */
    temp_store_damage(t.db, TABLE_expiry, key_of(100, CHALLENGE, id_numbered(0)),
                      IN_SEAL); /* mended: the same bit */
    assert_false(run(1000, 4));
    assert_int_equal(challenges(), 1);
    assert_int_equal(rows(), 1);
}

static bool upload_is_damaged;

/* As an end that reads what it ends: it writes, and then meets what does not open. */
static status end_damaged(struct txn *txn, struct owner whose, bytes id)
{
    (void)whose;
    (void)id;
    TRY(challenge_store_delete(txn, id_numbered(9)));
    return upload_is_damaged ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

static status run_damaged(void *ctx, struct txn *txn)
{
    struct run *run = ctx;
    struct expiry_ends ends = {.upload = end_damaged};
    return expiry_run(txn, run->now_ms, run->max, &ends, &run->ran);
}

static status add_upload(void *ctx, struct txn *txn)
{
    const uint8_t *number = ctx;
    struct id id = id_numbered(*number);
    return expiry_store_add(txn,
                            &(struct expiry){104, UPLOAD, owner, bytes_of(id.bytes, ID_BYTES)});
}

static struct expiry_ran run_with_damaged(int64_t now_ms)
{
    struct run r = {.now_ms = now_ms, .max = LIMIT_EXPIRY_ROWS};
    assert_ok(temp_store_write(&t, run_damaged, &r));
    return r.ran;
}

static void an_end_that_meets_what_is_damaged_keeps_no_other(void **state)
{
    (void)state;
    uint8_t count = 9, number = 50;
    upload_is_damaged = true;
    assert_ok(temp_store_write(&t, add_challenges, &count));
    assert_ok(temp_store_write(&t, add_upload, &number));
    struct expiry_ran ran = run_with_damaged(1000);
    assert_int_equal(ran.put_off, 1);
    assert_true(ran.more);
    ran = run_with_damaged(1000); /* those after it */
    assert_int_equal(ran.put_off, 0);
    assert_false(ran.more);
    assert_int_equal(challenges(), 0);
    assert_int_equal(rows(), 1); /* it is tried again, ... */
    assert_int_equal(run_with_damaged(999 + LIMIT_EXPIRY_RETRY_MS).put_off, 0);
    assert_int_equal(run_with_damaged(1000 + LIMIT_EXPIRY_RETRY_MS).put_off, 1);
    upload_is_damaged = false;
    assert_int_equal(run_with_damaged(1000 + 2 * LIMIT_EXPIRY_RETRY_MS).put_off, 0);
    assert_int_equal(rows(), 0); /* ... until it ends */
}

/* What it wrote before is not written; what ended before it, is. */
static void half_an_end_is_none(void **state)
{
    (void)state;
    uint8_t count = 10, number = 50;
    upload_is_damaged = true;
    assert_ok(temp_store_write(&t, add_challenges, &count));
    assert_ok(temp_store_write(&t, add_upload, &number));
    assert_int_equal(run_with_damaged(108).put_off, 1);
    assert_int_equal(challenges(), 5); /* 0 to 4 ended; 9, which it deleted, is there */
    assert_int_equal(run_with_damaged(108).put_off, 0);
    assert_int_equal(challenges(), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_due_ends_and_the_rest_stays),
        TEST(a_run_is_bounded_and_says_there_is_more),
        TEST(what_was_over_already_is_nothing),
        TEST(each_kind_ends_its_own_way),
        TEST(a_full_run_fits_one_write_set),
        TEST(a_full_run_of_uploads_fits_the_memory_of_a_job),
        TEST(a_damaged_row_keeps_no_other),
        TEST(an_end_that_meets_what_is_damaged_keeps_no_other),
        TEST(half_an_end_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
