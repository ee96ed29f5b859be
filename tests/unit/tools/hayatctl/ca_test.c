/*
 * Promise: the development CA signs a server certificate that a TLS client accepts for localhost
 * and its addresses and for nothing else; keys are readable by their owner alone; a client's certificate is
 * good for clients alone, under the clients' CA alone.
 */
#include "tools/hayatctl/ca.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/array.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static const struct ca_names local = {
    .dns = {"localhost"}, .dns_count = 1, .ip = {"127.0.0.1", "::1"}, .ip_count = 2};

static int set_up(void **state)
{
    struct temp_store *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    temp_store_prepare(t);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct temp_store *t = *state;
    temp_store_remove(t);
    free(t);
    return 0;
}

static X509 *read_certificate(struct temp_store *t, const char *name)
{
    char path[100];
    (void)snprintf(path, sizeof(path), "%s/%s", t->directory, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    assert_int_equal(fclose(file), 0);
    assert_non_null(certificate);
    return certificate;
}

static int verify(X509 *ca, X509 *certificate, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_non_null(store);
    assert_non_null(context);
    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, certificate, NULL), 1);
    assert_int_equal(X509_STORE_CTX_set_purpose(context, purpose), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), TEMP_STORE_WALL_MS / 1000);
    int good = X509_verify_cert(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return good;
}

static int64_t days_valid(const X509 *certificate)
{
    int days = 0, seconds = 0;
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
                                    X509_get0_notAfter(certificate)),
                     1);
    return days;
}

