#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"
#include "tools/hayatctl/ca.h"
#include "tools/hayatctl/identity.h"

enum { SECURITY_BITS_LEAST = 112, EMAIL_BYTES = 128 };

static void free_request(X509_REQ **request)
{
    X509_REQ_free(*request);
}

/* The key a CSR asks for, when the CSR proves that its sender has it. */
static status key_of_request(const char *path, EVP_PKEY **ret_key)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    if (file == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    DEFER(free_request) X509_REQ *request = PEM_read_X509_REQ(file, NULL, NULL, NULL);
    EVP_PKEY *key = request == NULL ? NULL : X509_REQ_get0_pubkey(request);
    bool good = key != NULL && X509_REQ_verify(request, key) == 1 &&
                EVP_PKEY_get_security_bits(key) >= SECURITY_BITS_LEAST && EVP_PKEY_up_ref(key) == 1;
    ERR_clear_error();
    if (!good) {
        return FAIL(CERTIFICATE_INVALID);
    }
    *ret_key = key;
    return STATUS_OK;
}

/* Only what was checked goes into OpenSSL's little language of extensions. */
static bool email_text(const char *email, char out[EMAIL_BYTES + 8])
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+@";
    size_t len = strlen(email);
    const char *at = strchr(email, '@');
    if (len > EMAIL_BYTES || strspn(email, allowed) != len || at == NULL || at == email ||
        at[1] == '\0' || strchr(at + 1, '@') != NULL) {
        return false;
    }
    (void)snprintf(out, EMAIL_BYTES + 8, "email:%s", email);
    return true;
}

static status fill(struct identity *identity, const struct identity *ca,
                   const struct ca_client *client, const struct clock *clock)
{
    char email[EMAIL_BYTES + 8];
    const struct identity_extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "clientAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
        {NID_subject_alt_name, email},
    };
    size_t count = ARRAY_LEN(extensions) - (client->email == NULL ? 1 : 0);
    if (client->email != NULL && !email_text(client->email, email)) {
        return FAIL(CONFIG_INVALID);
    }
    if (!identity_begin(identity, clock, client->days, client->name) ||
        (client->staff_number != NULL &&
         !identity_add_name(identity, "serialNumber", client->staff_number))) {
        return FAIL(CONFIG_INVALID); /* OpenSSL bounds the parts of a name */
    }
    bool good = identity_add_extensions(identity, ca, extensions, count) &&
                identity_sign(identity, ca);
    return good ? STATUS_OK : FAIL(INTERNAL);
}

status ca_issue_client(const char *directory, const struct ca_client *client,
                       const struct clock *clock)
{
    DEFER(identity_fini) struct identity ca = {NULL, NULL};
    DEFER(identity_fini) struct identity identity = {NULL, NULL};
    TRY(identity_read(directory, CA_CLIENTS, &ca));
    if (client->csr_file != NULL) {
        TRY(key_of_request(client->csr_file, &identity.key));
    }
    TRY(fill(&identity, &ca, client, clock));
    if (client->csr_file == NULL) {
        TRY(identity_write(client->key_path, &identity, WRITES_KEY));
    }
    return identity_write(client->certificate_path, &identity, WRITES_CERTIFICATE);
}
