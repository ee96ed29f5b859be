/*
 * message_json: any protobuf-c message as JSON: field names as in the proto, enums by name, bytes
 * in base64, Timestamp as RFC 3339 text, Date as YYYY-MM-DD, 64-bit numbers as numbers.  Absent
 * sub-messages are left out.
 */
#ifndef HAYAT_CLI_MESSAGE_JSON_H
#define HAYAT_CLI_MESSAGE_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "google/type/date.pb-c.h"

/* A new reference; NULL when memory ran out. */
json_t *message_json(const ProtobufCMessage *message);

enum { TIME_TEXT_MAX = 32 };

/* "2026-03-01T09:30:00Z"; "" for NULL. */
void time_text(const Google__Protobuf__Timestamp *time, char out[TIME_TEXT_MAX]);
/* "2026-03-01"; "" for NULL. */
void date_text(const Google__Type__Date *date, char out[TIME_TEXT_MAX]);

#endif
