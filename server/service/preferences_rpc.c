/* By which ways news reaches the member: shown and changed. */
#include <inttypes.h>

#include "base/array.h"
#include "gen/handlers.h"
#include "service/message.h"
#include "service/preferences_email.h"
#include "storage/member_store.h"

typedef Hayat__Store__V1__StoredPreferences preferences_row;

/* --- as a message --- */

static const enum notification_topic topics[] = {TOPIC_SECURITY, TOPIC_BANK,
                                                 TOPIC_LIFE_CERTIFICATE};
enum { CHANNEL_FIRST = 1, CHANNEL_LAST = 4 }; /* hayat.v1.NotificationChannel */

static status fill_topic(struct rpc *rpc, const preferences_row *row, enum notification_topic topic,
                         Hayat__V1__TopicPreference **ret_topic)
{
    uint32_t channels = preferences_channels(row, topic);
    Hayat__V1__TopicPreference *message = message_new(rpc->arena,
                                                      &hayat__v1__topic_preference__descriptor);
    Hayat__V1__NotificationChannel *list = arena_array(rpc->arena, CHANNEL_LAST, sizeof *list);
    if (message == NULL || list == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->topic = (Hayat__V1__NotificationTopic)topic;
    message->channels = list;
    for (uint32_t channel = CHANNEL_FIRST; channel <= CHANNEL_LAST; channel++) {
        if ((channels & 1U << channel) != 0) {
            list[message->n_channels++] = (Hayat__V1__NotificationChannel)channel;
        }
    }
    *ret_topic = message;
    return STATUS_OK;
}

static status fill_topics(struct rpc *rpc, const preferences_row *row,
                          Hayat__V1__Preferences *message)
{
    message->topics = arena_array(rpc->arena, ARRAY_LEN(topics), sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
        TRY(fill_topic(rpc, row, topics[i], &message->topics[i]));
        message->n_topics = i + 1;
    }
    return STATUS_OK;
}

static status fill_devices(struct rpc *rpc, const preferences_row *row,
                           Hayat__V1__Preferences *message)
{
    message->push_devices = arena_array(rpc->arena, row->n_push_tokens, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < row->n_push_tokens; i++) {
        Hayat__V1__PushDevice *device = message_new(rpc->arena,
                                                    &hayat__v1__push_device__descriptor);
        if (device == NULL) {
            return FAIL(ARENA_FULL);
        }
        device->device_id = message_id(rpc->arena, "dev", row->push_tokens[i]->device_id);
        device->create_time = message_time(rpc->arena, row->push_tokens[i]->create_ms);
        message->push_devices[message->n_push_devices++] = device;
    }
    return STATUS_OK;
}

static char *etag_of(struct rpc *rpc, const preferences_row *row)
{
    return arena_printf(rpc->arena, "%" PRIu64, row->version);
}

static status preferences_message(struct rpc *rpc, const preferences_row *row,
                                  Hayat__V1__Preferences **ret_message)
{
    Hayat__Store__V1__StoredMember *member;
    Hayat__V1__Preferences *message = message_new(rpc->arena, &hayat__v1__preferences__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(member_store_get(rpc->txn, rpc->principal->owner, &member));
    enum language language = preferences_language(row, member->preferred_language);
    message->etag = etag_of(rpc, row);
    message->language_code = message_text(rpc->arena, preferences_tag(language));
    message->email_address = message_text(rpc->arena, row->email);
    message->pending_email_address = message_text(rpc->arena,
                                                  preferences_email_pending(rpc->txn, row));
    TRY(fill_topics(rpc, row, message));
    TRY(fill_devices(rpc, row, message));
    *ret_message = message;
    return arena_check(rpc->arena);
}

status notification_get_preferences(struct rpc *rpc,
                                    const Hayat__V1__GetPreferencesRequest *request,
                                    Hayat__V1__GetPreferencesResponse *response)
{
    (void)request;
    preferences_row *row;
    TRY(preferences_store_get(rpc->txn, rpc->principal->owner, &row));
    return preferences_message(rpc, row, &response->preferences);
}

/* --- changing --- */

/* What an update works on. */
struct update {
    preferences_row *row;
    const Hayat__V1__Preferences *wish;
    const char *old_email;
    bool email_changed;
};

static status refuse(struct rpc *rpc, const char *path, const char *fault)
{
    rpc_violation(rpc, path, fault);
    return FAIL(INVALID_FIELD);
}

static status set_language(struct rpc *rpc, struct update *update)
{
    char *code = update->wish->language_code;
    bool known = code[0] == '\0' || strcmp(code, "fr") == 0 || strcmp(code, "ar") == 0 ||
                 strcmp(code, "en") == 0;
    if (!known) {
        return refuse(rpc, "preferences.language_code", "must be fr, ar or en");
    }
    update->row->language_code = code;
    return STATUS_OK;
}

static uint32_t bits_of(const Hayat__V1__TopicPreference *topic)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < topic->n_channels; i++) {
        unsigned channel = (unsigned)topic->channels[i];
        bits |= channel < 31 ? 1U << channel : 1U;
    }
    return bits;
}

