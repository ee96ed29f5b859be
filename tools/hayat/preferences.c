/* preferences: by which ways news reaches the member: shown, and changed one thing at a time. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "hayat.h"
#include "hayat/v1/notification.pb-c.h"
#include "journal.h"
#include "message_json.h"
#include "output.h"
#include "usage.h"

enum { CHANNELS_MAX = 8 };

static const struct method GET = {"/hayat.v1.NotificationService/GetPreferences",
                                  &hayat__v1__get_preferences_response__descriptor};
static const struct method UPDATE = {"/hayat.v1.NotificationService/UpdatePreferences",
                                     &hayat__v1__update_preferences_response__descriptor};

struct word {
    const char *text;
    int value;
};

static const struct word topics[] = {
    {"security", HAYAT__V1__NOTIFICATION_TOPIC__NOTIFICATION_TOPIC_SECURITY},
    {"bank", HAYAT__V1__NOTIFICATION_TOPIC__NOTIFICATION_TOPIC_BANK},
    {"certificate", HAYAT__V1__NOTIFICATION_TOPIC__NOTIFICATION_TOPIC_LIFE_CERTIFICATE},
};
static const struct word channels[] = {
    {"email", HAYAT__V1__NOTIFICATION_CHANNEL__NOTIFICATION_CHANNEL_EMAIL},
    {"sms", HAYAT__V1__NOTIFICATION_CHANNEL__NOTIFICATION_CHANNEL_SMS},
    {"push", HAYAT__V1__NOTIFICATION_CHANNEL__NOTIFICATION_CHANNEL_PUSH},
    {"post", HAYAT__V1__NOTIFICATION_CHANNEL__NOTIFICATION_CHANNEL_POST},
};

/* --- showing --- */

static const char *word_of(const struct word *words, size_t count, int value)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i].value == value) {
            return words[i].text;
        }
    }
    return "?";
}

static void show_topic(const Hayat__V1__TopicPreference *topic)
{
    (void)printf("%s=", word_of(topics, ARRAY_LEN(topics), (int)topic->topic));
    for (size_t i = 0; i < topic->n_channels; i++) {
        (void)printf("%s%s", i == 0 ? "" : ",",
                     word_of(channels, ARRAY_LEN(channels), (int)topic->channels[i]));
    }
    (void)putchar('\n');
}

static void show_text(const char *name, const char *value)
{
    (void)printf("%s=", name);
    output_safe(stdout, value);
    (void)putchar('\n');
}

/* As they are set. */
static status show(struct hayat *hayat, const Hayat__V1__Preferences *preferences)
{
    if (preferences == NULL) {
        return FAIL(MALFORMED_REQUEST);
    }
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&preferences->base));
    }
    show_text("language", preferences->language_code);
    show_text("email", preferences->email_address);
    if (preferences->pending_email_address[0] != '\0') {
        output_row(hayat, TEXT_EMAIL_WAITS, preferences->pending_email_address);
    }
    for (size_t i = 0; i < preferences->n_topics; i++) {
        show_topic(preferences->topics[i]);
    }
    for (size_t i = 0; i < preferences->n_push_devices; i++) {
        output_row(hayat, TEXT_WOKEN_UP, preferences->push_devices[i]->device_id);
    }
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

static status get(struct hayat *hayat, const Hayat__V1__Preferences **ret_preferences)
{
    Hayat__V1__GetPreferencesRequest request = HAYAT__V1__GET_PREFERENCES_REQUEST__INIT;
    Hayat__V1__GetPreferencesResponse *response;
    TRY(hayat_call(hayat, GET, &request.base, (ProtobufCMessage **)&response));
    *ret_preferences = response->preferences;
    return response->preferences == NULL ? FAIL(MALFORMED_REQUEST) : STATUS_OK;
}

status command_preferences(struct hayat *hayat)
{
    const Hayat__V1__Preferences *preferences;
    TRY(get(hayat, &preferences));
    return show(hayat, preferences);
}

/* --- changing --- */

