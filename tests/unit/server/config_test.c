/* Promise: a configuration is taken whole and right, or refused with the line and the reason. */
#include "tests/support/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"

#define GOOD_SERVER "[server]\nlisten = 127.0.0.1:8443\ncert = /c\nkey = /k\n"
#define GOOD_STORE "[store]\ndirectory = /d\nmaster_key = /m\nkeyring = /r\n"

static char path[] = "/tmp/hayat-config-XXXXXX";
static struct config config;
static struct ini_error error;

static status load(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    return config_load(path, &config, &error);
}

static void assert_refused(const char *text, int line, const char *why)
{
    assert_reason(load(text), CONFIG_INVALID);
    assert_int_equal(error.line, line);
    assert_non_null(strstr(error.text, why));
}

static void test_defaults(void **state)
{
    (void)state;
    assert_ok(load(GOOD_SERVER GOOD_STORE));
    assert_string_equal(config.server.listen, "127.0.0.1:8443");
    assert_string_equal(config.server.unix_socket, "");
    assert_int_equal(config.server.threads, 2);
    assert_int_equal(config.session.access_token_seconds, 600);
    assert_int_equal(config.time.utc_offset_minutes, 60);
    assert_int_equal(config.log_level, LOG_INFO);
    assert_false(config.session.demonstration || config.store.allow_test_file_systems);
}

static void test_every_key(void **state)
{
    (void)state;
    assert_ok(load(
        "# all\n" GOOD_SERVER
        "ca=/a\nclient_ca=/b\nagents_listen=0.0.0.0:8444\nunix_socket=/u\nthreads=3\n" GOOD_STORE
        "allow_test_file_systems=true\n[session]\naccess_token_seconds=86400\n"
        "demonstration=true\n[time]\nutc_offset_minutes=0\n[fund]\nname_fr=Caisse\nname_ar=صندوق\n"
        "phone=0500\nsite=x.example\n[paper]\nprogram=/p\n[log]\nlevel=warn\n"));
    assert_string_equal(config.server.client_ca, "/b");
    assert_string_equal(config.server.agents_listen, "0.0.0.0:8444");
    assert_string_equal(config.server.unix_socket, "/u");
    assert_string_equal(config.store.keyring, "/r");
    assert_string_equal(config.fund.name_fr, "Caisse");
    assert_string_equal(config.fund.name_ar, "صندوق");
    assert_string_equal(config.fund.phone, "0500");
    assert_string_equal(config.fund.site, "x.example");
    assert_string_equal(config.paper.program, "/p");
    assert_int_equal(config.server.threads, 3);
    assert_int_equal(config.session.access_token_seconds, 86400);
    assert_int_equal(config.time.utc_offset_minutes, 0);
    assert_int_equal(config.log_level, LOG_WARN);
    assert_true(config.session.demonstration && config.store.allow_test_file_systems);
}

static void test_lines_are_told(void **state)
{
    (void)state;
    assert_refused(GOOD_SERVER "cret = /x\n" GOOD_STORE, 5,
                   "unknown key \"cret\" in section [server]");
    assert_refused(GOOD_SERVER GOOD_STORE "[sesion]\ndemonstration=true\n", 10, "[sesion]");
    assert_refused(GOOD_SERVER "threads = two\n", 5, "threads must be a number from 1 to 64");
    assert_refused(GOOD_SERVER "threads = 65\n", 5, "threads must be");
    assert_refused(GOOD_SERVER "threads = 2 3\n", 5, "threads must be");
    assert_refused(GOOD_SERVER "plaintext = yes\n", 5, "true or false");
    assert_refused(GOOD_SERVER "key = /k2\n", 5, "given twice");
    assert_refused(GOOD_SERVER "nonsense\n", 5, "expected");
    assert_refused(GOOD_SERVER GOOD_STORE "[log]\nlevel = loud\n", 10, "level must be");
}

static void test_too_long_a_path(void **state)
{
    (void)state;
    static char text[8192];
    (void)snprintf(text, sizeof text, "[server]\nunix_socket = /%0120d\n", 0);
    assert_refused(text, 2, "longer than 107");
}

static void test_what_must_fit_together(void **state)
{
    (void)state;
    assert_refused(GOOD_STORE, 0, "listen or unix_socket");
    assert_refused("[server]\nlisten = 127.0.0.1:1\n" GOOD_STORE, 0, "cert and key");
    assert_refused(GOOD_SERVER, 0, "directory");
    assert_refused(GOOD_SERVER "[store]\ndirectory=/d\n", 0, "master_key and keyring");
    assert_refused(GOOD_SERVER GOOD_STORE "[time]\ndemonstration_clock=/c\n", 0,
                   "needs demonstration");
    assert_refused(GOOD_SERVER GOOD_STORE "[session]\naccess_token_seconds=601\n", 0,
                   "at most 600");
    assert_refused("[server]\nlisten = 0.0.0.0:1\nplaintext=true\n" GOOD_STORE, 0, "loopback");
    assert_ok(load("[server]\nlisten = 127.0.0.1:1\nplaintext=true\n" GOOD_STORE));
    assert_ok(load("[server]\nunix_socket = /u\n" GOOD_STORE));
    assert_refused(GOOD_SERVER "client_ca = /b\n" GOOD_STORE, 0, "need each other");
    assert_refused(GOOD_SERVER "agents_listen = 0.0.0.0:1\n" GOOD_STORE, 0, "need each other");
    assert_refused(
        "[server]\nunix_socket = /u\nagents_listen = 0.0.0.0:1\nclient_ca = /b\n" GOOD_STORE, 0,
        "needs cert and key");
    assert_ok(load(GOOD_SERVER "agents_listen = 0.0.0.0:1\nclient_ca = /b\n" GOOD_STORE));
    assert_reason(config_load("/nonexistent/hayatd.conf", &config, &error), CONFIG_INVALID);
    assert_non_null(strstr(error.text, "cannot be read"));
}

/* What systemd hands over is found where it says, for the master key alone; without systemd the path shows what is missing. */
static void test_credential(void **state)
{
    (void)state;
    static const char text[] = GOOD_SERVER "[store]\ndirectory = $CREDENTIALS_DIRECTORY/d\n"
                                           "master_key = $CREDENTIALS_DIRECTORY/master.key\n"
                                           "keyring = /r\n";
    static char too_long[5000];
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_ok(load(text));
    assert_string_equal(config.store.master_key, "$CREDENTIALS_DIRECTORY/master.key");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x.service", 1), 0);
    assert_ok(load(text));
    assert_string_equal(config.store.master_key, "/run/credentials/x.service/master.key");
    assert_string_equal(config.store.directory, "$CREDENTIALS_DIRECTORY/d");
    assert_ok(load(GOOD_SERVER GOOD_STORE));
    assert_string_equal(config.store.master_key, "/m");
    memset(too_long, 'a', sizeof too_long - 1);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", too_long, 1), 0);
    assert_refused(text, 0, "too long");
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_lines_are_told),
        cmocka_unit_test(test_too_long_a_path),
        cmocka_unit_test(test_what_must_fit_together),
        cmocka_unit_test(test_credential),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
