/* A passphrase is refused when it repeats itself or contains the member's own number, and for nothing else: no rules of composition. */
#include "service/passphrase_rules.h"

#include "base/array.h"
#include "tests/support/cm.h"

#define NUMBER bytes_str("990000025")

static void sentences_will_do(void **state)
{
    (void)state;
    static const char *const good[] = {"sept oranges sous la pluie", "abcdefghijkl",
                                       "مفتاح البيت القديم", "99000002 et pas 5", "AAAAAAAbcdef"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_null(passphrase_fault(bytes_str(good[i]), NUMBER));
    }
    assert_null(passphrase_fault(bytes_str("sans numéro au dossier"), (bytes){NULL, 0}));
}

static void what_is_easy_is_told(void **state)
{
    (void)state;
    static const char *const easy[] = {"aaaaaaaaaaaaaaaa", "abcdeabcdeabcde", "990000025 est à moi",
                                       "c'est 990000025"};
    for (size_t i = 0; i < ARRAY_LEN(easy); i++) {
        assert_non_null(passphrase_fault(bytes_str(easy[i]), NUMBER));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_will_do),
        cmocka_unit_test(what_is_easy_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
