#include "service/rpc.h"

void rpc_violation(struct rpc *rpc, const char *path, const char *description)
{
    struct error_details *details = &rpc->details;
    if (details->field_count < LIMIT_VIOLATIONS) {
        details->fields[details->field_count++] = (struct error_field){path, description};
    }
}

void rpc_detail(struct rpc *rpc, const char *key, const char *value)
{
    struct error_details *details = &rpc->details;
    if (value != NULL && details->pair_count < ERROR_PAIRS_MAX) {
        details->pairs[details->pair_count++] = (struct error_pair){key, value};
    }
}

void rpc_detail_int(struct rpc *rpc, const char *key, int64_t value)
{
    rpc_detail(rpc, key, arena_printf(rpc->arena, "%lld", (long long)value));
}

void rpc_precondition(struct rpc *rpc, const char *type, const char *subject)
{
    struct error_details *details = &rpc->details;
    if (details->precondition_count < ERROR_PAIRS_MAX) {
        details->preconditions[details->precondition_count++] = (struct error_pair){type, subject};
    }
}

void rpc_quota(struct rpc *rpc, const char *subject, const char *description)
{
    struct error_details *details = &rpc->details;
    if (details->quota_count < ERROR_PAIRS_MAX) {
        details->quotas[details->quota_count++] = (struct error_pair){subject, description};
    }
}

void rpc_retry_after(struct rpc *rpc, int64_t ms)
{
    rpc->details.retry_after_ms = ms;
}

void rpc_audit_object(struct rpc *rpc, const char *type, struct id id)
{
    rpc->audit.object_type = type;
    rpc->audit.object = id;
}

void rpc_audit_purpose(struct rpc *rpc, const char *purpose)
{
    rpc->audit.purpose = purpose;
}

void rpc_audit_subject(struct rpc *rpc, struct owner owner)
{
    struct audit_subject_node **end = &rpc->audit.subjects;
    for (; *end != NULL; end = &(*end)->next) {
        if (memcmp((*end)->owner.bytes, owner.bytes, OWNER_BYTES) == 0) {
            return;
        }
    }
    struct audit_subject_node *node = arena_alloc(rpc->arena, sizeof *node);
    if (node == NULL) {
        rpc->audit.lost = true;
        return;
    }
    *node = (struct audit_subject_node){.owner = owner};
    *end = node;
}

void rpc_audit_nobody(struct rpc *rpc)
{
    rpc->audit.nobody = true;
}

void rpc_alarm(struct rpc *rpc, const char *word)
{
    rpc->alarm = word;
}

status rpc_go_aside(struct rpc *rpc)
{
    rpc->aside.due = true;
    rpc->keep_writes = true;
    return FAIL(INTERNAL);
}
