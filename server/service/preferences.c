#include "service/preferences.h"

#include <string.h>

/* SEC-B8, SEC-C2 */
static uint32_t always(enum notification_topic topic)
{
    return topic == TOPIC_LIFE_CERTIFICATE ? 0 : PREFER_SMS | PREFER_POST;
}

uint32_t preferences_channels(const Hayat__Store__V1__StoredPreferences *preferences,
                              enum notification_topic topic)
{
    for (size_t i = 0; i < preferences->n_topics; i++) {
        if (preferences->topics[i]->topic == (uint32_t)topic) {
            return (preferences->topics[i]->channels & PREFER_ALL) | always(topic);
        }
    }
    return PREFER_ALL;
}

const char *preferences_fault(enum notification_topic topic, uint32_t channels)
{
    if ((channels & ~(uint32_t)PREFER_ALL) != 0) {
        return "must be EMAIL, SMS, PUSH or POST";
    }
    if ((channels & always(topic)) != always(topic)) {
        return "must have SMS and POST: security and the bank account cannot be turned off there";
    }
    if (topic == TOPIC_LIFE_CERTIFICATE && (channels & (PREFER_SMS | PREFER_POST)) == 0) {
        return "must have SMS or POST: a reminder of a life certificate leaves evidence";
    }
    return NULL;
}

enum language preferences_language(const Hayat__Store__V1__StoredPreferences *preferences,
                                   const char *on_file)
{
    const char *tag = preferences->language_code[0] != '\0' ? preferences->language_code : on_file;
    if (strcmp(tag, "ar") == 0) {
        return LANGUAGE_AR;
    }
    return strcmp(tag, "en") == 0 ? LANGUAGE_EN : LANGUAGE_FR;
}

const char *preferences_tag(enum language language)
{
    return language == LANGUAGE_AR ? "ar" : language == LANGUAGE_EN ? "en" : "fr";
}
