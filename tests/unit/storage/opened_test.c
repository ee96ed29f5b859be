/*
 * Promise: a session is taken from memory only when a transaction would read the very same row (SEC-A5): never after it was
 * written or ended, not for another key, not by a transaction that sees its own writes or an older commit, and not when it was read
 * before such a commit and is remembered after it.
 */
#include "storage/opened.h"

#include <pthread.h>
#include <string.h>

#include "base/array.h"
#include "storage/session_store.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { ROUNDS = 400, SECOND_PLACE_AT = 4 /* in the key: storage/opened.c */ };

/* One session; the n-th has a key of its own. */
struct session {
    uint8_t key[SESSION_KEY_BYTES];
    int64_t expire_ms; /* 0: not there */
};

static struct session session_of(uint8_t n, int64_t expire_ms)
{
    struct session session = {.expire_ms = expire_ms};
    memset(session.key, n, sizeof session.key);
    return session;
}

static status put(void *ctx, struct txn *txn)
{
    const struct session *session = ctx;
    Hayat__Store__V1__StoredSession stored = HAYAT__STORE__V1__STORED_SESSION__INIT;
    uint8_t owner[OWNER_BYTES] = {0xA1};
    if (session->expire_ms == 0) {
        return session_store_delete(txn, session->key);
    }
    stored.owner = (ProtobufCBinaryData){sizeof owner, owner};
    stored.expire_ms = session->expire_ms;
    return session_store_put(txn, session->key, &stored);
}

static status get(void *ctx, struct txn *txn)
{
    struct session *session = ctx;
    Hayat__Store__V1__StoredSession *stored;
    status s = session_store_get(txn, session->key, &stored);
    session->expire_ms = ok(s) ? stored->expire_ms : 0;
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

/* In an arena of its own: threads read beside each other. */
static int64_t read_back(struct temp_store *t, struct session session)
{
    struct arena arena;
    struct txn *txn;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    assert_ok(txn_begin_read(t->db, &arena, &txn));
    assert_ok(get(&session, txn));
    txn_end_read(txn);
    arena_fini(&arena);
    return session.expire_ms;
}

static bool is_remembered(void *ctx, struct txn *txn)
{
    const struct session *session = ctx;
    uint8_t plain[OPENED_PLAIN_BYTES];
    size_t len;
    return opened_find(txn->db->opened, txn, bytes_of(session->key, sizeof session->key), plain,
                       &len);
}

static status look(void *ctx, struct txn *txn)
{
    return is_remembered(ctx, txn) ? STATUS_OK : FAIL(NOT_FOUND);
}

static bool remembers(struct temp_store *t, struct session session)
{
    return ok(temp_store_read(t, look, &session));
}

static void read_twice_is_looked_for_once(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct session mine = session_of(1, 111), other = session_of(2, 222);
    assert_ok(temp_store_write(&t, put, &mine));
    assert_false(remembers(&t, mine));
    assert_int_equal(read_back(&t, mine), 111);
    assert_true(remembers(&t, mine));
    assert_ok(temp_store_write(&t, put, &other)); /* another's leaves it */
    assert_true(remembers(&t, mine));
    assert_false(remembers(&t, other));
    temp_store_stop(&t);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    for (int64_t i = 1; i <= 20; i++) {
        struct session mine = session_of(1, i % 3 == 0 ? 0 : i);
        assert_ok(temp_store_write(&t, put, &mine));
        assert_false(remembers(&t, mine));
        assert_int_equal(read_back(&t, mine), mine.expire_ms);
        assert_int_equal(read_back(&t, mine), mine.expire_ms); /* from memory, while there is one */
    }
    temp_store_stop(&t);
}

/* The N-th of those whose first place is the same; OTHER chooses the second. */
static struct session sharing(uint8_t n, uint8_t other)
{
    struct session session = session_of(1, 100 + n);
    session.key[SECOND_PLACE_AT] ^= other;
    session.key[SESSION_KEY_BYTES - 1] ^= n;
    return session;
}

/* Written together: the change feed, too, has one place for them all. */
static void put_all(struct temp_store *t, const struct session *sessions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct session session = sessions[i];
        assert_ok(temp_store_write(t, put, &session));
    }
}

static void remember(struct temp_store *t, struct session session)
{
    assert_int_equal(read_back(t, session), session.expire_ms);
    assert_true(remembers(t, session));
}

static void keys_that_share_a_place_are_told_apart(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    const struct session sessions[] = {sharing(1, 0), sharing(2, 0)};
    put_all(&t, sessions, ARRAY_LEN(sessions));
    remember(&t, sessions[0]);
    remember(&t, sessions[1]);                /* their places are one and the same */
    assert_false(remembers(&t, sessions[0])); /* ... and it is taken */
    remember(&t, sessions[0]);
    assert_false(remembers(&t, sessions[1]));
    temp_store_stop(&t);
}

