/* Promise: a watcher learns the state first and then every change; one that drops and returns misses nothing and sees nothing
   twice (what changed twice meanwhile comes once, as it is now). */
#include "tests/support/cm.h"

#include <string.h>

#include "hayat/v1/session.pb-c.h"
#include "service/message.h"
#include "tests/support/health.h"

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_member member(const char *number)
{
    struct harness_member m = harness_member(&h, number);
    fund_put_family(&h, m.owner, 1);
    return m;
}

static char *numbered(int number)
{
    return arena_printf(&h.arena, "F-%05d", number);
}

static void put(struct owner owner, int number, Hayat__V1__ClaimState state)
{
    struct arena_mark mark = arena_mark(&h.arena);
    Hayat__Store__V1__StoredClaim *claim = health_claim(&h, numbered(number), 20000 + number);
    claim->state = state;
    health_put_claim(&h, owner, claim);
    arena_rewind(&h.arena, mark);
}

static void open_watch(struct harness_stream *s, const char *token, const char *resume)
{
    Hayat__V1__WatchClaimsRequest request = HAYAT__V1__WATCH_CLAIMS_REQUEST__INIT;
    request.resume_token = (char *)(uintptr_t)resume;
    assert_true(harness_stream_open(s, &h, CLAIM_METHOD("WatchClaims"), token));
    assert_true(harness_stream_send(s, &request.base));
}

/* The next message, or NULL when the stream waits. */
static const Hayat__V1__WatchClaimsResponse *next(struct harness_stream *s)
{
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_next(s, &response));
    assert_int_equal(response == NULL, s->call.wait_ms > 0);
    return (const Hayat__V1__WatchClaimsResponse *)response;
}

static void test_state_first_then_changes(void **state)
{
    (void)state;
    struct harness_member m = member("999200001");
    for (int i = 0; i < 25; i++) {
        put(m.owner, i, CLAIM_STATE(RECEIVED));
    }
    struct harness_stream s;
    open_watch(&s, m.token, "");
    const Hayat__V1__WatchClaimsResponse *message = next(&s);
    assert_int_equal(message->n_claims, LIMIT_WATCH_BATCH);
    assert_false(message->caught_up);
    assert_string_equal(message->claims[0]->file_number, "F-00000"); /* oldest change first */
    message = next(&s);
    assert_int_equal(message->n_claims, 5);
    assert_true(message->caught_up);
    assert_null(next(&s));
    assert_null(next(&s));
    put(m.owner, 7, CLAIM_STATE(PAID));
    message = next(&s);
    assert_int_equal(message->n_claims, 1);
    assert_int_equal(message->claims[0]->state, CLAIM_STATE(PAID));
    assert_null(next(&s));
    harness_stream_abandon(&s);
}

static void test_nobody_with_nothing_waits_untold(void **state)
{
    (void)state;
    struct harness_member m = member("999200002");
    struct harness_stream s;
    open_watch(&s, m.token, "");
    const Hayat__V1__WatchClaimsResponse *message = next(&s);
    assert_int_equal(message->n_claims, 0);
    assert_true(message->caught_up);
    assert_string_not_equal(message->resume_token, "");
    assert_null(next(&s));
    harness_stream_abandon(&s);
    /* with its token: told once that nothing is new */
    open_watch(&s, m.token, message->resume_token);
    assert_int_equal(next(&s)->n_claims, 0);
    assert_null(next(&s));
    harness_stream_abandon(&s);
}

static void test_what_is_no_token(void **state)
{
    (void)state;
    struct harness_member m = member("999200003"), other = member("999200004");
    struct harness_stream s;
    open_watch(&s, m.token, "");
    char *token = next(&s)->resume_token;
    harness_stream_abandon(&s);
    const char *const bad[] = {"nonsense", token};
    for (size_t i = 0; i < 2; i++) {
        Hayat__V1__WatchClaimsRequest request = HAYAT__V1__WATCH_CLAIMS_REQUEST__INIT;
        request.resume_token = (char *)(uintptr_t)bad[i];
        assert_true(harness_stream_open(&s, &h, CLAIM_METHOD("WatchClaims"), other.token));
        assert_false(harness_stream_send(&s, &request.base));
        assert_int_equal(harness_stream_close(&s).result.why, REASON_PAGE_TOKEN_INVALID);
    }
}

