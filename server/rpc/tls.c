#include "rpc/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/defer.h"
#include "base/limits.h"
#include "base/log.h"

/* What tells that a file is another one now. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

enum { FILES = 3 };

struct stamps {
    struct stamp file[FILES];
};

struct tls {
    struct tls_files files;
    struct stamps seen; /* of the pair in use or of the one refused last */
    bool loaded;
    _Atomic bool recheck;
};

static void free_bio(BIO **bio)
{
    BIO_free(*bio);
}

static void free_x509(X509 **cert)
{
    X509_free(*cert);
}

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

/* --- files --- */

static struct stamp stamp_of(const char *path)
{
    struct stat st;
    if (path == NULL || stat(path, &st) != 0) {
        return (struct stamp){0};
    }
    return (struct stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
}

static struct stamps stamps_of(const struct tls_files *files)
{
    return (struct stamps){
        {stamp_of(files->cert), stamp_of(files->key), stamp_of(files->client_ca)}};
}

static bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool stamps_equal(const struct stamps *a, const struct stamps *b)
{
    for (size_t i = 0; i < FILES; i++) {
        if (!stamp_equal(&a->file[i], &b->file[i])) {
            return false;
        }
    }
    return true;
}

/* The whole file as a string in ARENA, which wipes it. */
static status read_pem(struct arena *arena, const char *path, char **ret_text)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    char *text = arena_alloc(arena, LIMIT_PEM_BYTES + 1);
    if (file == NULL || text == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no second copy of a private key */
    size_t len = fread(text, 1, LIMIT_PEM_BYTES + 1, file);
    if (ferror(file) || len > LIMIT_PEM_BYTES || memchr(text, 0, len) != NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    *ret_text = text;
    return STATUS_OK;
}

/* --- checks --- */

static X509 *first_certificate(const char *pem)
{
    DEFER(free_bio) BIO *bio = BIO_new_mem_buf(pem, -1);
    return bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

static EVP_PKEY *private_key(const char *pem)
{
    char no_passphrase[] = "";
    DEFER(free_bio) BIO *bio = BIO_new_mem_buf(pem, -1);
    return bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, no_passphrase);
}

static status check_pair(const char *cert_pem, const char *key_pem)
{
    DEFER(free_x509) X509 *cert = first_certificate(cert_pem);
    DEFER(free_key) EVP_PKEY *key = private_key(key_pem);
    bool good = cert != NULL && key != NULL && X509_check_private_key(cert, key) == 1;
    ERR_clear_error();
    return good ? STATUS_OK : FAIL(CERTIFICATE_INVALID);
}

static status check_roots(const char *pem)
{
    DEFER(free_x509) X509 *root = first_certificate(pem);
    ERR_clear_error();
    return root == NULL ? FAIL(CERTIFICATE_INVALID) : STATUS_OK;
}

/* --- the pair in use --- */

static status load(const struct tls_files *files, struct arena *arena,
                   grpc_ssl_server_certificate_config **ret_config)
{
    char *cert = NULL, *key = NULL, *roots = NULL;
    TRY(read_pem(arena, files->cert, &cert));
    TRY(read_pem(arena, files->key, &key));
    TRY(check_pair(cert, key));
    if (files->client_ca != NULL) {
        TRY(read_pem(arena, files->client_ca, &roots));
        TRY(check_roots(roots));
    }
    const grpc_ssl_pem_key_cert_pair pair = {.private_key = key, .cert_chain = cert};
    /* Roots are demanded by the core even when no client certificate is asked for: NULL aborts the
       process. */
    *ret_config = grpc_ssl_server_certificate_config_create(roots != NULL ? roots : cert, &pair, 1);
    return STATUS_OK;
}

static status load_once(const struct tls_files *files,
                        grpc_ssl_server_certificate_config **ret_config)
{
    struct arena arena;
    arena_init(&arena, FILES * (LIMIT_PEM_BYTES + 64));
    status s = load(files, &arena, ret_config);
    arena_fini(&arena);
    return s;
}

/* The core asks this for every new connection, one at a time. */
static grpc_ssl_certificate_config_reload_status fetch(
    void *user, grpc_ssl_server_certificate_config **ret_config)
{
    struct tls *tls = user;
    struct stamps now = stamps_of(&tls->files);
    bool forced = atomic_exchange(&tls->recheck, false);
    if (tls->loaded && !forced && stamps_equal(&now, &tls->seen)) {
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    status s = load_once(&tls->files, ret_config);
    tls->seen = now;
    if (!ok(s)) {
        log_event(LOG_ERROR, "certificate_refused", LOG_WORD("reason", reason_name(s.why)));
        return tls->loaded ? GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED
                           : GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    }
    if (tls->loaded) {
        log_event(LOG_INFO, "certificate_reloaded");
    }
    tls->loaded = true;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

status tls_open(const struct tls_files *files, struct tls **ret_tls)
{
    grpc_ssl_server_certificate_config *config = NULL;
    TRY(load_once(files, &config));
    grpc_ssl_server_certificate_config_destroy(config);
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        return FAIL(INTERNAL);
    }
    tls->files = *files;
    *ret_tls = tls;
    return STATUS_OK;
}

void tls_close(struct tls *tls)
{
    free(tls);
}

void tls_recheck(struct tls *tls)
{
    tls->recheck = true;
}

grpc_server_credentials *tls_credentials(struct tls *tls)
{
    grpc_ssl_client_certificate_request_type request =
        tls->files.client_ca != NULL ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                     : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
    return grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(request, fetch, tls));
}
