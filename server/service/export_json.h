/*
 * export_json: a stored record as JSON, for the member it is about (SEC-F3).
 *
 * Made from the record's descriptor, so that a field nobody thought of is told, too; what is not the member's to have is left out by
 * name (export_hidden.def).  Names are the fields' own.  Instants (…_ms) are RFC 3339, civil dates (…_days) YYYY-MM-DD,
 * and null where there is none; bytes of up to 32 are hexadecimal, longer ones base64; enums are their names.
 *
 * Memory   the text grows in the arena that is given.
 * Reasons  ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_EXPORT_JSON_H
#define HAYAT_SERVICE_EXPORT_JSON_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

struct export_text {
    struct arena *arena;
    char *text;
    size_t len, room;
    bool full; /* the arena is dry */
};

void export_raw(struct export_text *out, const char *text);
/* With its quotation marks. */
void export_string(struct export_text *out, const char *text);
/* "NAME":"2026-01-15T09:00:00Z" */
void export_time_field(struct export_text *out, const char *name, int64_t wall_ms);
/* The record's fields, without its braces: the caller may add some. */
void export_fields(struct export_text *out, const ProtobufCMessage *record);
/* Whether the field is left out. */
bool export_is_hidden(const ProtobufCMessageDescriptor *record, const char *field);

#endif
