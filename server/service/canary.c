#include "service/canary.h"

#include "service/message.h"
#include "storage/member_store.h"

static struct owner owner_of(struct txn *txn, const char *registration_number)
{
    return owner_of_registration(txn_keys(txn), bytes_str(registration_number));
}

status canary_get(struct txn *txn, const char *registration_number,
                  Hayat__Store__V1__StoredCanary **ret_canary)
{
    return canary_store_get(txn, owner_of(txn, registration_number), ret_canary);
}

static status check_room(struct txn *txn)
{
    uint64_t count;
    TRY(table_count(txn, TABLE_canary, &count));
    return count < LIMIT_CANARIES ? STATUS_OK : FAIL(INVALID_FIELD);
}

status canary_add(struct txn *txn, const char *registration_number)
{
    struct owner owner = owner_of(txn, registration_number);
    Hayat__Store__V1__StoredMember *member;
    Hayat__Store__V1__StoredCanary *before, canary = HAYAT__STORE__V1__STORED_CANARY__INIT;
    TRY(member_store_get(txn, owner, &member));
    status s = canary_store_get(txn, owner, &before);
    if (s.why != REASON_NOT_FOUND) {
        return s;
    }
    TRY(check_room(txn));
    canary.registration_number = member->registration_number;
    canary.create_ms = txn_now_ms(txn);
    return canary_store_put(txn, owner, &canary);
}

status canary_remove(struct txn *txn, const char *registration_number)
{
    Hayat__Store__V1__StoredCanary *canary;
    TRY(canary_get(txn, registration_number, &canary));
    return canary_store_delete(txn, owner_of(txn, registration_number));
}

status canary_message(struct arena *arena, const Hayat__Store__V1__StoredCanary *canary,
                      Hayat__Backoffice__V1__Canary **ret_message)
{
    Hayat__Backoffice__V1__Canary *message = message_new(
        arena, &hayat__backoffice__v1__canary__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->registration_number = canary->registration_number;
    message->create_time = message_time(arena, canary->create_ms);
    message->read_count = (int64_t)canary->read_count;
    if (canary->read_count > 0) {
        message->last_read_time = message_time(arena, canary->last_read_ms);
        message->last_caller_id = message_id(arena, "agt", canary->last_caller_id);
    }
    *ret_message = message;
    return arena_check(arena);
}