static void who_finds_a_place_taken_has_another(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    const struct session sessions[] = {sharing(1, 1), sharing(2, 2), sharing(3, 4), sharing(4, 2)};
    put_all(&t, sessions, ARRAY_LEN(sessions));
    remember(&t, sessions[0]);
    remember(&t, sessions[1]);
    remember(&t, sessions[2]);
    assert_true(remembers(&t, sessions[0]));
    assert_true(remembers(&t, sessions[1]));
    remember(&t, sessions[3]); /* none is left for it: it takes the first */
    assert_false(remembers(&t, sessions[0]));
    assert_true(remembers(&t, sessions[1]));
    assert_true(remembers(&t, sessions[2]));
    temp_store_stop(&t);
}

static void ended_in_its_second_place_it_is_ended(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    const struct session sessions[] = {sharing(1, 1), sharing(2, 2)};
    put_all(&t, sessions, ARRAY_LEN(sessions));
    remember(&t, sessions[0]);
    remember(&t, sessions[1]);
    struct session ended = sessions[1];
    ended.expire_ms = 0;
    assert_ok(temp_store_write(&t, put, &ended));
    assert_false(remembers(&t, sessions[1]));
    assert_int_equal(read_back(&t, ended), 0);
    temp_store_stop(&t);
}

/* Tokens are refreshed every few minutes: the table must not fill with those of yesterday. */
static void what_ended_leaves_its_place(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    const struct session sessions[] = {sharing(1, 1), sharing(2, 2)};
    struct session ended = session_of(1, 100);
    ended.key[0] ^= 2; /* its first place is the second one of the second session */
    put_all(&t, sessions, ARRAY_LEN(sessions));
    put_all(&t, &ended, 1);
    remember(&t, ended);
    remember(&t, sessions[0]);
    ended.expire_ms = 0;
    assert_ok(temp_store_write(&t, put, &ended));
    remember(&t, sessions[1]);
    assert_true(remembers(&t, sessions[0]));
    temp_store_stop(&t);
}

static status write_and_get(void *ctx, struct txn *txn)
{
    struct session *session = ctx;
    assert_false(is_remembered(session, txn)); /* though a reader's is */
    TRY(put(session, txn));
    session->expire_ms = -1;
    return get(session, txn);
}

static void a_writer_sees_its_own(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct session mine = session_of(1, 111);
    assert_ok(temp_store_write(&t, put, &mine));
    assert_int_equal(read_back(&t, mine), 111);
    mine.expire_ms = 222;
    assert_ok(temp_store_write(&t, write_and_get, &mine));
    assert_int_equal(mine.expire_ms, 222);
    assert_int_equal(read_back(&t, mine), 222);
    temp_store_stop(&t);
}

/* A reader that began before the session ended finds the row, and remembers it after: it must be of no use to anybody. */
static void remembered_too_late_is_forgotten(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct session mine = session_of(1, 111), gone = session_of(1, 0);
    assert_ok(temp_store_write(&t, put, &mine));
    struct arena arena;
    struct txn *txn;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    assert_ok(txn_begin_read(t.db, &arena, &txn));
    assert_ok(temp_store_write(&t, put, &gone));
    assert_ok(get(&mine, txn));
    assert_int_equal(mine.expire_ms, 111); /* in its snapshot */
    assert_int_equal(read_back(&t, mine), 0);
    assert_ok(get(&mine, txn));
    assert_int_equal(mine.expire_ms, 111);
    assert_int_equal(read_back(&t, mine), 0);
    txn_end_read(txn);
    arena_fini(&arena);
    temp_store_stop(&t);
}

struct race {
    struct temp_store *t;
    _Atomic int64_t told; /* what was committed and said so */
    _Atomic bool over;
    uint64_t looks;
};

/* What a reader finds is never older than what was told before it began. */
static void *read_on(void *arg)
{
    struct race *race = arg;
    while (!atomic_load(&race->over)) {
        int64_t told = atomic_load(&race->told);
        assert_true(read_back(race->t, session_of(1, 0)) >= told);
        race->looks++;
    }
    return NULL;
}

static void no_reader_is_behind_what_was_told(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct session mine = session_of(1, 1);
    assert_ok(temp_store_write(&t, put, &mine));
    struct race races[2] = {{.t = &t}, {.t = &t}};
    pthread_t threads[2];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &races[i]), 0);
    }
    for (int64_t i = 2; i <= ROUNDS; i++) {
        mine.expire_ms = i;
        assert_ok(temp_store_write(&t, put, &mine));
        atomic_store(&races[0].told, i);
        atomic_store(&races[1].told, i);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        atomic_store(&races[i].over, true);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(races[i].looks > 0);
    }
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_twice_is_looked_for_once),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(keys_that_share_a_place_are_told_apart),
        cmocka_unit_test(who_finds_a_place_taken_has_another),
        cmocka_unit_test(what_ended_leaves_its_place),
        cmocka_unit_test(ended_in_its_second_place_it_is_ended),
        cmocka_unit_test(a_writer_sees_its_own),
        cmocka_unit_test(remembered_too_late_is_forgotten),
        cmocka_unit_test(no_reader_is_behind_what_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
