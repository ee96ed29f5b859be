#include "service/agency.h"

#include "service/app.h"
#include "service/audit.h"
#include "service/message.h"
#include "storage/agent_reads_store.h"
#include "storage/canary_store.h"

#define PURPOSE(name) HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_##name
#define KEY(name) HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_##name

static status refuse(struct rpc *rpc, const char *path, const char *description)
{
    rpc_violation(rpc, path, description);
    return FAIL(INVALID_FIELD);
}

/* --- why --- */

static const char *purpose_word(Hayat__Backoffice__V1__AccessPurpose purpose)
{
    switch (purpose) {
    case PURPOSE(MEMBER_REQUEST):
        return "member_request";
    case PURPOSE(ENROLMENT):
        return "enrolment";
    case PURPOSE(FILING):
        return "filing";
    case PURPOSE(COMPLAINT):
        return "complaint";
    case PURPOSE(CORRECTION):
        return "correction";
    case PURPOSE(UNSPECIFIED):
    case _HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE_IS_INT_SIZE:
        break;
    }
    return NULL;
}

static bool is_case_number(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/") ==
           strlen(text);
}

status agency_purpose(struct rpc *rpc, const Hayat__Backoffice__V1__Access *access)
{
    const char *word = purpose_word(access->purpose);
    if (word == NULL) {
        return refuse(rpc, "access.purpose", "must be a purpose");
    }
    if (!is_case_number(access->case_number)) {
        return refuse(rpc, "access.case_number", "must be letters, digits, \"-\" and \"/\"");
    }
    rpc_audit_purpose(rpc, access->case_number[0] == '\0'
                               ? word
                               : arena_printf(rpc->arena, "%s %s", word, access->case_number));
    return arena_check(rpc->arena);
}

/* --- whom --- */

/* Nobody's owner, by which a number that is nobody's counts towards the budget. */
static struct owner owner_of_nobody(const struct rpc *rpc, const char *number)
{
    struct owner owner;
    seal_blind(rpc->app->keys, "asked for", bytes_str(number), owner.bytes, sizeof owner.bytes);
    return owner;
}

static status find_owner(struct rpc *rpc, const Hayat__Backoffice__V1__MemberKey *key,
                         struct owner *ret_owner)
{
    switch (key->key_case) {
    case KEY(REGISTRATION_NUMBER):
        *ret_owner = owner_of_registration(rpc->app->keys, bytes_str(key->registration_number));
        return STATUS_OK;
    case KEY(CINE_NUMBER): {
        status s = member_store_by_cine(rpc->txn, bytes_str(key->cine_number), ret_owner);
        if (s.why != REASON_NOT_FOUND) {
            return s;
        }
        *ret_owner = owner_of_nobody(rpc, key->cine_number);
        return STATUS_OK;
    }
    case KEY(_NOT_SET):
    case _HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY__CASE_IS_INT_SIZE:
        break;
    }
    return refuse(rpc, "member", "must have a registration_number or a cine_number");
}

/* --- the budget --- */

static status take_budget(struct rpc *rpc, struct owner member)
{
    const struct agent_budget budget = {.per_hour = LIMIT_AGENT_MEMBERS_PER_HOUR,
                                        .per_day = LIMIT_AGENT_MEMBERS_PER_DAY};
    struct agent_budget_answer answer;
    TRY(agent_reads_take(rpc->txn, rpc->principal->agent, member, &budget, &answer));
    switch (answer.over) {
    case BUDGET_LEFT:
        return STATUS_OK;
    case BUDGET_HOUR:
        rpc_quota(rpc, "members_per_hour", "distinct members read within an hour");
        break;
    case BUDGET_DAY:
        rpc_quota(rpc, "members_per_day", "distinct members read within a day");
        break;
    }
    rpc_retry_after(rpc, answer.retry_after_ms);
    rpc->keep_writes = true; /* the attempt is audited */
    return FAIL(AGENT_BUDGET);
}

/* --- canaries --- */

static status raise_alarm(struct rpc *rpc, struct owner owner,
                          Hayat__Store__V1__StoredCanary *canary)
{
    struct id agent = rpc->principal->agent;
    canary->read_count++;
    canary->last_read_ms = rpc->now_ms;
    canary->last_caller_id = message_bytes(rpc->arena, bytes_of(agent.bytes, ID_BYTES));
    TRY(arena_check(rpc->arena));
    TRY(canary_store_put(rpc->txn, owner, canary));
    struct audit_event event = rpc_audit_event(rpc, "alarm/CanaryRead");
    event.subject = owner;
    TRY(audit_append(rpc->txn, &event));
    rpc_alarm(rpc, "canary_read");
    return STATUS_OK;
}

/* The agent sees nothing of it. */
static status watch_canaries(struct rpc *rpc, struct owner owner)
{
    Hayat__Store__V1__StoredCanary *canary;
    status s = canary_store_get(rpc->txn, owner, &canary);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    return raise_alarm(rpc, owner, canary);
}

/* --- the member --- */

static status read_member(struct rpc *rpc, struct owner owner, struct agency_member *ret_member)
{
    Hayat__Store__V1__StoredMember *member;
    Hayat__Store__V1__StoredBeneficiary *holder;
    TRY(member_store_get(rpc->txn, owner, &member));
    status s = member_store_get_beneficiary(rpc->txn, owner, SEQ_HOLDER, &holder);
    if (s.why == REASON_NOT_FOUND) {
        holder = message_new(rpc->arena, &hayat__store__v1__stored_beneficiary__descriptor);
        s = arena_check(rpc->arena);
    }
    TRY(s);
    *ret_member = (struct agency_member){owner, member, holder};
    return STATUS_OK;
}

status agency_open_owner(struct rpc *rpc, struct owner owner, struct agency_member *ret_member)
{
    TRY(take_budget(rpc, owner));
    status s = read_member(rpc, owner, ret_member);
    if (s.why == REASON_NOT_FOUND) {
        rpc->keep_writes = true; /* the attempt counts */
    }
    TRY(s);
    rpc_audit_subject(rpc, owner);
    return watch_canaries(rpc, owner);
}

status agency_open(struct rpc *rpc, const Hayat__Backoffice__V1__MemberKey *key,
                   const Hayat__Backoffice__V1__Access *access, struct agency_member *ret_member)
{
    struct owner owner;
    TRY(agency_purpose(rpc, access));
    TRY(find_owner(rpc, key, &owner));
    return agency_open_owner(rpc, owner, ret_member);
}