static void test_a_session_that_ends_ends_the_watch(void **state)
{
    (void)state;
    struct harness_member m = member("999200005");
    struct harness_stream s;
    open_watch(&s, m.token, "");
    (void)next(&s);
    Hayat__V1__EndSessionRequest end = HAYAT__V1__END_SESSION_REQUEST__INIT;
    (void)fund_call(&h, "/hayat.v1.SessionService/EndSession", m.token, &end.base);
    put(m.owner, 1, CLAIM_STATE(PAID));
    ProtobufCMessage *response = NULL;
    assert_false(harness_stream_next(&s, &response)); /* SEC-A5 */
    assert_int_equal(harness_stream_close(&s).result.why, REASON_TOKEN_INVALID);
}

/* --- a thousand returns --- */

enum { CLAIMS = 60, RETURNS = 1000, CHANGES_PER_RETURN = 3 };

struct seen {
    int64_t updated[CLAIMS]; /* the last update told of each, to know what is told twice */
    int told;
};

static uint64_t dice(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Each change of the feed has a second of its own, so that a summary names the change it shows. */
struct feed {
    struct owner owner;
    int64_t now, truth[CLAIMS];
    uint64_t random;
};

static void change(struct feed *feed)
{
    Hayat__Store__V1__StoredClaim *claims[CHANGES_PER_RETURN];
    size_t count = dice(&feed->random) % CHANGES_PER_RETURN;
    int number = (int)(dice(&feed->random) % CLAIMS);
    struct arena_mark mark = arena_mark(&h.arena);
    for (size_t i = 0; i < count; i++) {
        number = (number + 7) % CLAIMS;
        claims[i] = health_claim(&h, numbered(number), 20000 + number);
        claims[i]->update_ms = ++feed->now * 1000;
        feed->truth[number] = feed->now;
    }
    if (count > 0) {
        health_put_claims(&h, feed->owner, claims, count);
    }
    arena_rewind(&h.arena, mark);
}

static void note(struct seen *seen, const Hayat__V1__WatchClaimsResponse *message)
{
    for (size_t i = 0; i < message->n_claims; i++) {
        const Hayat__V1__ClaimSummary *claim = message->claims[i];
        int number = (int)strtol(claim->file_number + 2, NULL, 10);
        int64_t updated = claim->update_time->seconds;
        assert_true(updated > seen->updated[number]); /* never twice, never backwards */
        seen->updated[number] = updated;
        seen->told++;
    }
}

/* Takes some messages, perhaps none, perhaps all, and drops the line. */
static void listen(struct feed *feed, struct seen *seen, const char *token, char resume[256])
{
    struct harness_stream s;
    open_watch(&s, token, resume);
    for (uint64_t i = dice(&feed->random) % 4; i > 0; i--) {
        const Hayat__V1__WatchClaimsResponse *message = next(&s);
        if (message != NULL) {
            note(seen, message);
            (void)snprintf(resume, 256, "%s", message->resume_token);
        }
        if (dice(&feed->random) % 2 == 0) {
            change(feed); /* while it listens */
        }
    }
    harness_stream_abandon(&s);
}

static void test_a_thousand_returns(void **state)
{
    (void)state;
    struct harness_member m = member("999200006");
    struct seen seen = {.told = 0};
    struct feed feed = {.owner = m.owner, .now = 1000, .random = 0x9E3779B97F4A7C15ULL};
    char resume[256] = "";
    for (int r = 0; r < RETURNS; r++) {
        struct arena_mark mark = arena_mark(&h.arena);
        change(&feed);
        listen(&feed, &seen, m.token, resume);
        fake_clock_advance(&h.clock, 100); /* rates refill */
        arena_rewind(&h.arena, mark);
    }
    /* all that is left */
    struct harness_stream s;
    open_watch(&s, m.token, resume);
    for (const Hayat__V1__WatchClaimsResponse *message; (message = next(&s)) != NULL;) {
        note(&seen, message);
    }
    harness_stream_abandon(&s);
    assert_memory_equal(seen.updated, feed.truth, sizeof feed.truth);
    assert_true(seen.told > RETURNS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_first_then_changes),
        cmocka_unit_test(test_nobody_with_nothing_waits_untold),
        cmocka_unit_test(test_what_is_no_token),
        cmocka_unit_test(test_a_session_that_ends_ends_the_watch),
        cmocka_unit_test(test_a_thousand_returns),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
