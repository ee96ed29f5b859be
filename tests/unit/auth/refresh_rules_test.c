/* Every combination of what is known of a refresh has the verdict written here as a table of words (SEC-B5, SEC-B7). */
#include "auth/refresh_rules.h"

#include "base/limits.h"
#include "tests/support/cm.h"

enum { NOW_MS = 1000000000 };

/* The rule once more, in the order a person would say it. */
static enum refresh_verdict expected(const struct refresh_facts *f)
{
    bool ended = f->now_ms >= f->end_ms;
    bool idle = f->now_ms >= f->idle_ms;
    bool worn_out = f->rotations >= LIMIT_ROTATIONS;
    bool fresh_enough = f->now_ms - f->rotate_ms < LIMIT_ROTATION_REPEAT_MS;
    if (ended || (!f->used && (idle || worn_out))) {
        return REFRESH_OVER;
    }
    if (!f->used) {
        return f->signature_good ? REFRESH_ROTATE : REFRESH_NOT_SIGNED;
    }
    return f->same_wish && f->signature_good && fresh_enough ? REFRESH_REPEAT : REFRESH_REUSED;
}

static void every_combination(void **state)
{
    (void)state;
    static const int64_t around[] = {-1, 0, 1};
    int seen[REFRESH_REUSED + 1] = {0};
    for (unsigned bits = 0; bits < 1U << 4; bits++) {
        for (unsigned times = 0; times < 27; times++) {
            struct refresh_facts facts = {
                .used = (bits & 1) != 0,
                .same_wish = (bits & 2) != 0,
                .signature_good = (bits & 4) != 0,
                .now_ms = NOW_MS,
                .idle_ms = NOW_MS + around[times % 3],
                .end_ms = NOW_MS + around[times / 3 % 3],
                .rotate_ms = NOW_MS - LIMIT_ROTATION_REPEAT_MS + around[times / 9],
                .rotations = (bits & 8) != 0 ? LIMIT_ROTATIONS : LIMIT_ROTATIONS - 1,
            };
            enum refresh_verdict verdict = refresh_judge(&facts);
            assert_int_equal(verdict, expected(&facts));
            seen[verdict]++;
        }
    }
    for (int i = 0; i <= REFRESH_REUSED; i++) {
        assert_true(seen[i] > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_combination)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
