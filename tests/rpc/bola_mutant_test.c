/*
 * SEC-A4: with the owner check removed from every look-up (storage/mutant.h: a caller's look-ups land in the victim's place),
 * nothing of the victim's opens, because the seal is bound to its owner: 0 records leak in the whole BOLA matrix.
 */
#include "base/array.h"
#include "storage/mutant.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"

static void nothing_leaks_without_the_owner_check(void **state)
{
    (void)state;
    struct bola b;
    size_t tried = 0, refused_by_seal = 0;
    bola_start(&b);
    for (size_t i = 0; i < bola_row_count(); i++) {
        const struct bola_row *row = bola_row_at(i);
        if (row->kind != BOLA_MEMBER) {
            continue;
        }
        struct harness_member victim = bola_person(&b);
        const char *id = row->make(&b, &victim);
        struct bola_who other = bola_member(&b.other);
        mutant_victim = &victim.owner;
        struct harness_reply reply = bola_call(&b, row, other, id);
        mutant_victim = NULL;
        if (ok(reply.result)) {
            fail_msg("%s gave another's %s away", row->path, row->field);
        }
        tried++;
        refused_by_seal += reply.result.why == REASON_STORE_CORRUPT ? 1 : 0;
    }
    (void)fprintf(stderr,
                  "bola: %zu look-ups of others' things, %zu stopped by the seal, 0 leaked\n",
                  tried, refused_by_seal);
    /* The mutation bites: were look-ups not in the victim's place, they would find nothing. */
    assert_true(tried > 0 && refused_by_seal > tried / 2);
    bola_stop(&b);
}

/* --- methods that name nothing: the caller's own lists and pages --- */

static bool is_plain_read(const struct route *route)
{
    const struct policy *policy = &route->policy;
    return route->shape == SHAPE_UNARY && (policy->callers & CALLER_MEMBER) != 0 &&
           (policy->callers & CALLER_ANONYMOUS) == 0 && policy->transaction == TRANSACTION_READ;
}

static struct harness_reply read_as(struct bola *b, const struct route *route,
                                    const struct harness_member *who)
{
    ProtobufCMessage *request = arena_alloc(&b->h.arena, route->request->sizeof_message);
    assert_non_null(request);
    protobuf_c_message_init(route->request, request);
    fake_clock_advance(&b->h.clock, 2000);
    return harness_call(&b->h, route->path, who->token, request);
}

/* An earlier row is of the same service. */
static bool is_made_before(size_t at)
{
    const char *path = bola_row_at(at)->path;
    size_t service = (size_t)(strrchr(path, '/') - path);
    for (size_t i = 0; i < at; i++) {
        if (bola_row_at(i)->kind == BOLA_MEMBER &&
            strncmp(bola_row_at(i)->path, path, service + 1) == 0) {
            return true;
        }
    }
    return false;
}

/* Has something of every service and in every list; not more, since drafts are few. */
static struct harness_member rich_person(struct bola *b)
{
    struct harness_member person = bola_person(b);
    for (size_t i = 0; i < bola_row_count(); i++) {
        const struct bola_row *row = bola_row_at(i);
        bool is_page = strcmp(row->field, "page_token") == 0 &&
                       strstr(row->path, "LifeCertificate") == NULL;
        if (row->kind == BOLA_MEMBER && (is_page || !is_made_before(i))) {
            (void)row->make(b, &person);
        }
    }
    return person;
}

static void nothing_leaks_from_lists_either(void **state)
{
    (void)state;
    struct bola b;
    size_t tried = 0;
    bola_start(&b);
    struct harness_member victim = rich_person(&b);
    for (size_t i = 0; i < route_count; i++) {
        if (!is_plain_read(&routes[i])) {
            continue;
        }
        struct harness_reply own = read_as(&b, &routes[i], &victim);
        mutant_victim = &victim.owner;
        struct harness_reply stolen = read_as(&b, &routes[i], &b.other);
        mutant_victim = NULL;
        if (!ok(own.result)) {
            continue; /* it wants an id */
        }
        assert_reason(stolen.result, STORE_CORRUPT);
        tried++;
    }
    (void)fprintf(stderr, "bola: %zu reads in the victim's place, all stopped by the seal\n",
                  tried);
    assert_true(tried > 5);
    bola_stop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_leaks_without_the_owner_check),
                                       cmocka_unit_test(nothing_leaks_from_lists_either)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
