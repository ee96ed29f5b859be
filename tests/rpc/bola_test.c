/*
 * The BOLA matrix (SEC-A1, A2, A3, A5): every method × every field that names something × {owner, another member, own dependant, revoked
 * session, nobody, each agent role, each core system, a revoked certificate, an id of nothing, a malformed id} ends as the
 * policy says; what is another's and what is nothing are the same bytes.  Generated from the routes: a field without a row fails.
 */
#include "base/array.h"
#include "storage/session_store.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"

static struct bola b;
static size_t cells;

static int setup(void **state)
{
    (void)state;
    bola_start(&b);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bola_stop(&b);
    return 0;
}

static void every_field_has_a_row(void **state)
{
    (void)state;
    assert_int_equal(bola_missing_rows(), 0);
    assert_int_equal(bola_stray_rows(), 0);
}

/* --- who gets where --- */

struct seat {
    const char *name;
    struct bola_who who;
    enum caller kind;
    uint32_t scopes;
    enum reason refused; /* before the policy is asked: 0 when they are somebody */
};

enum { SEATS_MAX = 16, FIRST_AGENT = 3 };

static size_t seats_of(const struct harness_member *member, const char *ended,
                       struct seat seats[SEATS_MAX])
{
    static const char *const roles[] = {"agency", "call_centre", "reviewer", "auditor", "operator"};
    static const char *const systems[] = {"feed", "outbox"};
    size_t count = 0;
    seats[count++] = (struct seat){
        "nobody", {NULL, NULL}, CALLER_ANONYMOUS, 0, REASON_TOKEN_MISSING};
    seats[count++] = (struct seat){
        "ended session", {ended, NULL}, CALLER_MEMBER, 0, REASON_TOKEN_INVALID};
    seats[count++] = (struct seat){"member", bola_member(member), CALLER_MEMBER, 0, 0};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        seats[count++] = (struct seat){
            roles[i], {NULL, &b.agents[i]}, CALLER_AGENT, scope_of_name(bytes_str(roles[i])), 0};
    }
    for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
        seats[count++] = (struct seat){systems[i],
                                       {NULL, &b.systems[i]},
                                       CALLER_CORE_SYSTEM,
                                       scope_of_name(bytes_str(systems[i])),
                                       0};
    }
    seats[count++] = (struct seat){"revoked agent",
                                   {NULL, &b.revoked},
                                   CALLER_AGENT,
                                   SCOPE_MASK_AGENTS,
                                   REASON_CERTIFICATE_UNKNOWN};
    return count;
}

/* What the policy says, read by this test alone; 0 when the seat is let in. */
static enum reason at_the_gate(const struct policy *policy, const struct seat *seat)
{
    if ((policy->callers & CALLER_ANONYMOUS) != 0) {
        return 0;
    }
    if (seat->refused != 0) {
        return seat->refused;
    }
    bool kind = (policy->callers & (uint32_t)seat->kind) != 0;
    bool scope = seat->kind == CALLER_MEMBER || (policy->scopes & seat->scopes) != 0;
    return kind && scope ? 0 : REASON_PERMISSION_DENIED;
}

static status end_session(void *ctx, struct txn *txn)
{
    return session_store_delete(txn, ctx);
}

/* A token whose session was ended. */
static const char *ended_token(struct bola *world)
{
    struct harness_member gone = bola_person(world);
    uint8_t hash[TOKEN_HASH_BYTES];
    assert_ok(token_hash(world->h.keys, bytes_str(gone.token), hash));
    assert_ok(harness_write(&world->h, end_session, hash));
    return arena_str(&world->h.arena, bytes_str(gone.token));
}

static void expect(const char *path, const char *field, const char *seat, status got,
                   enum reason wanted)
{
    cells++;
    if (got.why != wanted) {
        fail_msg("%s %s, %s: %s, not %s", path, field, seat, reason_name(got.why),
                 wanted == 0 ? "OK" : reason_name(wanted));
    }
}

/* Methods without ids, too: the headers alone decide. */
static void every_method_lets_in_whom_its_policy_names(void **state)
{
    (void)state;
    struct seat seats[SEATS_MAX];
    struct harness_member member = bola_person(&b);
    size_t count = seats_of(&member, ended_token(&b), seats);
    for (size_t i = 0; i < route_count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct harness_stream s;
            const struct bola_who *who = &seats[j].who;
            fake_clock_advance(&b.h.clock, 1000);
            bool in = who->caller != NULL
                          ? harness_stream_open_as(&s, &b.h, routes[i].path, who->caller)
                          : harness_stream_open(&s, &b.h, routes[i].path, who->token);
            status got = in ? STATUS_OK : s.call.result;
            harness_stream_abandon(&s);
            expect(routes[i].path, "", seats[j].name, got,
                   at_the_gate(&routes[i].policy, &seats[j]));
        }
    }
}