static bool is_topic(uint32_t number)
{
    return number >= TOPIC_SECURITY && number <= TOPIC_LIFE_CERTIFICATE;
}

/* The row's place for TOPIC, a new one when it has none. */
static status place_of(struct rpc *rpc, preferences_row *row, uint32_t topic,
                       Hayat__Store__V1__StoredTopic **ret_place)
{
    for (size_t i = 0; i < row->n_topics; i++) {
        if (row->topics[i]->topic == topic) {
            *ret_place = row->topics[i];
            return STATUS_OK;
        }
    }
    Hayat__Store__V1__StoredTopic *place = message_new(rpc->arena,
                                                       &hayat__store__v1__stored_topic__descriptor),
                                  **longer = arena_array(rpc->arena, row->n_topics + 1,
                                                         sizeof(void *));
    if (place == NULL || longer == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (row->n_topics > 0) {
        memcpy(longer, row->topics, row->n_topics * sizeof(void *));
    }
    longer[row->n_topics++] = place;
    row->topics = longer;
    place->topic = topic;
    *ret_place = place;
    return STATUS_OK;
}

static status set_topics(struct rpc *rpc, struct update *update)
{
    for (size_t i = 0; i < update->wish->n_topics; i++) {
        const Hayat__V1__TopicPreference *wish = update->wish->topics[i];
        Hayat__Store__V1__StoredTopic *place;
        if (!is_topic((uint32_t)wish->topic)) {
            return refuse(rpc, "preferences.topics.topic", "is not known");
        }
        const char *fault = preferences_fault((enum notification_topic)wish->topic, bits_of(wish));
        if (fault != NULL) {
            return refuse(rpc, "preferences.topics.channels", fault);
        }
        TRY(place_of(rpc, update->row, (uint32_t)wish->topic, &place));
        place->channels = bits_of(wish);
    }
    return STATUS_OK;
}

static status set_email(struct rpc *rpc, struct update *update)
{
    return preferences_email_wish(rpc, update->row, update->wish->email_address, &update->old_email,
                                  &update->email_changed);
}

static bool is_push_token(const char *token)
{
    for (const char *c = token; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            return false;
        }
    }
    return true;
}

