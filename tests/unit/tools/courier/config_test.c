/* The courier's configuration is read strictly: what is unknown, missing, doubled or out of range ends the start with its line. */
#include "tools/courier/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/support/cm.h"

#define SERVER "[server]\naddress = 127.0.0.1:1\nca = a\ncert = b\nkey = c\n[courier]\nstate = d\n"
#define KANNEL                                                                                     \
    "[sms]\ncarrier = kannel\nkannel_url = u\nkannel_user = v\nkannel_from = w\n"                  \
    "kannel_password_file = x\n"
#define SPOOL "[sms]\ncarrier = spool\nspool = e\n"

static struct courier_config config;
static struct ini_error error;

static bool loads(const char *text)
{
    char path[] = "/tmp/hayat-courier-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(file);
    bool good = ok(courier_config_load(path, &config, &error));
    (void)unlink(path);
    return good;
}

static void what_is_given_is_read(void **state)
{
    (void)state;
    assert_true(loads(SERVER "lease_seconds = 120\n" SPOOL "[post]\ncarrier = spool\nspool = f\n"
                             "[fund]\nname_fr = Caisse\nname_ar = صندوق\n[log]\nlevel = warn\n"));
    assert_int_equal(config.sms.carrier, CARRIER_SPOOL);
    assert_int_equal(config.post.carrier, CARRIER_SPOOL);
    assert_int_equal(config.courier.lease_seconds, 120);
    assert_int_equal(config.courier.retry_seconds, 15);
    assert_string_equal(config.sms.spool, "e");
    assert_int_equal(config.log_level, LOG_WARN);
    assert_true(loads(SERVER KANNEL));
    assert_int_equal(config.sms.carrier, CARRIER_KANNEL);
    assert_int_equal(config.post.carrier, CARRIER_NONE);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    assert_false(loads(SERVER)); /* no carrier at all */
    assert_false(loads(SPOOL));  /* no server */
    assert_false(loads(SERVER "[sms]\ncarrier = spool\n"));
    assert_false(loads(SERVER "[sms]\ncarrier = kannel\nkannel_url = u\n"));
    assert_false(loads(SERVER "[post]\ncarrier = spool\nspool = f\n")); /* whose letters? */
    assert_false(
        loads(SERVER SPOOL "report_listen = 127.0.0.1:13014\n")); /* a spool does not report */
    assert_false(loads(SERVER KANNEL "report_listen = 0.0.0.0:13014\n"));
    assert_true(loads(SERVER KANNEL "report_listen = 127.0.0.1:13014\n"));
    assert_false(loads(SERVER "[post]\ncarrier = kannel\n"));
    assert_false(loads(SERVER SPOOL "[sms]\nspool = g\n"));
    assert_int_equal(error.line, 12);
    assert_false(loads(SERVER "lease_seconds = 601\n" SPOOL));
    assert_int_equal(error.line, 8);
    assert_false(loads(SERVER "typo = 1\n" SPOOL));
    assert_non_null(strstr(error.text, "typo"));
    assert_false(ok(courier_config_load("/nonexistent", &config, &error)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_read),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
