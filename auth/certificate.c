#include "auth/certificate.h"

#include "auth/staff_number.h"
#include "base/limits.h"
#include "storage/caller_store.h"
#include "storage/db.h"

_Static_assert((int)CERTIFICATE_KEY_BYTES == (int)CALLER_KEY_BYTES, "the store's key is the hash");

static enum caller kind_of(Hayat__Store__V1__CallerType type)
{
    switch (type) {
    case HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_AGENT:
        return CALLER_AGENT;
    case HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_CORE_SYSTEM:
        return CALLER_CORE_SYSTEM;
    case HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_PROVIDER:
        return CALLER_PROVIDER;
    case HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_UNSPECIFIED:
    case _HAYAT__STORE__V1__CALLER_TYPE_IS_INT_SIZE:
        break;
    }
    return CALLER_ANONYMOUS;
}

const char *certificate_id_prefix(Hayat__Store__V1__CallerType type)
{
    switch (kind_of(type)) {
    case CALLER_CORE_SYSTEM:
        return "sys";
    case CALLER_PROVIDER:
        return "prv";
    case CALLER_AGENT:
    case CALLER_ANONYMOUS:
    case CALLER_MEMBER:
        break;
    }
    return "agt";
}

status certificate_check(struct txn *txn, const uint8_t key_hash[CERTIFICATE_KEY_BYTES],
                         struct principal *principal)
{
    Hayat__Store__V1__StoredCaller *caller;
    status s = caller_store_by_key(txn, key_hash, &caller);
    if (s.why == REASON_NOT_FOUND) {
        return FAIL(CERTIFICATE_UNKNOWN);
    }
    TRY(s);
    enum caller kind = kind_of(caller->type);
    if (kind == CALLER_ANONYMOUS) {
        return FAIL(STORE_CORRUPT);
    }
    if (memcmp(caller->key_hash.data, key_hash, CERTIFICATE_KEY_BYTES) != 0 ||
        caller->revoke_ms != 0 || caller->expire_ms <= txn_now_ms(txn)) {
        return FAIL(CERTIFICATE_UNKNOWN);
    }
    principal->kind = kind;
    memcpy(principal->agent.bytes, caller->caller_id.data, ID_BYTES);
    memmove(principal->key_hash, key_hash, CERTIFICATE_KEY_BYTES);
    principal->scopes = caller->scopes;
    return STATUS_OK;
}

/* --- changes --- */

static bool is_text(const char *text)
{
    return text != NULL && text[0] != '\0' && strlen(text) <= LIMIT_CALLER_TEXT_BYTES;
}

static uint32_t scopes_allowed(Hayat__Store__V1__CallerType type)
{
    switch (kind_of(type)) {
    case CALLER_AGENT:
        return SCOPE_MASK_AGENTS;
    case CALLER_CORE_SYSTEM:
        return SCOPE_MASK_SYSTEMS;
    case CALLER_PROVIDER:
    case CALLER_ANONYMOUS:
    case CALLER_MEMBER:
        break;
    }
    return 0;
}

static bool is_whole(const struct certificate_holder *holder)
{
    enum caller kind = kind_of(holder->type);
    bool needs_scopes = kind != CALLER_PROVIDER;
    return kind != CALLER_ANONYMOUS && is_text(holder->name) &&
           (kind != CALLER_AGENT || (is_text(holder->staff_number) && is_text(holder->email))) &&
           (holder->scopes & ~scopes_allowed(holder->type)) == 0 &&
           (holder->scopes != 0 || !needs_scopes);
}

static status check_key_is_free(struct txn *txn, const uint8_t *key_hash)
{
    Hayat__Store__V1__StoredCaller *other;
    status s = caller_store_by_key(txn, key_hash, &other);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : ok(s) ? FAIL(CERTIFICATE_TAKEN) : s;
}

static char *text_of(struct txn *txn, const char *text)
{
    return arena_str(txn_arena(txn), bytes_str(text == NULL ? "" : text));
}

