/*
 * Promise: TLS 1.2 and 1.3 only; a new certificate is served without a restart; a half-written pair
 * changes nothing; on the agents' listener, a client without a certificate of the configured
 * roots is refused.
 */
#include "tests/support/cm.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/core.h"

static char directory[64], cert_path[96], key_path[96], roots_path[96];
static struct app app = {.clock = &clock_system, .random = &random_system};
static struct pipeline pipeline = {.app = &app};

/* --- certificates, invented on the spot --- */

struct identity {
    EVP_PKEY *key;
    X509 *cert;
};

/* Self-signed when ISSUER is NULL. */
static struct identity identity_new(const char *name, const struct identity *issuer)
{
    struct identity made = {.key = EVP_EC_gen("P-256"), .cert = X509_new()};
    const struct identity *by = issuer != NULL ? issuer : &made;
    static long serial;
    (void)X509_set_version(made.cert, X509_VERSION_3);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(made.cert), ++serial);
    (void)X509_gmtime_adj(X509_getm_notBefore(made.cert), -3600);
    (void)X509_gmtime_adj(X509_getm_notAfter(made.cert), 3600);
    (void)X509_set_pubkey(made.cert, made.key);
    (void)X509_NAME_add_entry_by_txt(X509_get_subject_name(made.cert), "CN", MBSTRING_ASC,
                                     (const unsigned char *)name, -1, -1, 0);
    (void)X509_set_issuer_name(made.cert, X509_get_subject_name(by->cert));
    if (issuer == NULL) {
        X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                                 "critical,CA:TRUE");
        (void)X509_add_ext(made.cert, ca, -1);
        X509_EXTENSION_free(ca);
    }
    assert_true(X509_sign(made.cert, by->key, EVP_sha256()) > 0);
    return made;
}

static void identity_free(struct identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->cert);
}

/* A new file under the old name, as a certificate's renewal leaves it. */
static void write_file(const char *path, const struct identity *identity, bool key)
{
    char fresh[128];
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "w");
    assert_non_null(file);
    assert_int_equal(key ? PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL)
                         : PEM_write_X509(file, identity->cert),
                     1);
    (void)fclose(file);
    assert_int_equal(rename(fresh, path), 0);
}

static void write_pair(const struct identity *identity)
{
    write_file(cert_path, identity, false);
    write_file(key_path, identity, true);
}

/* --- a client --- */

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* The name in the certificate that was served; "" when the handshake failed or the server hung up
   after it. */
static void shake_hands(int port, int version, const struct identity *own, char *ret_name,
                        size_t size)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    unsigned char byte;
    (void)SSL_CTX_set_min_proto_version(context, version);
    (void)SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_security_level(context, 0);
    SSL *ssl = SSL_new(context);
    static const unsigned char h2[] = {2, 'h', '2'};
    (void)SSL_set_alpn_protos(ssl, h2, sizeof h2);
    if (own != NULL) {
        (void)SSL_use_certificate(ssl, own->cert);
        (void)SSL_use_PrivateKey(ssl, own->key);
    }
    int fd = dial(port);
    (void)SSL_set_fd(ssl, fd);
    ret_name[0] = '\0';
    /* TLS 1.3 tells a refused client certificate after the handshake: wait for the server's
       SETTINGS. */
    if (SSL_connect(ssl) == 1 && SSL_read(ssl, &byte, 1) == 1) {
        X509 *cert = SSL_get1_peer_certificate(ssl);
        (void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, ret_name,
                                        (int)size);
        X509_free(cert);
    }
    ERR_clear_error();
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
}

static void assert_served(int port, int version, const struct identity *own, const char *name)
{
    char served[64];
    shake_hands(port, version, own, served, sizeof served);
    assert_string_equal(served, name);
}

/* With CLIENT_CA on a second listener, too. */
static struct engine *start(const char *client_ca)
{
    const struct engine_options options = {.pipeline = &pipeline,
                                           .listen = "127.0.0.1:0",
                                           .cert = cert_path,
                                           .key = key_path,
                                           .agents_listen = client_ca != NULL ? "127.0.0.1:0"
                                                                              : NULL,
                                           .client_ca = client_ca};
    struct engine *engine = NULL;
    pipeline.draining = false;
    assert_ok(engine_start(&options, &engine));
    return engine;
}

static void stop(struct engine *engine)
{
    assert_true(engine_drain(engine));
    engine_stop(engine);
}

/* --- the promises --- */

static void test_versions_and_renewal(void **state)
{
    (void)state;
    struct identity first = identity_new("first", NULL), second = identity_new("second", NULL);
    write_pair(&first);
    struct engine *engine = start(NULL);
    int port = engine_port(engine);
    assert_served(port, TLS1_3_VERSION, NULL, "first");
    assert_served(port, TLS1_2_VERSION, NULL, "first");
    assert_served(port, TLS1_1_VERSION, NULL, "");
    write_file(cert_path, &second, false); /* the key is still the old one */
    assert_served(port, TLS1_3_VERSION, NULL, "first");
    write_file(key_path, &second, true);
    assert_served(port, TLS1_3_VERSION, NULL, "second");
    engine_recheck_certificates(engine);
    assert_served(port, TLS1_3_VERSION, NULL, "second");
    (void)unlink(key_path);
    assert_served(port, TLS1_3_VERSION, NULL, "second");
    stop(engine);
    identity_free(&first);
    identity_free(&second);
}

static void test_mutual(void **state)
{
    (void)state;
    struct identity server = identity_new("server", NULL), roots = identity_new("roots", NULL);
    struct identity friend = identity_new("friend", &roots),
                    stranger = identity_new("stranger", NULL);
    write_pair(&server);
    write_file(roots_path, &roots, false);
    struct engine *engine = start(roots_path);
    int port = engine_agents_port(engine);
    assert_true(port > 0);
    assert_served(port, TLS1_3_VERSION, &friend, "server");
    assert_served(port, TLS1_2_VERSION, &friend, "server");
    assert_served(port, TLS1_3_VERSION, &stranger, "");
    assert_served(port, TLS1_3_VERSION, NULL, "");
    assert_served(port, TLS1_2_VERSION, NULL, "");
    assert_served(engine_port(engine), TLS1_3_VERSION, NULL, "server"); /* members show none */
    stop(engine);
    identity_free(&server);
    identity_free(&roots);
    identity_free(&friend);
    identity_free(&stranger);
}

static void test_refuses_to_start_with_a_wrong_pair(void **state)
{
    (void)state;
    struct identity one = identity_new("one", NULL), other = identity_new("other", NULL);
    const struct engine_options options = {
        .pipeline = &pipeline, .listen = "127.0.0.1:0", .cert = cert_path, .key = key_path};
    struct engine *engine = NULL;
    write_file(cert_path, &one, false);
    write_file(key_path, &other, true);
    assert_reason(engine_start(&options, &engine), CERTIFICATE_INVALID);
    (void)unlink(key_path);
    assert_reason(engine_start(&options, &engine), FILE_UNREADABLE);
    identity_free(&one);
    identity_free(&other);
}

static int make_directory(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/hayat-tls-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    (void)snprintf(cert_path, sizeof cert_path, "%s/cert", directory);
    (void)snprintf(key_path, sizeof key_path, "%s/key", directory);
    (void)snprintf(roots_path, sizeof roots_path, "%s/roots", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    (void)unlink(cert_path);
    (void)unlink(key_path);
    (void)unlink(roots_path);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_and_renewal),
        cmocka_unit_test(test_mutual),
        cmocka_unit_test(test_refuses_to_start_with_a_wrong_pair),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