struct change {
    Hayat__V1__UpdatePreferencesRequest request;
    Google__Protobuf__FieldMask mask;
    Hayat__V1__Preferences wish;
    Hayat__V1__TopicPreference topic, *topic_list[1];
    Hayat__V1__NotificationChannel channel_list[CHANNELS_MAX];
    char *path;
};

/* What the wish's NAME is called in the API. */
static const struct {
    const char *name, *path;
    size_t offset; /* of its text in the wish */
} texts[] = {
    {"email", "email_address", offsetof(Hayat__V1__Preferences, email_address)},
    {"language", "language_code", offsetof(Hayat__V1__Preferences, language_code)},
    {"push", "push_token", offsetof(Hayat__V1__Preferences, push_token)},
};

static bool find_word(const struct word *words, size_t count, bytes text, int *ret_value)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(bytes_str(words[i].text), text)) {
            *ret_value = words[i].value;
            return true;
        }
    }
    return false;
}

/* "post,email" */
static status read_channels(const char *list, struct change *change)
{
    while (*list != '\0') {
        int value;
        size_t len = strcspn(list, ",");
        if (change->topic.n_channels == CHANNELS_MAX ||
            !find_word(channels, ARRAY_LEN(channels), bytes_of(list, len), &value)) {
            return usage_wrong("NAME=VALUE", TEXT_USE_CHANNELS);
        }
        change->channel_list[change->topic.n_channels++] = (Hayat__V1__NotificationChannel)value;
        list += len + (list[len] == ',' ? 1 : 0);
    }
    return STATUS_OK;
}

static void set_path(struct change *change, const char *path)
{
    change->path = (char *)(uintptr_t)path;
    change->mask.n_paths = 1;
}

/* "NAME=VALUE": a text, a topic's channels, or the code of an e-mail. */
static status read_change(const char *operand, struct change *change)
{
    const char *equals = operand == NULL ? NULL : strchr(operand, '=');
    int topic;
    if (equals == NULL) {
        return usage_wrong("NAME=VALUE", TEXT_USE_PREFERENCE);
    }
    bytes name = bytes_of(operand, (size_t)(equals - operand));
    char *value = (char *)(uintptr_t)(equals + 1);
    if (bytes_equal(name, bytes_str("code"))) {
        change->request.email_code = value;
        return STATUS_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (bytes_equal(name, bytes_str(texts[i].name))) {
            memcpy((char *)&change->wish + texts[i].offset, &value, sizeof value);
            set_path(change, texts[i].path);
            return STATUS_OK;
        }
    }
    if (!find_word(topics, ARRAY_LEN(topics), name, &topic)) {
        return usage_wrong("NAME=VALUE", TEXT_USE_PREFERENCE);
    }
    change->topic.topic = (Hayat__V1__NotificationTopic)topic;
    change->wish.n_topics = 1;
    set_path(change, "topics");
    return read_channels(value, change);
}

static void change_init(struct change *change)
{
    *change = (struct change){.path = NULL};
    hayat__v1__update_preferences_request__init(&change->request);
    google__protobuf__field_mask__init(&change->mask);
    hayat__v1__preferences__init(&change->wish);
    hayat__v1__topic_preference__init(&change->topic);
    change->topic_list[0] = &change->topic;
    change->topic.channels = change->channel_list;
    change->wish.topics = change->topic_list;
    change->mask.paths = &change->path;
    change->request.preferences = &change->wish;
    change->request.update_mask = &change->mask;
}

status command_preferences_set(struct hayat *hayat)
{
    char request_id[UUID_TEXT_BYTES];
    struct change change;
    const Hayat__V1__Preferences *now;
    Hayat__V1__UpdatePreferencesResponse *response;
    change_init(&change);
    TRY(read_change(hayat->arguments.operand, &change));
    TRY(get(hayat, &now));
    uuid_new(&random_system, request_id);
    change.request.request_id = request_id;
    change.request.etag = now->etag;
    TRY(hayat_call(hayat, UPDATE, &change.request.base, (ProtobufCMessage **)&response));
    return show(hayat, response->preferences);
}
