#include "storage/preferences_store.h"

typedef Hayat__Store__V1__StoredPreferences preferences_row;

static struct cell cell_of_preferences(struct owner owner)
{
    return cell_of_owner(TABLE_preferences, owner, key_owner(owner));
}

status preferences_store_get(struct txn *txn, struct owner owner, preferences_row **ret_preferences)
{
    struct cell cell = cell_of_preferences(owner);
    ProtobufCMessage *record;
    status s = table_get_record(txn, &cell, &record);
    if (s.why == REASON_NOT_FOUND) {
        preferences_row *none = arena_alloc(txn_arena(txn), sizeof *none);
        if (none == NULL) {
            return FAIL(ARENA_FULL);
        }
        hayat__store__v1__stored_preferences__init(none);
        *ret_preferences = none;
        return STATUS_OK;
    }
    TRY(s);
    *ret_preferences = (preferences_row *)record;
    return STATUS_OK;
}

status preferences_store_put(struct txn *txn, struct owner owner, preferences_row *preferences)
{
    struct cell cell = cell_of_preferences(owner);
    preferences->version++;
    return table_put_record(txn, &cell, &preferences->base);
}

static bool is_of(const Hayat__Store__V1__StoredPushToken *token, struct id device)
{
    return bytes_equal(bytes_of(token->device_id.data, token->device_id.len),
                       bytes_of(device.bytes, ID_BYTES));
}

const Hayat__Store__V1__StoredPushToken *preferences_push_token(const preferences_row *preferences,
                                                                struct id device)
{
    for (size_t i = 0; i < preferences->n_push_tokens; i++) {
        if (is_of(preferences->push_tokens[i], device)) {
            return preferences->push_tokens[i];
        }
    }
    return NULL;
}

bool preferences_drop_push_token(preferences_row *preferences, struct id device)
{
    size_t kept = 0, before = preferences->n_push_tokens;
    for (size_t i = 0; i < before; i++) {
        preferences->push_tokens[kept] = preferences->push_tokens[i];
        kept += !is_of(preferences->push_tokens[i], device);
    }
    preferences->n_push_tokens = kept;
    return kept < before;
}

status preferences_store_forget_device(struct txn *txn, struct owner owner, struct id device)
{
    preferences_row *preferences;
    TRY(preferences_store_get(txn, owner, &preferences));
    return preferences_drop_push_token(preferences, device)
               ? preferences_store_put(txn, owner, preferences)
               : STATUS_OK;
}