static void test_the_chain_verifies(void **state)
{
    struct temp_store *t = *state;
    assert_ok(ca_make(t->directory, &local, &t->clock.clock));
    X509 *ca = read_certificate(t, "ca.crt");
    X509 *server = read_certificate(t, "server.crt");
    assert_int_equal(verify(ca, server, X509_PURPOSE_SSL_SERVER), 1);
    assert_int_equal(verify(ca, server, X509_PURPOSE_SSL_CLIENT), 0);
    assert_int_equal(X509_check_host(server, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(server, "example.test", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(server, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(server, "::1", 0), 1);
    assert_int_equal(X509_check_ip_asc(server, "127.0.0.2", 0), 0);
    assert_int_equal(X509_check_ca(ca), 1);
    assert_int_equal(X509_check_ca(server), 0);
    assert_in_range(days_valid(ca), 3649, 3651);
    assert_in_range(days_valid(server), 364, 366);
    X509_free(ca);
    X509_free(server);
}

static void test_keys_are_private_and_fit(void **state)
{
    struct temp_store *t = *state;
    static const char *const names[] = {"ca", "server"};
    assert_ok(ca_make(t->directory, &local, &t->clock.clock));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[100], name[16];
        struct stat info;
        (void)snprintf(path, sizeof(path), "%s/%s.key", t->directory, names[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        assert_int_equal(fclose(file), 0);
        (void)snprintf(name, sizeof(name), "%s.crt", names[i]);
        X509 *certificate = read_certificate(t, name);
        assert_int_equal(X509_check_private_key(certificate, key), 1);
        EVP_PKEY_free(key);
        X509_free(certificate);
    }
}

static void test_a_renewed_server_certificate_verifies(void **state)
{
    struct temp_store *t = *state;
    assert_reason(ca_renew_server(t->directory, &local, &t->clock.clock), FILE_UNREADABLE);
    assert_ok(ca_make(t->directory, &local, &t->clock.clock));
    X509 *before = read_certificate(t, "server.crt");
    assert_ok(ca_renew_server(t->directory, &local, &t->clock.clock));
    X509 *ca = read_certificate(t, "ca.crt");
    X509 *after = read_certificate(t, "server.crt");
    assert_int_equal(verify(ca, after, X509_PURPOSE_SSL_SERVER), 1);
    assert_int_not_equal(X509_cmp(before, after), 0);
    X509_free(before);
    X509_free(after);
    X509_free(ca);
}

/* Nothing gets into the extension but checked names: OpenSSL reads it as a little language. */
static void test_strange_names_are_refused(void **state)
{
    static const char *const names[] = {"", "a b", "a,IP:10.0.0.1", "x\n", "*", "email:me"};
    struct temp_store *t = *state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct ca_names strange = {.dns = {names[i]}, .dns_count = 1};
        assert_reason(ca_make(t->directory, &strange, &t->clock.clock), CONFIG_INVALID);
        strange = (struct ca_names){.ip = {names[i]}, .ip_count = 1};
        assert_reason(ca_make(t->directory, &strange, &t->clock.clock), CONFIG_INVALID);
    }
    assert_reason(ca_make("/proc/nowhere", &local, &t->clock.clock), FILE_UNWRITABLE);
}

/* --- agents and systems --- */

static struct ca_client an_agent(struct temp_store *t, char key[100], char certificate[100])
{
    (void)snprintf(key, 100, "%s/agent.key", t->directory);
    (void)snprintf(certificate, 100, "%s/agent.crt", t->directory);
    return (struct ca_client){.name = "Agente Inventée",
                              .staff_number = "TEST-7",
                              .email = "agente@example.invalid",
                              .days = 365,
                              .key_path = key,
                              .certificate_path = certificate};
}

static void test_a_clients_certificate_is_good_for_clients_alone(void **state)
{
    struct temp_store *t = *state;
    char key[100], certificate[100];
    struct ca_client client = an_agent(t, key, certificate);
    assert_reason(ca_issue_client(t->directory, &client, &t->clock.clock), FILE_UNREADABLE);
    assert_ok(ca_make(t->directory, &local, &t->clock.clock));
    assert_ok(ca_issue_client(t->directory, &client, &t->clock.clock));
    X509 *clients = read_certificate(t, "clients-ca.crt"), *servers = read_certificate(t, "ca.crt");
    X509 *issued = read_certificate(t, "agent.crt");
    assert_int_equal(verify(clients, issued, X509_PURPOSE_SSL_CLIENT), 1);
    assert_int_equal(verify(clients, issued, X509_PURPOSE_SSL_SERVER), 0);
    assert_int_equal(verify(servers, issued, X509_PURPOSE_SSL_CLIENT), 0);
    assert_in_range(days_valid(issued), 364, 366);
    struct stat info;
    assert_int_equal(stat(key, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    X509_free(clients);
    X509_free(servers);
    X509_free(issued);
}

static void test_strange_people_are_refused(void **state)
{
    static const char *const emails[] = {"",      "@",     "a@",           "@b",
                                         "a@b@c", "a b@c", "a@b,DNS:evil", "a@b\n"};
    struct temp_store *t = *state;
    char key[100], certificate[100], name[80];
    struct ca_client client = an_agent(t, key, certificate);
    assert_ok(ca_make(t->directory, &local, &t->clock.clock));
    for (size_t i = 0; i < ARRAY_LEN(emails); i++) {
        client.email = emails[i];
        assert_reason(ca_issue_client(t->directory, &client, &t->clock.clock), CONFIG_INVALID);
    }
    client = an_agent(t, key, certificate);
    (void)snprintf(name, sizeof name, "%065d", 0);
    client.name = name;
    assert_reason(ca_issue_client(t->directory, &client, &t->clock.clock), CONFIG_INVALID);
    client = an_agent(t, key, certificate);
    client.csr_file = certificate; /* no request */
    assert_reason(ca_issue_client(t->directory, &client, &t->clock.clock), FILE_UNREADABLE);
    client.csr_file = "/dev/null";
    assert_reason(ca_issue_client(t->directory, &client, &t->clock.clock), CERTIFICATE_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_chain_verifies),
        TEST(test_keys_are_private_and_fit),
        TEST(test_a_renewed_server_certificate_verifies),
        TEST(test_strange_names_are_refused),
        TEST(test_a_clients_certificate_is_good_for_clients_alone),
        TEST(test_strange_people_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
