/*
 * record: a stored record's message from its bytes; for storage/ only.
 * Memory  the message lives in ARENA; its fields of bytes look into PLAIN, which must live as long and stay as it is.
 * Errors  STORE_CORRUPT (does not decode) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_RECORD_H
#define HAYAT_STORAGE_RECORD_H

#include "base/arena.h"
#include "storage/table.h"

/* TABLE must hold records, not chunks (assert). */
status record_unpack(struct arena *arena, enum table_id table, bytes plain,
                     ProtobufCMessage **ret_record);
/* The same of any message. */
status record_read(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, bytes plain,
                   ProtobufCMessage **ret_record);

#endif