/* Of the device that calls; when there is no room the oldest one goes. */
static status add_push_token(struct rpc *rpc, preferences_row *row, char *token)
{
    struct id device = rpc->principal->device;
    Hayat__Store__V1__StoredPushToken *added = message_new(
        rpc->arena, &hayat__store__v1__stored_push_token__descriptor);
    Hayat__Store__V1__StoredPushToken **list = arena_array(rpc->arena, LIMIT_DEVICES_PER_MEMBER,
                                                           sizeof(void *));
    if (added == NULL || list == NULL) {
        return FAIL(ARENA_FULL);
    }
    size_t skip = row->n_push_tokens >= LIMIT_DEVICES_PER_MEMBER
                      ? row->n_push_tokens - LIMIT_DEVICES_PER_MEMBER + 1
                      : 0;
    size_t count = row->n_push_tokens - skip;
    if (count > 0) {
        memcpy(list, row->push_tokens + skip, count * sizeof(void *));
    }
    added->device_id = message_bytes(rpc->arena, bytes_of(device.bytes, ID_BYTES));
    added->token = token;
    added->create_ms = rpc->now_ms;
    list[count] = added;
    row->push_tokens = list;
    row->n_push_tokens = count + 1;
    return STATUS_OK;
}

static status set_push_token(struct rpc *rpc, struct update *update)
{
    static const struct id none;
    struct id device = rpc->principal->device;
    if (memcmp(device.bytes, none.bytes, ID_BYTES) == 0) {
        return FAIL(PUSH_NEEDS_DEVICE);
    }
    if (!is_push_token(update->wish->push_token)) {
        return refuse(rpc, "preferences.push_token", "must be printable ASCII without spaces");
    }
    (void)preferences_drop_push_token(update->row, device);
    return update->wish->push_token[0] == '\0'
               ? STATUS_OK
               : add_push_token(rpc, update->row, update->wish->push_token);
}

static status apply(struct rpc *rpc, struct update *update, const char *path)
{
    static const struct {
        const char *path;
        status (*set)(struct rpc *rpc, struct update *update);
    } setters[] = {{"language_code", set_language},
                   {"topics", set_topics},
                   {"email_address", set_email},
                   {"push_token", set_push_token}};
    for (size_t i = 0; i < ARRAY_LEN(setters); i++) {
        if (strcmp(setters[i].path, path) == 0) {
            return setters[i].set(rpc, update);
        }
    }
    return refuse(rpc, "update_mask",
                  "must name language_code, topics, email_address or push_token");
}

static status apply_all(struct rpc *rpc, const Hayat__V1__UpdatePreferencesRequest *request,
                        struct update *update)
{
    const Google__Protobuf__FieldMask *mask = request->update_mask;
    size_t count = mask == NULL ? 0 : mask->n_paths;
    if (count > 0 && update->wish == NULL) {
        return refuse(rpc, "preferences", "is missing");
    }
    if (request->email_code[0] != '\0') { /* first: a wrong one is remembered, and nothing else */
        TRY(preferences_email_confirm(rpc, update->row, request->email_code, &update->old_email));
        update->email_changed = true;
    }
    for (size_t i = 0; i < count; i++) {
        bool again = request->email_code[0] != '\0' && strcmp(mask->paths[i], "email_address") == 0;
        TRY(again ? refuse(rpc, "email_code", "confirms the address before: not with a new one")
                  : apply(rpc, update, mask->paths[i]));
    }
    return STATUS_OK;
}

status notification_update_preferences(struct rpc *rpc,
                                       const Hayat__V1__UpdatePreferencesRequest *request,
                                       Hayat__V1__UpdatePreferencesResponse *response)
{
    struct update update = {.wish = request->preferences, .old_email = ""};
    TRY(preferences_store_get(rpc->txn, rpc->principal->owner, &update.row));
    const char *etag = etag_of(rpc, update.row);
    TRY(arena_check(rpc->arena));
    if (strcmp(etag, request->etag) != 0) {
        return FAIL(ETAG_MISMATCH);
    }
    TRY(apply_all(rpc, request, &update));
    TRY(preferences_store_put(rpc->txn, rpc->principal->owner, update.row));
    if (update.email_changed) {
        TRY(preferences_email_tell(rpc, update.old_email));
    }
    return preferences_message(rpc, update.row, &response->preferences);
}
