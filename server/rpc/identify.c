#include "rpc/identify.h"

#include <arpa/inet.h>

#include "auth/certificate.h"
#include "auth/gate.h"
#include "auth/session.h"
#include "base/codec.h"
#include "rpc/confirm.h"
#include "storage/db.h"
#include "storage/session_store.h"

enum { IPV4_NETWORK_BYTES = 3, IPV6_NETWORK_BYTES = 7 };

/* What of TEXT comes after PREFIX and before END; empty when it does not begin so. */
static bytes between(bytes text, const char *prefix, char end)
{
    if (!bytes_starts_with(text, prefix)) {
        return (bytes){NULL, 0};
    }
    bytes rest = bytes_skip(text, strlen(prefix));
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != (uint8_t)end) {
        len++;
    }
    return bytes_head(rest, len);
}

static bool parse_address(int family, bytes text, uint8_t out[16])
{
    char address[INET6_ADDRSTRLEN];
    if (text.len == 0 || text.len >= sizeof address) {
        return false;
    }
    memcpy(address, text.ptr, text.len);
    address[text.len] = '\0';
    return inet_pton(family, address, out) == 1;
}

static bool ipv4_of(bytes peer, uint8_t out[16])
{
    return parse_address(AF_INET, between(peer, "ipv4:", ':'), out);
}

static bool ipv6_of(bytes peer, uint8_t out[16])
{
    return parse_address(AF_INET6, between(peer, "ipv6:%5B", '%'), out) ||
           parse_address(AF_INET6, between(peer, "ipv6:[", ']'), out);
}

uint64_t network_of(const struct seal_keys *keys, const struct call_headers *headers)
{
    uint8_t address[16], hash[16];
    bytes network = {NULL, 0};
    if (ipv4_of(headers->peer, address)) {
        network = bytes_of(address, IPV4_NETWORK_BYTES);
    } else if (ipv6_of(headers->peer, address)) {
        network = bytes_of(address, IPV6_NETWORK_BYTES);
    }
    seal_blind(keys, "network", network, hash, sizeof hash);
    return get_be64(hash);
}

/* The session or the certificate in a read transaction that is over when this returns (SEC-D7). */
static status check_once(struct call *call, const uint8_t *hash,
                         status (*check)(struct txn *, const uint8_t *, struct principal *))
{
    struct txn *txn;
    TRY(txn_begin_read(call->pipeline->app->db, &call->arena, &txn));
    call->rpc.now_ms = txn_now_ms(txn);
    call->session_snapshot = txn_snapshot(txn);
    status s = check(txn, hash, &call->principal);
    txn_end_read(txn);
    return s;
}

/* RFC 6750 2.1; the scheme's name is case-insensitive (RFC 9110 11.1). */
static status bearer_token(bytes authorization, bytes *ret_token)
{
    static const char scheme[] = "bearer ";
    if (authorization.len < sizeof scheme - 1) {
        return FAIL(TOKEN_INVALID);
    }
    for (size_t i = 0; i < sizeof scheme - 2; i++) {
        if ((authorization.ptr[i] | 0x20) != scheme[i]) {
            return FAIL(TOKEN_INVALID);
        }
    }
    if (authorization.ptr[sizeof scheme - 2] != ' ') {
        return FAIL(TOKEN_INVALID);
    }
    *ret_token = bytes_skip(authorization, sizeof scheme - 1);
    return STATUS_OK;
}

status identify(struct call *call, const struct call_headers *headers)
{
    const struct app *app = call->pipeline->app;
    call->principal = (struct principal){.kind = CALLER_ANONYMOUS};
    bool has_certificate = headers->certificate.len == CERTIFICATE_KEY_BYTES;
    if ((call->route->policy.callers & CALLER_ANONYMOUS) != 0 ||
        (headers->authorization.len == 0 && !has_certificate)) {
        call->principal.network = network_of(app->keys, headers);
        return STATUS_OK;
    }
    if (has_certificate) {
        return headers->authorization.len > 0
                   ? FAIL(CREDENTIALS_MIXED)
                   : check_once(call, headers->certificate.ptr, certificate_check);
    }
    bytes token;
    uint8_t hash[TOKEN_HASH_BYTES];
    TRY(bearer_token(headers->authorization, &token));
    TRY(token_hash(app->keys, token, hash));
    session_store_expect(app->db, hash);
    TRY(check_once(call, hash, session_check));
    return confirm_read(call, headers->step_up, token);
}

/* Not only who: a role may have been taken away meanwhile. */
static status certificate_again(struct call *call)
{
    TRY(certificate_check(call->rpc.txn, call->principal.key_hash, &call->principal));
    return gate_check(&call->route->policy, &call->principal, call->rpc.now_ms);
}

status identify_again(struct call *call)
{
    call->rpc.now_ms = txn_now_ms(call->rpc.txn);
    if (call->principal.kind == CALLER_ANONYMOUS) {
        return STATUS_OK;
    }
    if (principal_has_certificate(&call->principal)) {
        return certificate_again(call);
    }
    /* A write transaction's number is that of a commit still to come, so it never matches. */
    uint64_t snapshot = txn_snapshot(call->rpc.txn);
    if (snapshot == call->session_snapshot) {
        return call->principal.session_expire_ms <= call->rpc.now_ms ? FAIL(TOKEN_INVALID)
                                                                     : STATUS_OK;
    }
    return session_check(call->rpc.txn, call->principal.token_hash, &call->principal);
}