static status store_new(struct txn *txn, const struct certificate_holder *holder,
                        const char *number, struct id id)
{
    uint8_t key_hash[CERTIFICATE_KEY_BYTES];
    memcpy(key_hash, holder->facts.key_hash, sizeof key_hash);
    Hayat__Store__V1__StoredCaller caller;
    hayat__store__v1__stored_caller__init(&caller);
    caller.caller_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    caller.type = holder->type;
    caller.name = text_of(txn, holder->name);
    caller.staff_number = text_of(txn, number);
    caller.email = text_of(txn, holder->email);
    caller.scopes = holder->scopes;
    caller.key_hash = (ProtobufCBinaryData){sizeof key_hash, key_hash};
    caller.create_ms = txn_now_ms(txn);
    caller.expire_ms = holder->facts.expire_ms;
    TRY(arena_check(txn_arena(txn)));
    return caller_store_put(txn, &caller);
}

/* --- one person --- */

/* A certificate that names nobody is an older one, or another authority's. */
static status check_names(const struct certificate_facts *facts, const char *number)
{
    return !facts->names_staff || staff_number_same(facts->staff_number, number)
               ? STATUS_OK
               : FAIL(CERTIFICATE_NAMES_ANOTHER);
}

struct person {
    const char *number;
    uint32_t scopes;
};

static bool gather_roles(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct person *person = ctx;
    const Hayat__Store__V1__StoredCaller *caller = (const Hayat__Store__V1__StoredCaller *)record;
    (void)key;
    if (caller->revoke_ms == 0 && staff_number_same(caller->staff_number, person->number)) {
        person->scopes |= caller->scopes;
    }
    return true;
}

static status check_roles(struct txn *txn, const char *number, uint32_t scopes)
{
    struct person person = {number, scopes};
    if (number[0] != '\0') {
        TRY(caller_store_list(txn, NULL, gather_roles, &person));
    }
    const bool lets_in = (person.scopes & (SCOPE_OPERATOR | SCOPE_AUDITOR)) != 0;
    const bool decides = (person.scopes & (SCOPE_AGENCY | SCOPE_REVIEWER)) != 0;
    return lets_in && decides ? FAIL(ROLES_APART) : STATUS_OK;
}

/* --- the register --- */

status certificate_add(struct txn *txn, const struct certificate_holder *holder, struct id *ret_id)
{
    char number[STAFF_NUMBER_BYTES + 1] = "";
    if (!is_whole(holder) || (kind_of(holder->type) == CALLER_AGENT &&
                              !staff_number_read(bytes_str(holder->staff_number), number))) {
        return FAIL(INVALID_FIELD);
    }
    TRY(check_key_is_free(txn, holder->facts.key_hash));
    TRY(check_names(&holder->facts, number));
    TRY(check_roles(txn, number, holder->scopes));
    struct id id = id_new(txn_random(txn));
    TRY(store_new(txn, holder, number, id));
    *ret_id = id;
    return STATUS_OK;
}

status certificate_renew(struct txn *txn, struct id id, const struct certificate_facts *facts)
{
    Hayat__Store__V1__StoredCaller *caller;
    uint8_t hash[CERTIFICATE_KEY_BYTES];
    TRY(caller_store_get(txn, id, &caller));
    if (caller->revoke_ms != 0) {
        return FAIL(NOT_FOUND);
    }
    if (memcmp(caller->key_hash.data, facts->key_hash, sizeof hash) != 0) {
        TRY(check_key_is_free(txn, facts->key_hash));
    }
    TRY(check_names(facts, caller->staff_number));
    memcpy(hash, facts->key_hash, sizeof hash);
    caller->key_hash = (ProtobufCBinaryData){sizeof hash, hash};
    caller->expire_ms = facts->expire_ms;
    return caller_store_put(txn, caller);
}

status certificate_revoke(struct txn *txn, struct id id)
{
    Hayat__Store__V1__StoredCaller *caller;
    TRY(caller_store_get(txn, id, &caller));
    if (caller->revoke_ms == 0) {
        caller->revoke_ms = txn_now_ms(txn);
        return caller_store_put(txn, caller);
    }
    return STATUS_OK;
}
