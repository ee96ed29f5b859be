#include "service/caller_message.h"

#include "auth/certificate.h"
#include "base/array.h"
#include "service/message.h"
#include "storage/caller_store.h"

#define TYPE(name) HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_##name

static status scopes_message(struct arena *arena, uint32_t mask,
                             Hayat__Backoffice__V1__Caller *message)
{
    enum { BITS = 32 };
    message->scopes = arena_array(arena, BITS, sizeof(char *));
    TRY(arena_check(arena));
    for (uint32_t bit = 0; bit < BITS; bit++) {
        char name[SCOPE_TEXT_MAX];
        scope_format(mask & (UINT32_C(1) << bit), name);
        if (name[0] != '\0') {
            message->scopes[message->n_scopes++] = message_text(arena, name);
        }
    }
    return STATUS_OK;
}

status caller_message(struct arena *arena, const Hayat__Store__V1__StoredCaller *caller,
                      Hayat__Backoffice__V1__Caller **ret_message)
{
    Hayat__Backoffice__V1__Caller *message = message_new(
        arena, &hayat__backoffice__v1__caller__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->caller_id = message_id(arena, certificate_id_prefix(caller->type), caller->caller_id);
    message->type = (Hayat__Backoffice__V1__CallerType)caller->type;
    message->name = caller->name;
    message->staff_number = caller->staff_number;
    message->email = caller->email;
    TRY(scopes_message(arena, caller->scopes, message));
    message->key_hash = caller->key_hash;
    message->create_time = message_time(arena, caller->create_ms);
    message->expire_time = message_time(arena, caller->expire_ms);
    if (caller->revoke_ms != 0) {
        message->revoke_time = message_time(arena, caller->revoke_ms);
    }
    *ret_message = message;
    return arena_check(arena);
}

status caller_find(struct txn *txn, const char *caller_id, struct id *ret_id)
{
    static const Hayat__Store__V1__CallerType types[] = {TYPE(AGENT), TYPE(CORE_SYSTEM),
                                                         TYPE(PROVIDER)};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        Hayat__Store__V1__StoredCaller *caller;
        if (id_parse(bytes_str(caller_id), certificate_id_prefix(types[i]), ret_id)) {
            TRY(caller_store_get(txn, *ret_id, &caller));
            return caller->type == types[i] ? STATUS_OK : FAIL(NOT_FOUND);
        }
    }
    return FAIL(INVALID_FIELD);
}
