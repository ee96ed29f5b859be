/*
 * Refresh against a model (SEC-B7): every order of answers lost, requests delivered twice or late, and an attacker with the stolen token
 * and even the key, before or after its owner, to a depth of six, gives what a model of a dozen lines says.  In words: bad networks
 * alone never end a session, the same wish always gets the same tokens, and once a token has two users the session ends for both.
 *
 * The model knows tokens by number and nothing of how the server keeps them.
 */
#include <stdlib.h>

#include "tests/support/cm.h"
#include "tests/support/member_session.h"

enum { DEPTH = 6, TOKENS_MAX = 16, REQUESTS_MAX = 16 };

static struct harness h;
static struct harness_member member;

static int setup(void **state)
{
    (void)state;
    (void)setenv("TMPDIR", "/dev/shm",
                 0); /* tens of thousands of commits: what is tested is no disk's business */
    harness_start(&h);
    member = harness_member(&h, "TEST-ROTATION");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- the model --- */

enum outcome { NEW_TOKENS, REFUSED, ENDED };

struct request {
    int token;     /* by number */
    uint32_t wish; /* the rotation id's number */
};

struct model {
    int successor[TOKENS_MAX]; /* of each token, 0 for none: the first token is number 0 */
    uint32_t wish[TOKENS_MAX]; /* what it was used for */
    int tokens;
    bool ended;
};

/* What the server must do with a request that is rightly signed; *ret_token is what it answers. */
static enum outcome expect(struct model *m, struct request request, int *ret_token)
{
    int t = request.token;
    if (m->ended) {
        return REFUSED;
    }
    if (m->successor[t] == 0) {
        m->wish[t] = request.wish;
        m->successor[t] = m->tokens++;
    } else if (m->wish[t] != request.wish) {
        m->ended = true;
        return ENDED;
    }
    *ret_token = m->successor[t];
    return NEW_TOKENS;
}

/* --- the world --- */

struct world {
    struct model model;
    struct member_session tokens[TOKENS_MAX]; /* as the server told them, by the model's number */
    struct request sent[REQUESTS_MAX];        /* the client's, in order */
    int sent_count;
    int client;          /* the token the client holds */
    bool waiting;        /* for the answer to the last one sent */
    bool attacked;       /* the attacker used a token */
    bool client_noticed; /* ... and the client met the server since */
    uint32_t wishes;
};

static void check_same(const struct member_session *a, const struct member_session *b)
{
    assert_memory_equal(a, b, sizeof *a);
}

/* Delivers a request and compares the server with the model; the answer's token, or -1. */
static int deliver(struct world *w, struct request request)
{
    char rotation_id[37];
    int token = -1, known = w->model.tokens;
    enum outcome outcome = expect(&w->model, request, &token);
    member_session_uuid(request.wish, rotation_id);
    struct refresh_wish wish = {&w->tokens[request.token], rotation_id, member.device_secret};
    struct harness_reply reply = member_session_refresh(&h, &wish);
    switch (outcome) {
    case REFUSED:
        assert_reason(reply.result, TOKEN_INVALID);
        break;
    case ENDED:
        assert_reason(reply.result, TOKEN_REUSED);
        break;
    case NEW_TOKENS: {
        struct member_session got = member_session_of(&reply);
        if (token >= known) {
            w->tokens[token] = got;
        }
        check_same(&got, &w->tokens[token]);
        break;
    }
    }
    return token;
}

/* --- what can happen; false when it cannot yet, or would be the same as another --- */

/* The client asks for new tokens, or again for those whose answer it did not get. */
static int client_sends(struct world *w)
{
    if (!w->waiting) {
        w->sent[w->sent_count++] = (struct request){w->client, ++w->wishes};
    }
    w->client_noticed = w->attacked;
    return deliver(w, w->sent[w->sent_count - 1]);
}

static bool answered(struct world *w)
{
    int token = client_sends(w);
    w->client = token >= 0 ? token : w->client;
    w->waiting = false;
    return true;
}

static bool lost_answer(struct world *w)
{
    (void)client_sends(w);
    w->waiting = true;
    return true;
}

static bool duplicate(struct world *w)
{
    if (w->sent_count == 0) {
        return false;
    }
    (void)deliver(w, w->sent[w->sent_count - 1]);
    return true;
}

/* The client's first request comes a second time, long after. */
static bool reordered(struct world *w)
{
    if (w->sent_count < 2) {
        return false;
    }
    (void)deliver(w, w->sent[0]);
    return true;
}

/* With the key: a copied software key, or code on the member's own phone. */
static bool attacker_first(struct world *w)
{
    w->attacked = true;
    (void)deliver(w, (struct request){w->client, 1000 + ++w->wishes});
    return true;
}

static bool attacker_second(struct world *w)
{
    if (w->sent_count == 0) {
        return false;
    }
    w->attacked = true;
    (void)deliver(w, (struct request){w->sent[w->sent_count - 1].token, 1000 + ++w->wishes});
    return true;
}

static bool (*const happenings[])(struct world *w) = {answered,  lost_answer,    duplicate,
                                                      reordered, attacker_first, attacker_second};
enum { HAPPENINGS = sizeof happenings / sizeof happenings[0] };

/* --- every order --- */

static void check_promises(const struct world *w)
{
    if (!w->attacked) {
        assert_false(w->model.ended); /* bad networks alone never end a session */
    }
    if (w->client_noticed) {
        assert_true(w->model.ended); /* two users of one token: over for both */
    }
    for (int t = w->model.ended ? 0 : w->model.tokens; t < w->model.tokens; t++) {
        assert_false(member_session_works(&h, w->tokens[t].access));
    }
    if (!w->model.ended) {
        assert_true(member_session_works(&h, w->tokens[w->model.tokens - 1].access));
    }
}

/* Runs the order; returns how many of its steps mattered: after the end nothing more can happen, and what cannot happen makes no
   order. */
static int run(const uint8_t order[DEPTH])
{
    struct world w = {.model = {.tokens = 1}};
    int steps = 0;
    bool possible = true;
    fake_clock_advance(&h.clock, 1000); /* rates refill */
    w.tokens[0] = member_session_open(&h, &member);
    while (steps < DEPTH && !w.model.ended && possible) {
        possible = happenings[order[steps++]](&w);
    }
    check_promises(&w);
    if (w.model.ended) { /* for whoever comes next */
        (void)answered(&w);
        (void)duplicate(&w);
    }
    return steps;
}

/* The next order that differs within the first STEPS; false after the last. */
static bool next_order(uint8_t order[DEPTH], int steps)
{
    memset(order + steps, 0, (size_t)(DEPTH - steps));
    for (int i = steps - 1; i >= 0; i--) {
        if (++order[i] < HAPPENINGS) {
            return true;
        }
        order[i] = 0;
    }
    return false;
}

static void every_order_is_the_models(void **state)
{
    (void)state;
    uint8_t order[DEPTH] = {0};
    int orders = 0, steps;
    do {
        steps = run(order);
        orders++;
    } while (next_order(order, steps));
    print_message("%d orders to depth %d\n", orders, DEPTH);
    assert_true(orders > 2000); /* an order that ends early stands for all that go on from it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_order_is_the_models)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