/* --- who reaches what --- */

static void every_seat_with_a_good_id(const struct bola_row *row)
{
    struct seat seats[SEATS_MAX];
    const char *ended = ended_token(&b);
    size_t count = seats_of(&b.other, ended, seats);
    /* A method without callers looks at none: nobody and an agent stand for all, as codes cost time (SEC-B2). */
    size_t step = row->kind == BOLA_PUBLIC ? FIRST_AGENT : 1;
    count = row->kind == BOLA_PUBLIC ? FIRST_AGENT + 1 : count;
    for (size_t j = 0; j < count; j += step) {
        struct harness_member owner = bola_person(&b);
        const char *id = row->make(&b, &owner);
        const struct policy *policy = &route_find(bytes_str(row->path))->policy;
        enum reason wanted = at_the_gate(policy, &seats[j]);
        bool others = row->kind == BOLA_MEMBER && seats[j].kind == CALLER_MEMBER;
        if (wanted == 0) {
            wanted = others ? row->refused : row->owner;
        }
        expect(row->path, row->field, seats[j].name, bola_call(&b, row, seats[j].who, id).result,
               wanted);
    }
}

static void own_things(const struct bola_row *row)
{
    struct harness_member owner = bola_person(&b);
    struct bola_who self = bola_member(&owner);
    expect(row->path, row->field, "owner", bola_call(&b, row, self, row->make(&b, &owner)).result,
           row->owner);
    if (row->of_dependant != NULL) {
        expect(row->path, row->field, "own dependant",
               bola_call(&b, row, self, row->of_dependant(&b, &owner)).result, row->owner);
        struct bola_who other = bola_member(&b.other);
        expect(row->path, row->field, "another's dependant",
               bola_call(&b, row, other, row->of_dependant(&b, &owner)).result, row->refused);
    }
}

/* SEC-A3 */
static void anothers_and_nobodys_are_the_same_bytes(const struct bola_row *row)
{
    struct harness_member owner = bola_person(&b);
    struct bola_who other = bola_member(&b.other);
    struct harness_reply anothers = bola_call(&b, row, other, row->make(&b, &owner));
    struct harness_reply nobodys = bola_call(&b, row, other, row->unknown);
    expect(row->path, row->field, "nobody's", nobodys.result, row->refused);
    fund_assert_same_failure(&anothers, &nobodys);
}

/* Whoever may call at all. */
static struct bola_who somebody_allowed(const struct policy *policy)
{
    struct seat seats[SEATS_MAX];
    size_t count = seats_of(&b.other, "", seats);
    for (size_t j = 0; j < count; j++) {
        if (at_the_gate(policy, &seats[j]) == 0) {
            return seats[j].who;
        }
    }
    fail_msg("nobody may call");
    return seats[0].who;
}

static void unknown_and_malformed(const struct bola_row *row)
{
    struct bola_who who = somebody_allowed(&route_find(bytes_str(row->path))->policy);
    expect(row->path, row->field, "unknown", bola_call(&b, row, who, row->unknown).result,
           row->refused);
    bool is_text_key = strstr(row->field, "_number") != NULL; /* any text may be one */
    expect(row->path, row->field, "malformed", bola_call(&b, row, who, "not an id").result,
           is_text_key ? row->refused : row->malformed);
}

/* What is known and what is not answer at the same length (SEC-B3). */
static void public_answers_are_of_one_size(const struct bola_row *row)
{
    struct harness_member owner = bola_person(&b);
    struct bola_who nobody = {NULL, NULL};
    struct harness_reply known = bola_call(&b, row, nobody, row->make(&b, &owner));
    struct harness_reply unknown = bola_call(&b, row, nobody, row->unknown);
    assert_int_equal(known.wire.len, unknown.wire.len);
}

static void every_id_reaches_what_it_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < bola_row_count(); i++) {
        const struct bola_row *row = bola_row_at(i);
        if (row->kind == BOLA_FREE) {
            continue;
        }
        every_seat_with_a_good_id(row);
        unknown_and_malformed(row);
        if (row->kind == BOLA_MEMBER) {
            own_things(row);
            anothers_and_nobodys_are_the_same_bytes(row);
        }
        if (row->kind == BOLA_PUBLIC && row->owner == row->refused) {
            public_answers_are_of_one_size(row);
        }
    }
    (void)fprintf(stderr, "bola: %zu cells as the policy says\n", cells);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_field_has_a_row),
        TEST(every_method_lets_in_whom_its_policy_names),
        TEST(every_id_reaches_what_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
