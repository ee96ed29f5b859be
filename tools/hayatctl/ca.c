#include "tools/hayatctl/ca.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/obj_mac.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"
#include "tools/hayatctl/identity.h"

enum { CA_DAYS = 3650, SERVER_DAYS = 365, ALT_NAMES_BYTES = 4096 };

static bool make_ca(struct identity *ca, const struct clock *clock, const char *common_name)
{
    static const struct identity_extension extensions[] = {
        {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_subject_key_identifier, "hash"},
    };
    return identity_begin(ca, clock, CA_DAYS, common_name) &&
           identity_add_extensions(ca, ca, extensions, ARRAY_LEN(extensions)) &&
           identity_sign(ca, ca);
}

static bool make_server(struct identity *server, const struct identity *ca,
                        const struct clock *clock, const char *alt_names)
{
    const struct identity_extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_alt_name, alt_names},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
    };
    return identity_begin(server, clock, SERVER_DAYS, "Hayat server") &&
           identity_add_extensions(server, ca, extensions, ARRAY_LEN(extensions)) &&
           identity_sign(server, ca);
}

/* --- names --- */

static bool is_dns_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= 253 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == len;
}

static bool is_address(const char *text)
{
    unsigned char address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool append(char *out, size_t *used, const char *kind, const char *value)
{
    int len = snprintf(out + *used, ALT_NAMES_BYTES - *used, "%s%s:%s", *used == 0 ? "" : ",", kind,
                       value);
    *used += len > 0 ? (size_t)len : 0;
    return len > 0 && *used < ALT_NAMES_BYTES;
}

/* Only what was checked goes into OpenSSL's little language of extensions. */
static bool alt_names_text(const struct ca_names *names, char out[ALT_NAMES_BYTES])
{
    size_t used = 0;
    for (size_t i = 0; i < names->dns_count; i++) {
        if (!is_dns_name(names->dns[i]) || !append(out, &used, "DNS", names->dns[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < names->ip_count; i++) {
        if (!is_address(names->ip[i]) || !append(out, &used, "IP", names->ip[i])) {
            return false;
        }
    }
    return used > 0;
}

/* --- files --- */

static status write_in(const char *directory, const char *name, const struct identity *identity,
                       int mode)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", directory, name);
    return len < 0 || (size_t)len >= sizeof(path) ? FAIL(FILE_UNWRITABLE)
                                                  : identity_write(path, identity, mode);
}

/* The certificate comes last: a server that reloads sees the key first and the pair when both are
   there. */
static status issue_server(const char *directory, const struct identity *ca,
                           const struct ca_names *names, const struct clock *clock)
{
    char alt_names[ALT_NAMES_BYTES];
    if (!alt_names_text(names, alt_names)) {
        return FAIL(CONFIG_INVALID);
    }
    DEFER(identity_fini) struct identity server = {NULL, NULL};
    if (!make_server(&server, ca, clock, alt_names)) {
        return FAIL(INTERNAL);
    }
    TRY(write_in(directory, "server.key", &server, WRITES_KEY));
    return write_in(directory, "server.crt", &server, WRITES_CERTIFICATE);
}

status ca_make(const char *directory, const struct ca_names *names, const struct clock *clock)
{
    DEFER(identity_fini) struct identity ca = {NULL, NULL};
    if (!make_ca(&ca, clock, "Hayat development CA")) {
        return FAIL(INTERNAL);
    }
    TRY(write_in(directory, "ca.key", &ca, WRITES_KEY));
    TRY(write_in(directory, "ca.crt", &ca, WRITES_CERTIFICATE));
    TRY(issue_server(directory, &ca, names, clock));
    return ca_make_clients(directory, clock);
}

status ca_make_clients(const char *directory, const struct clock *clock)
{
    DEFER(identity_fini) struct identity ca = {NULL, NULL};
    if (!make_ca(&ca, clock, "Hayat development CA of agents and systems")) {
        return FAIL(INTERNAL);
    }
    TRY(write_in(directory, CA_CLIENTS ".key", &ca, WRITES_KEY));
    return write_in(directory, CA_CLIENTS ".crt", &ca, WRITES_CERTIFICATE);
}

status ca_renew_server(const char *directory, const struct ca_names *names,
                       const struct clock *clock)
{
    DEFER(identity_fini) struct identity ca = {NULL, NULL};
    TRY(identity_read(directory, "ca", &ca));
    return issue_server(directory, &ca, names, clock);
}
