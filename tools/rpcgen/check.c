#include "check.h"

#include <string.h>

#include "base/limits.h"
#include "base/scope.h"

/* --- marks --- */

static void mark_request(struct model_message *message, bool member)
{
    if (message->in_request && (message->member_callable || !member)) {
        return; /* seen: also what ends a recursion, which is refused elsewhere */
    }
    message->in_request = true;
    message->member_callable |= member;
    for (size_t i = 0; i < message->field_count; i++) {
        struct model_message *inner = message->fields[i].message;
        if (inner != NULL && !inner->map_entry && !check_is_dynamic(inner)) {
            mark_request(inner, member);
        }
        if (message->fields[i].enumeration != NULL) {
            message->fields[i].enumeration->in_request = true;
        }
    }
}

static void mark_response(struct model_message *message)
{
    if (message == NULL || message->in_response) {
        return;
    }
    message->in_response = true;
    for (size_t i = 0; i < message->field_count; i++) {
        mark_response(message->fields[i].message);
    }
}

static bool callable_by(const struct model_method *method, Hayat__Policy__V1__CallerKind caller)
{
    for (size_t i = 0; method->policy != NULL && i < method->policy->n_callers; i++) {
        if (method->policy->callers[i] == caller) {
            return true;
        }
    }
    return false;
}

static void mark_all(struct model *model)
{
    for (size_t i = 0; i < model->method_count; i++) {
        struct model_method *method = model->methods[i];
        mark_request(method->input,
                     callable_by(method, HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_MEMBER));
        mark_response(method->output);
    }
}

/* --- methods --- */

static void refuse(struct model *model, const struct model_method *method, const char *text)
{
    problem(model, method->file->name, method->name, "%s", text);
}

static void check_callers(struct model *model, const struct model_method *method)
{
    if (method->policy->n_callers == 0) {
        refuse(model, method, "the policy names no callers");
    }
    if (callable_by(method, HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_UNSPECIFIED)) {
        refuse(model, method, "the policy has an unspecified caller");
    }
}

/* SEC-A7: whoever has a certificate is let in for what it was given for. */
static void check_scopes(struct model *model, const struct model_method *method)
{
    bool agents = callable_by(method, HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_AGENT);
    bool systems = callable_by(method, HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_CORE_SYSTEM);
    uint32_t mask = 0;
    for (size_t i = 0; i < method->policy->n_scopes; i++) {
        uint32_t scope = scope_of_name(bytes_str(method->policy->scopes[i]));
        if (scope == 0) {
            problem(model, method->file->name, method->name, "the scope \"%s\" is not known",
                    method->policy->scopes[i]);
        }
        mask |= scope;
    }
    if (agents != ((mask & SCOPE_MASK_AGENTS) != 0)) {
        refuse(model, method, "agents need a scope of theirs, and a scope of theirs needs agents");
    }
    if (systems != ((mask & SCOPE_MASK_SYSTEMS) != 0)) {
        refuse(model, method,
               "core systems need a scope of theirs, and a scope of theirs needs core systems");
    }
}

static bool has_rate(const struct model_method *method)
{
    const Hayat__Policy__V1__Rate *rate = method->policy != NULL ? method->policy->rate : NULL;
    return rate != NULL && rate->class_[0] != '\0' && rate->per_minute > 0 && rate->burst > 0;
}

static void check_rate(struct model *model, const struct model_method *method)
{
    if (!has_rate(method)) {
        refuse(model, method, "the policy has no rate with class, per_minute and burst");
    }
}

static int32_t deadline_limit(const struct model_method *method)
{
    const Hayat__Policy__V1__Rate *rate = method->policy->rate;
    if (method->shape != MODEL_UNARY) {
        return LIMIT_STREAM_DEADLINE_MS;
    }
    bool upload = rate != NULL && strcmp(rate->class_, "upload") == 0;
    return upload ? LIMIT_UPLOAD_STEP_DEADLINE_MS : LIMIT_UNARY_DEADLINE_MS; /* SEC-E3 */
}

static void check_limits(struct model *model, const struct model_method *method)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    int32_t limit = deadline_limit(method);
    if (policy->deadline_ms <= 0) {
        refuse(model, method, "the policy has no deadline_ms");
    } else if (policy->deadline_ms > limit) {
        problem(model, method->file->name, method->name, "deadline_ms is %d, above the limit of %d",
                policy->deadline_ms, limit);
    }
    if (policy->max_request_bytes <= 0) {
        refuse(model, method, "the policy has no max_request_bytes");
    } else if (policy->max_request_bytes > LIMIT_RECEIVE_BYTES) {
        problem(model, method->file->name, method->name,
                "max_request_bytes is %d, above the limit of %d", policy->max_request_bytes,
                LIMIT_RECEIVE_BYTES);
    }
}

static bool has_request_id(const struct model_message *message)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct model_field *field = &message->fields[i];
        if (strcmp(field->name, "request_id") == 0) {
            return field->proto->type ==
                       GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING &&
                   !field->repeated && field->bounds->required &&
                   field->bounds->format == HAYAT__POLICY__V1__FORMAT__FORMAT_UUID;
        }
    }
    return false;
}

