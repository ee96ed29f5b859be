#include "service/audit.h"

static enum audit_actor_kind actor_kind(enum caller caller)
{
    switch (caller) {
    case CALLER_ANONYMOUS:
        return AUDIT_ACTOR_ANONYMOUS;
    case CALLER_MEMBER:
        return AUDIT_ACTOR_MEMBER;
    case CALLER_AGENT:
        return AUDIT_ACTOR_AGENT;
    case CALLER_CORE_SYSTEM:
        return AUDIT_ACTOR_CORE_SYSTEM;
    case CALLER_PROVIDER:
        return AUDIT_ACTOR_PROVIDER;
    }
    return AUDIT_ACTOR_ANONYMOUS;
}

struct audit_event rpc_audit_event(const struct rpc *rpc, const char *event)
{
    const struct principal *principal = rpc->principal;
    struct audit_event made = {.event = event, .actor_kind = actor_kind(principal->kind)};
    if (principal->kind == CALLER_MEMBER) {
        made.actor = bytes_of(principal->owner.bytes, OWNER_BYTES);
        made.subject = principal->owner;
    } else if (principal_has_certificate(principal)) {
        made.actor = bytes_of(principal->agent.bytes, ID_BYTES);
    }
    return made;
}

status rpc_audit_append(const struct rpc *rpc, struct txn *txn, const char *event, status outcome)
{
    const struct rpc_audit *audit = &rpc->audit;
    if (audit->lost) {
        return FAIL(ARENA_FULL);
    }
    struct audit_event made = rpc_audit_event(rpc, event);
    made.object_type = audit->object_type;
    made.object = audit->object;
    made.purpose = audit->purpose;
    made.outcome = outcome.why;
    if (audit->subjects == NULL) {
        return audit_append(txn, &made);
    }
    for (const struct audit_subject_node *node = audit->subjects; node != NULL; node = node->next) {
        made.subject = node->owner;
        TRY(audit_append(txn, &made));
    }
    return STATUS_OK;
}
