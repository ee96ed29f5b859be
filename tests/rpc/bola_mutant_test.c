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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_leaks_without_the_owner_check)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