static void check_idempotency(struct model *model, const struct model_method *method)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    bool writes = policy->transaction ==
                  HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE;
    bool by_request_id = policy->idempotency ==
                         HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_REQUEST_ID;
    if (policy->transaction == HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_UNSPECIFIED) {
        refuse(model, method, "the policy does not say which transaction");
    }
    if (policy->idempotency == HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_UNSPECIFIED) {
        refuse(model, method, "the policy does not say which idempotency");
    }
    if (policy->not_repeated &&
        policy->idempotency != HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_NATURAL) {
        refuse(model, method, "not_repeated is for IDEMPOTENCY_NATURAL: others may be repeated");
    }
    if (writes && policy->idempotency == HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_READ_ONLY) {
        refuse(model, method, "a WRITE transaction cannot be IDEMPOTENCY_READ_ONLY");
    }
    /* SEC-G2 */
    if (by_request_id && !has_request_id(method->input)) {
        refuse(model, method,
               "IDEMPOTENCY_REQUEST_ID needs a required string field request_id with FORMAT_UUID");
    }
}

static bool acts_in_a_write(const Hayat__Policy__V1__MethodPolicy *policy)
{
    return policy->transaction == HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE ||
           policy->transaction == HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_MANUAL;
}

/* SEC-F1, SEC-A7: the entry is committed by the transaction that acts. */
static void check_audit(struct model *model, const struct model_method *method)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    bool reads = policy->audit == HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_READ;
    bool changes = policy->audit == HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_CHANGE;
    if ((reads || changes) && !acts_in_a_write(policy)) {
        refuse(model, method, "what is audited runs in a WRITE or MANUAL transaction");
    }
    if (policy->transaction == HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_MANUAL &&
        policy->audit == HAYAT__POLICY__V1__AUDIT_KIND__AUDIT_KIND_UNSPECIFIED) {
        refuse(model, method, "a MANUAL method says what its handler audits");
    }
    if (reads && policy->idempotency == HAYAT__POLICY__V1__IDEMPOTENCY__IDEMPOTENCY_REQUEST_ID) {
        refuse(model, method, "an audited read cannot be replayed: IDEMPOTENCY_NATURAL");
    }
}

/* The pipeline confirms in the acting transaction, with the session's key (rpc/confirm.h). */
static void check_step_up(struct model *model, const struct model_method *method)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    bool writes = policy->transaction ==
                  HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE;
    if (!policy->step_up) {
        return;
    }
    if (method->shape != MODEL_UNARY || !writes) {
        refuse(model, method, "step_up needs a unary method with a WRITE transaction");
    }
    if (policy->n_callers != 1 ||
        !callable_by(method, HAYAT__POLICY__V1__CALLER_KIND__CALLER_KIND_MEMBER)) {
        refuse(model, method, "step_up is for members alone");
    }
}

/* SEC-B4: the count is part of the acting transaction. */
static void check_throttles(struct model *model, const struct model_method *method)
{
    const Hayat__Policy__V1__MethodPolicy *policy = method->policy;
    if (policy->n_throttles > 0 &&
        policy->transaction != HAYAT__POLICY__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE) {
        refuse(model, method, "what is throttled runs in a WRITE transaction");
    }
    for (size_t i = 0; i < policy->n_throttles; i++) {
        const Hayat__Policy__V1__Throttle *throttle = policy->throttles[i];
        const char *letters = "abcdefghijklmnopqrstuvwxyz_";
        if (throttle->purpose[0] == '\0' || throttle->limit <= 0 || throttle->window_seconds <= 0 ||
            strspn(throttle->purpose, letters) != strlen(throttle->purpose)) {
            refuse(model, method, "a throttle has no purpose, limit and window_seconds");
        }
    }
}

static void check_policy(struct model *model, const struct model_method *method)
{
    check_callers(model, method);
    check_scopes(model, method);
    check_rate(model, method);
    check_limits(model, method);
    check_idempotency(model, method);
    check_audit(model, method);
    check_step_up(model, method);
    check_throttles(model, method);
}

/* A caller has one bucket for a class, whichever method fills it: two rules would take turns on it. */
static void check_rate_rule(struct model *model, size_t index)
{
    const struct model_method *method = model->methods[index];
    if (!has_rate(method)) {
        return;
    }
    const Hayat__Policy__V1__Rate *rate = method->policy->rate;
    for (size_t i = 0; i < index; i++) {
        const struct model_method *other = model->methods[i];
        if (!has_rate(other) || strcmp(other->policy->rate->class_, rate->class_) != 0) {
            continue;
        }
        if (other->policy->rate->per_minute != rate->per_minute ||
            other->policy->rate->burst != rate->burst) {
            problem(model, method->file->name, method->name,
                    "the rate class \"%s\" has another rule here than at %s", rate->class_,
                    other->name);
        }
        return; /* told once: the others were compared with the first as well */
    }
}

static void check_handler_name(struct model *model, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(model->methods[i]->handler, model->methods[index]->handler) == 0) {
            problem(model, model->methods[index]->file->name, model->methods[index]->name,
                    "has the same handler name %s as %s", model->methods[i]->handler,
                    model->methods[i]->name);
        }
    }
}

static void check_methods(struct model *model)
{
    for (size_t i = 0; i < model->method_count; i++) {
        const struct model_method *method = model->methods[i];
        if (method->two_policies) {
            refuse(model, method, "has a policy of its own and a standard_method");
        } else if (method->policy == NULL) {
            refuse(model, method,
                   "has no policy: set option (hayat.policy.v1.method)"); /* SEC-A2 */
        } else {
            check_policy(model, method);
        }
        check_rate_rule(model, i);
        check_handler_name(model, i);
    }
}

static void check_files(struct model *model)
{
    for (size_t i = 0; i < model->file_count; i++) {
        if (strncmp(model->files[i]->package, "hayat.store", strlen("hayat.store")) == 0) {
            problem(model, model->files[i]->name, model->files[i]->package,
                    "stored records do not belong into the public descriptor set");
        }
    }
}

void check_all(struct model *model)
{
    mark_all(model);
    check_files(model);
    check_methods(model);
    check_messages(model);
}
