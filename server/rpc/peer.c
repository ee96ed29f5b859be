#include "rpc/peer.h"

#include <grpc/grpc_security.h>

#include "auth/certificate_read.h"
#include "base/defer.h"

static void free_context(grpc_auth_context **context)
{
    if (*context != NULL) {
        grpc_auth_context_release(*context);
    }
}

static bytes property(const grpc_auth_context *context, const char *name)
{
    grpc_auth_property_iterator it = grpc_auth_context_find_properties_by_name(context, name);
    const grpc_auth_property *found = grpc_auth_property_iterator_next(&it);
    return found == NULL ? (bytes){NULL, 0} : bytes_of(found->value, found->value_length);
}

bool peer_certificate(grpc_call *call, uint8_t ret_key_hash[CERTIFICATE_KEY_BYTES])
{
    DEFER(free_context) grpc_auth_context *context = grpc_call_auth_context(call);
    if (context == NULL ||
        !bytes_equal_str(property(context, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME),
                         GRPC_SSL_TRANSPORT_SECURITY_TYPE)) {
        return false;
    }
    struct certificate_facts facts;
    if (!ok(certificate_read(property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME), &facts))) {
        return false;
    }
    memcpy(ret_key_hash, facts.key_hash, sizeof facts.key_hash);
    return true;
}
