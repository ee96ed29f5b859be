/*
 * preferences: by which ways news reaches a member, as rules.
 *
 * A member who never said is told by every way there is.  Text messages and letters about security and about the bank account go whatever the
 * member wishes (SEC-B8, SEC-C2), and life certificates keep one of the two, so that a reminder leaves evidence.
 *
 * Threads  re-entrant.
 * Reasons  ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_PREFERENCES_H
#define HAYAT_SERVICE_PREFERENCES_H

#include "service/notification.h"
#include "storage/preferences_store.h"

/* Bits by number of hayat.v1.NotificationChannel; stored. */
enum preferred_channel {
    PREFER_EMAIL = 1 << 1,
    PREFER_SMS = 1 << 2,
    PREFER_PUSH = 1 << 3,
    PREFER_POST = 1 << 4,
    PREFER_ALL = PREFER_EMAIL | PREFER_SMS | PREFER_PUSH | PREFER_POST,
};

/* What the member wishes, with what cannot be turned off. */
uint32_t preferences_channels(const Hayat__Store__V1__StoredPreferences *preferences,
                              enum notification_topic topic);

/* What is wrong with wishing CHANNELS for TOPIC: in English, a constant; NULL when nothing is. */
const char *preferences_fault(enum notification_topic topic, uint32_t channels);

/* The language to write in: what was wished, else what is on file ("fr" for anything else). */
enum language preferences_language(const Hayat__Store__V1__StoredPreferences *preferences,
                                   const char *on_file);
const char *preferences_tag(enum language language);

#endif
